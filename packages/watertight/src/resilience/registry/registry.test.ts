import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../pipeline.ts'
import { registry } from './registry.ts'

const broken = (): never => {
  throw new Error('broken')
}

function hosts(options: { max?: number; idle?: '1m' } = {}) {
  const runtime = new VirtualRuntime()
  const made: string[] = []
  const all = registry({
    make: (name, key) => {
      made.push(key === undefined ? name : `${name}/${key}`)
      return [circuitBreaker({ failures: 1, openFor: '1h' }), bulkhead({ concurrent: 1 })]
    },
    runtime,
    ...options,
  })
  return { runtime, made, all }
}

describe('registry', () => {
  it('makes a pipeline when it is first asked for, and gives the same one from then on', () => {
    const { all, made } = hosts()
    expect(all.get('search')).toBe(all.get('search'))
    expect(all.get('search', 'north')).toBe(all.get('search', 'north'))
    expect(made).toEqual(['search', 'search/north'])
    expect(all.get('search', 'north').name).toBe('search/north')
  })

  it('keeps what it knows of one key from another', async () => {
    const { all } = hosts()
    await all.get('search', 'north').outcome(broken)
    expect(all.get('search', 'north').state().breaker).toBe('open')
    expect(all.get('search', 'south').state().breaker).toBe('closed')
  })

  it('does not confuse names and keys that look alike together', () => {
    const { all } = hosts()
    const lives = [all.get('a', 'b/c'), all.get('a/b', 'c'), all.get('a/b/c'), all.get('3:a/b', 'c')]
    expect(new Set(lives).size).toBe(4)
  })

  it('takes pipelines that are made already', () => {
    const ready = pipeline('ready', bulkhead({ concurrent: 1 }))
    const runtime = new VirtualRuntime()
    expect(registry({ make: () => ready, runtime }).get('any')).toBe(ready.on(runtime))
  })

  it('lets the one go that was asked for least recently when it is full', () => {
    const { all, made } = hosts({ max: 2 })
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) all.get(name)
    expect(made).toEqual(['a', 'b', 'c', 'b'])
    expect(all.snapshot().map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('never lets one go with a call in flight, and refuses when all are busy', async () => {
    const { all } = hosts({ max: 2 })
    const { promise, resolve } = Promise.withResolvers<void>()
    const calls = ['a', 'b'].map((name) => all.get(name).run(() => promise))
    expect(() => all.get('c')).toThrow(/2 pipelines already, and all of them are busy/)
    resolve()
    await Promise.all(calls)
    all.get('c')
    all.check()
  })

  it('never lets one go whose permits are still held by work that goes on after its call', async () => {
    const { all, runtime } = hosts({ idle: '1m' })
    const release = await all.get('a').run((scope) => scope.hold())
    await runtime.advance('5m')
    expect(all.size).toBe(1)
    release()
    await runtime.advance('2m')
    expect(all.size).toBe(0)
  })

  it('lets go what has been idle for long, and holds no process for that', async () => {
    const { all, runtime } = hosts({ idle: '1m' })
    all.get('a')
    await runtime.advance('30s')
    all.get('b')
    expect(runtime.heldTimers).toBe(0)
    await runtime.advance('30s')
    expect(all.snapshot().map(({ name }) => name)).toEqual(['b'])
    await runtime.advance('30s')
    expect(all.size).toBe(0)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('changes the pipelines of a name, and those that are made later', () => {
    const { all } = hosts()
    all.get('search', 'north')
    all.get('other')
    all.update('search', 'bulkhead', { concurrent: 7 })
    all.update('search', 'bulkhead', { queue: 9 })
    const changed = { policies: { bulkhead: { concurrent: 7, queue: 9 } } }
    expect(all.get('search', 'north').state()).toMatchObject(changed)
    expect(all.get('search', 'south').state()).toMatchObject(changed)
    expect(all.get('other').state()).toMatchObject({ policies: { bulkhead: { concurrent: 1 } } })
    expect(() => all.update('search', 'bulkhead', { concurrent: 0 })).toThrow(/concurrent must be/)
  })

  it('tells what all of them tell, with their names, also of those made later; and stops listening to them', async () => {
    const { all } = hosts({ max: 2 })
    const early = all.get('early')
    const told: string[] = []
    const off = all.onAny((type, event) => told.push(`${type} ${event.pipeline}`))
    const opened: string[] = []
    const offOpened = all.on('breaker.opened', (event) => opened.push(event.pipeline))
    await early.outcome(broken)
    await all.get('late', 'x').run(() => 1)
    all.get('third')
    expect(told).toEqual([
      'attempt.failed early',
      'breaker.opened early',
      'call.failed early',
      'pipeline.made late/x',
      'call.succeeded late/x',
      'pipeline.evicted early',
      'pipeline.made third',
    ])
    expect(opened).toEqual(['early'])
    expect(early.events.listenerCount).toBe(0)
    off()
    expect(all.get('late', 'x').events.listenerCount).toBe(1)
    offOpened()
    expect(all.get('late', 'x').events.listenerCount).toBe(0)
  })

  it('never has more pipelines than it may, nor forgets one that is busy', async () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 6 }), takesMs: fc.integer({ min: 0, max: 90_000 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { all, runtime } = hosts({ max: 3, idle: '1m' })
        for (const { key, takesMs } of steps) {
          const busy = all.snapshot().filter(({ state }) => state.inFlight > 0)
          const known = busy.map((one) => all.get(one.name))
          try {
            const { promise, resolve } = Promise.withResolvers<void>()
            const live = all.get(`${key}`)
            runtime.timer(takesMs, resolve, false)
            void live.outcome(() => promise)
          } catch (error) {
            expect(error).toMatchObject({ code: 'REGISTRY_FULL' })
            expect(busy).toHaveLength(3)
          }
          await runtime.advance(takesMs / 3)
          for (const live of known.filter((one) => !one.idle)) expect(all.get(live.name)).toBe(live)
          all.check()
        }
        await runtime.advance('10m')
        expect(all.size).toBe(0)
      }),
    )
  })

  it.each([
    [{ max: 0 }, /max must be a positive whole number/],
    [{ idle: -1 }, /idle must be a duration above 0/],
    [{ idel: 1 }, /registry has no option idel/],
  ])('refuses %o', (options, message) => {
    expect(() => registry({ make: () => [], ...(options as object) })).toThrow(message)
  })
})
