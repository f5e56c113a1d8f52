import { describe, expect, expectTypeOf, it } from 'vitest'
import { reject } from '../event-store/rejection.ts'
import type { CompensableSteps, NoResults } from './definition.ts'
import { saga } from './definition.ts'
import type { Input } from './saga-input.ts'

type Start = CompensableSteps<unknown, NoResults>
const build = (steps: (s: Start) => Start | ReturnType<Start['pivot']>) => saga('trip', { version: 1 }, steps)
const run = () => 1
const start = (s: Start) => s.step('a', { run })

describe('saga', () => {
  it('is data: named steps in order, and where the pivot stands', () => {
    const trip = build((s) => s.step('flight', { run, undo: run }).pivot().step('ticket', { run }))
    expect(trip.steps.map(({ name, afterPivot }) => [name, afterPivot])).toEqual([
      ['flight', false],
      ['ticket', true],
    ])
  })

  it('gives each step the results of those before it, with their types', () => {
    const trip = saga('trip', { version: 1 }, (s: Input<{ readonly to: string }>) =>
      s
        .step('flight', { run: async ({ input }) => (input.to ? { seat: 7 } : reject('NO_SEAT')) })
        .step('mail', { run: () => 'sent', optional: true })
        .step('hotel', {
          run: ({ results }) => {
            expectTypeOf(results.flight).toEqualTypeOf<{ seat: number }>()
            expectTypeOf(results.mail).toEqualTypeOf<string | undefined>()
            return results.flight.seat
          },
          undo: ({ result }) => {
            expectTypeOf(result).toEqualTypeOf<number | undefined>()
          },
        }),
    )
    expect(trip.steps).toHaveLength(3)
  })

  it('has a digest that tells topologies apart, and does not change with a function or a time limit', () => {
    const digest = build((s) => s.step('a', { run }).step('b', { run })).digest
    expect(build((s) => s.step('a', { run: () => 2, timeout: '1s' }).step('b', { run })).digest).toBe(digest)
    const others = [
      build((s) => s.step('b', { run }).step('a', { run })),
      build((s) => s.step('a', { run, undo: run }).step('b', { run })),
      build((s) => s.step('a', { run }).pivot().step('b', { run })),
      build((s) => s.step('a', { run }).step('b', { run, optional: true })),
    ]
    expect(new Set([digest, ...others.map((other) => other.digest)]).size).toBe(5)
  })

  it.each<[string, RegExp, () => unknown]>([
    ['no step', /has no step/, () => build((s) => s)],
    ['a name twice', /stands twice/, () => build((s) => s.step('a', { run }).step('a', { run }))],
    [
      'an undo behind the pivot',
      /must not have an undo/,
      () =>
        build((s) =>
          s
            .step('a', { run })
            .pivot()
            .step('b', { run, undo: run as never }),
        ),
    ],
    ['a pivot before any step', /behind its first step/, () => build((s) => s.pivot())],
    ['a name with a slash, which would blur keys', /step name must be/, () => build((s) => s.step('a/b', { run }))],
    ['a name that objects have already', /step name must be/, () => build((s) => s.step('constructor', { run }))],
    [
      'a misspelt option of its own',
      /saga trip has no option onEnd/,
      () => saga('trip', { onEnd: run } as never, start),
    ],
    [
      'steps where its version belongs',
      /what saga trip is given must be an object with some of version, recordEnd, but it is a function/,
      () => saga('trip', ((s: Start) => s) as never, start),
    ],
    ['no version, whatever its steps', /version must be/, () => saga('trip', {} as never, (s: Start) => s)],
    ['a misspelt option of a step', /no option undoo/, () => build((s) => s.step('a', { run, undoo: run } as never))],
    ['a run that is no function', /run of step a must be a function/, () => build((s) => s.step('a', {} as never))],
    ['a negative timeout', /timeout of step a/, () => build((s) => s.step('a', { run, timeout: -1 }))],
    [
      'a misspelt option of a retry',
      /retry of step a has no option maxAttempts/,
      () => build((s) => s.step('a', { run, retry: { maxAttempts: 3 } as never })),
    ],
    [
      'a number in place of a retry',
      /what retry of step a is given must be an object with some of attempts/,
      () => build((s) => s.step('a', { run, retry: 3 as never })),
    ],
    ['no attempt', /retry of step a.attempts/, () => build((s) => s.step('a', { run, retry: { attempts: 0 } }))],
    [
      'version 0',
      /version must be a positive whole number/,
      () => saga('trip', { version: 0 }, (s: Start) => s.step('a', { run })),
    ],
  ])('refuses %s', (_, message, make) => {
    expect(make).toThrow(message)
  })
})
