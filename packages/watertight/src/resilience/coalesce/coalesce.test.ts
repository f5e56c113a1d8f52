import { describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../pipeline.ts'
import type { Scope } from '../scope.ts'
import { timeout } from '../timeout/timeout.ts'
import { coalesce, type CoalesceState } from './coalesce.ts'

/** A function that settles when it is told to, and knows its runs. */
class Slow {
  readonly scopes: Scope[] = []
  readonly #settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void }[] = []

  readonly call = (scope: Scope): Promise<unknown> => {
    this.scopes.push(scope)
    return new Promise((resolve, reject) => {
      this.#settle.push({ resolve, reject })
      scope.cancel.onCancel(() => reject(new Error('stopped')))
    })
  }

  resolve(run: number, value: unknown): void {
    this.#settle[run]?.resolve(value)
  }

  reject(run: number, error: unknown): void {
    this.#settle[run]?.reject(error)
  }
}

const same = { key: 'same' }

describe('coalesce', () => {
  it('runs once for equal keys, and hands everyone the same result', async () => {
    const live = pipeline('users', coalesce()).on(new VirtualRuntime())
    const slow = new Slow()
    const calls = [1, 2, 3].map(() => live.run(slow.call, same))
    slow.resolve(0, 'answer')
    expect(await Promise.all(calls)).toEqual(['answer', 'answer', 'answer'])
    expect(slow.scopes).toHaveLength(1)
    expect(live.state().policies['coalesce']).toEqual({ running: 0, runs: 1, joined: 2 } satisfies CoalesceState)
  })

  it('tells calls apart by the arguments that they are wrapped with', async () => {
    const live = pipeline('users', coalesce({ key: (id: string) => id })).on(new VirtualRuntime())
    const asked: string[] = []
    const load = live.wrap(async (id: string) => asked.push(id))
    await Promise.all([load('a'), load('b'), load('a')])
    expect(asked).toEqual(['a', 'b'])
  })

  it('keeps nothing: who comes after the end runs again', async () => {
    const live = pipeline('users', coalesce()).on(new VirtualRuntime())
    let runs = 0
    await live.run(() => ++runs, same)
    expect(await live.run(() => ++runs, same)).toBe(2)
  })

  it('makes calls without a key by themselves', async () => {
    const live = pipeline('users', coalesce()).on(new VirtualRuntime())
    const slow = new Slow()
    const calls = [live.run(slow.call), live.run(slow.call)]
    slow.resolve(0, 1)
    slow.resolve(1, 2)
    expect(await Promise.all(calls)).toEqual([1, 2])
  })

  it('hands the failure to everyone who waits', async () => {
    const live = pipeline('users', coalesce()).on(new VirtualRuntime())
    const slow = new Slow()
    const calls = [live.outcome(slow.call, same), live.outcome(slow.call, same)]
    const error = new Error('broken')
    slow.reject(0, error)
    expect(await Promise.all(calls)).toEqual([
      { kind: 'failure', error },
      { kind: 'failure', error },
    ])
  })

  it('ends only the wait of a follower that aborts, also when it was the one that began', async () => {
    const live = pipeline('users', coalesce()).on(new VirtualRuntime())
    const slow = new Slow()
    const controller = new AbortController()
    const first = live.outcome(slow.call, { ...same, signal: controller.signal })
    const second = live.run(slow.call, same)
    controller.abort()
    expect(await first).toMatchObject({ kind: 'cancelled', cause: 'caller' })
    expect(slow.scopes[0]?.cancel.cancelled).toBe(false)
    slow.resolve(0, 'for the other')
    expect(await second).toBe('for the other')
  })

  it('stops the run when its last follower has gone, and lets the next caller begin anew', async () => {
    const live = pipeline('users', coalesce()).on(new VirtualRuntime())
    const slow = new Slow()
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map(({ signal }) => live.outcome(slow.call, { ...same, signal }))
    for (const controller of controllers) controller.abort()
    await Promise.all(calls)
    expect(slow.scopes[0]?.cancel.cause).toBe('caller')
    const next = live.run(slow.call, same)
    slow.resolve(1, 'anew')
    expect(await next).toBe('anew')
    live.check()
    expect(live.idle).toBe(true)
  })

  it('does not hold one follower to the deadline of another', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('users', coalesce()).on(runtime)
    const slow = new Slow()
    const hasty = live.outcome(slow.call, { ...same, deadline: 100 })
    const patient = live.run(slow.call, same)
    await runtime.advance(200)
    expect(await hasty).toMatchObject({ kind: 'cancelled', cause: 'deadline' })
    slow.resolve(0, 'late, but in time')
    expect(await patient).toBe('late, but in time')
  })

  it('fails a run that outlasts its own limit, for everyone, and counts that against the dependency', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('users', coalesce({ limit: '1s' }), circuitBreaker({ failures: 1, openFor: '1m' })).on(
      runtime,
    )
    const calls = [1, 2].map(() => live.outcome(() => new Promise(() => undefined), same))
    await runtime.advance('1s')
    for (const call of calls) expect(await call).toMatchObject({ kind: 'failure', error: { code: 'TIMED_OUT' } })
    expect(live.state().breaker).toBe('open')
    expect(runtime.heldTimers).toBe(0)
  })

  it('lets a time limit outside of it count the run as executed', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('users', timeout('1s'), coalesce()).on(runtime)
    const calls = [1, 2].map(() => live.outcome(() => new Promise(() => undefined), same))
    await runtime.advance('1s')
    for (const call of calls) expect(await call).toMatchObject({ kind: 'failure', error: { code: 'TIMED_OUT' } })
  })

  it('opens the circuit inside when its followers timed out, as that says something about the dependency', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('users', timeout('1s'), coalesce(), circuitBreaker({ failures: 1, openFor: '1m' })).on(
      runtime,
    )
    const call = live.outcome(() => new Promise(() => undefined), same)
    await runtime.advance('1s')
    await call
    expect(live.state().breaker).toBe('open')
  })

  it('takes one permit of a bulkhead inside for all, and gives it back', async () => {
    const live = pipeline('users', coalesce(), bulkhead({ concurrent: 1 })).on(new VirtualRuntime())
    const slow = new Slow()
    const calls = [1, 2, 3].map(() => live.run(slow.call, same))
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 1, waiting: 0 })
    slow.resolve(0, 'answer')
    await Promise.all(calls)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 0 })
  })

  it('makes the call by itself when the key function throws, and reports that', async () => {
    const runtime = new VirtualRuntime()
    const broken = new Error('no key')
    const key = (): string => {
      throw broken
    }
    expect(
      await pipeline('users', coalesce({ key }))
        .on(runtime)
        .run(() => 1),
    ).toBe(1)
    expect(runtime.reported).toEqual([broken])
  })

  it('refuses a limit that is none, and options that it does not have', () => {
    expect(() => coalesce({ limit: 0 })).toThrow(/limit must be a duration above 0/)
    expect(() => coalesce({ keys: 1 } as object)).toThrow(/coalesce has no option keys/)
  })
})
