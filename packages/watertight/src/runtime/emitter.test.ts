import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Emitter } from './emitter.ts'

interface BreakerEvents {
  opened: { failureRate: number }
  closed: { after: number }
}

const setUp = (): { events: Emitter<BreakerEvents>; reported: unknown[]; log: string[] } => {
  const reported: unknown[] = []
  return { events: new Emitter<BreakerEvents>((error) => reported.push(error)), reported, log: [] }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('Emitter', () => {
  it('tells listeners of the type only, with the event', () => {
    const { events, log } = setUp()
    events.on('opened', ({ failureRate }) => log.push(`opened ${failureRate}`))
    events.on('closed', ({ after }) => log.push(`closed ${after}`))
    events.emit('opened', { failureRate: 0.5 })
    expect(log).toEqual(['opened 0.5'])
  })

  it('calls listeners in the order in which they were added, those to all types included', () => {
    const { events, log } = setUp()
    events.on('opened', () => log.push('first'))
    events.onAny((type) => log.push(`second, any: ${type}`))
    events.on('opened', () => log.push('third'))
    events.emit('opened', { failureRate: 1 })
    expect(log).toEqual(['first', 'second, any: opened', 'third'])
  })

  it('narrows the event by its type for a listener to all types', () => {
    const { events, log } = setUp()
    events.onAny((type, event) => {
      if (type === 'opened') expectTypeOf(event).toEqualTypeOf<{ failureRate: number }>()
      log.push(JSON.stringify(event))
    })
    events.emit('closed', { after: 5 })
    expect(log).toEqual(['{"after":5}'])
  })

  it('is observed while someone listens to the type or to all', () => {
    const { events } = setUp()
    expect(events.observed('opened')).toBe(false)
    const off = events.on('opened', () => {})
    expect([events.observed('opened'), events.observed('closed')]).toEqual([true, false])
    const offAny = events.onAny(() => {})
    expect(events.observed('closed')).toBe(true)
    off()
    expect(events.observed('opened')).toBe(true)
    offAny()
    expect(events.observed('opened')).toBe(false)
    expect(events.listenerCount).toBe(0)
  })

  it('removes exactly the one listener, however often it is asked to, also when a function was added twice', () => {
    const { events, log } = setUp()
    const listener = (): number => log.push('heard')
    const off = events.on('opened', listener)
    events.on('opened', listener)
    off()
    off()
    events.emit('opened', { failureRate: 1 })
    expect(log).toEqual(['heard'])
  })

  it('does not call a listener that was removed during the emission, and calls the rest', () => {
    const { events, log } = setUp()
    events.on('opened', () => {
      log.push('first')
      off()
    })
    const off = events.on('opened', () => log.push('removed'))
    events.on('opened', () => log.push('last'))
    events.emit('opened', { failureRate: 1 })
    expect(log).toEqual(['first', 'last'])
  })

  it('shows a listener that was added during an emission the next event first', () => {
    const { events, log } = setUp()
    const off = events.on('opened', () => {
      off()
      events.on('opened', ({ failureRate }) => log.push(`added late: ${failureRate}`))
    })
    events.emit('opened', { failureRate: 1 })
    events.emit('opened', { failureRate: 2 })
    expect(log).toEqual(['added late: 2'])
  })

  it('reports a listener that throws, and calls the rest', () => {
    const { events, reported, log } = setUp()
    const failure = new Error('a broken listener')
    events.on('opened', () => {
      throw failure
    })
    events.on('opened', () => log.push('heard'))
    events.emit('opened', { failureRate: 1 })
    expect(log).toEqual(['heard'])
    expect(reported).toEqual([failure])
  })

  it('reports a listener whose promise rejects, instead of leaving an unhandled rejection', async () => {
    const { events, reported } = setUp()
    const failure = new Error('a broken async listener')
    // An async function is what many will pass, whatever the type says.
    const listener: () => unknown = async () => await Promise.reject(failure)
    events.on('opened', listener)
    events.emit('opened', { failureRate: 1 })
    await tick()
    expect(reported).toEqual([failure])
  })

  it('agrees with a plain list of listeners, whatever is added and removed between emissions', () => {
    const step = fc.record({ do: fc.constantFrom('opened', 'closed', 'any', 'off', 'emit'), which: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { events } = setUp()
        const heard: number[] = []
        const model: { type: string; label: number; off: () => void }[] = []
        const hear = (label: number) => () => heard.push(label)
        const act: Record<string, (which: number) => void> = {
          opened: (label) => model.push({ type: 'opened', label, off: events.on('opened', hear(label)) }),
          closed: (label) => model.push({ type: 'closed', label, off: events.on('closed', hear(label)) }),
          any: (label) => model.push({ type: 'any', label, off: events.onAny(hear(label)) }),
          off: (which) => {
            for (const { off } of model.splice(which % Math.max(1, model.length), 1)) off()
          },
          emit: () => events.emit('opened', { failureRate: 1 }),
        }
        const expected: number[] = []
        for (const { do: what, which } of steps) {
          if (what === 'emit') expected.push(...model.filter(({ type }) => type !== 'closed').map(({ label }) => label))
          act[what]?.(which)
        }
        expect(heard).toEqual(expected)
        expect(events.listenerCount).toBe(model.length)
      }),
    )
  })
})
