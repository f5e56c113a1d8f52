import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { timerContract } from '../../testing/timer-contract.ts'
import { World } from './world.ts'

timerContract(
  'World',
  () => {
    const world = new World()
    return {
      runtime: world,
      advance: (ms) => world.runUntil(world.now() + ms),
      pending: () => world.pendingTimers,
      reported: () => world.reported,
    }
  },
  { describe, it },
)

const awaits = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await Promise.resolve()
}

describe('World lets promises settle', () => {
  it.each(Array.from({ length: 50 }, (_, i) => i + 1))('through %i awaits before the next event', async (count) => {
    const world = new World()
    const log: string[] = []
    world.schedule(10, () => void awaits(count).then(() => log.push(`continued at ${world.now()}`)))
    world.schedule(10, () => log.push('next event'))
    await world.runUntil(10)
    expect(log).toEqual(['continued at 10', 'next event'])
  })

  it('between timers of the same tick, so that a continuation can cancel the second', async () => {
    const world = new World()
    const log: string[] = []
    world.timer(10, () => void awaits(200).then(() => second.cancel()), true)
    const second = world.timer(10, () => log.push('not cancelled'), true)
    await world.runUntil(20)
    expect(log).toEqual([])
  })

  it('through ticks of the process too', async () => {
    const world = new World()
    const log: string[] = []
    world.schedule(1, () => process.nextTick(() => void awaits(3).then(() => log.push('tick'))))
    world.schedule(1, () => log.push('next event'))
    await world.runUntil(1)
    expect(log).toEqual(['tick', 'next event'])
  })

  it('after a quiet event that says so, and before the event after it', async () => {
    const world = new World()
    const log: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    void promise.then(() => awaits(20)).then(() => log.push(`woken at ${world.now()}`))
    world.scheduleQuiet(1, () => {
      resolve()
      world.wake()
    })
    world.scheduleQuiet(1, () => log.push('quiet'))
    world.scheduleQuiet(2, () => log.push('quiet, later'))
    await world.runUntil(2)
    expect(log).toEqual(['woken at 1', 'quiet', 'quiet, later'])
  })

  it('in the same order, whether events are quiet and say when they wake somebody, or are drained after each', async () => {
    const program = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 5 }), wakes: fc.boolean(), awaits: fc.nat(12), arms: fc.boolean() }),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(program, async (steps) => {
        const play = async (quiet: boolean): Promise<readonly string[]> => {
          const world = new World()
          const log: string[] = []
          for (const [index, { at, wakes, awaits: count, arms }] of steps.entries()) {
            const { promise, resolve } = Promise.withResolvers<void>()
            void promise
              .then(() => awaits(count))
              .then(() => {
                log.push(`${index} continued at ${world.now()}`)
                if (arms) world.timer(1, () => log.push(`${index} armed fired at ${world.now()}`), true)
              })
            const fire = (): void => {
              log.push(`${index} at ${world.now()}`)
              if (!wakes) return
              resolve()
              world.wake()
            }
            if (quiet) world.scheduleQuiet(at, fire)
            else world.schedule(at, fire)
          }
          await world.runUntil(10)
          return [...log, world.traceHash]
        }
        expect(await play(true)).toEqual(await play(false))
      }),
      { numRuns: 50 },
    )
  })

  it('also those of the last event, before a run ends', async () => {
    const world = new World()
    let done = false
    world.schedule(10, () => void awaits(100).then(() => (done = true)))
    await world.runUntil(10)
    expect(done).toBe(true)
  })

  it('and fires what they arm in the past of the end of the run', async () => {
    const world = new World()
    const log: number[] = []
    world.schedule(1, () => void awaits(100).then(() => world.timer(5, () => log.push(world.now()), true)))
    await world.runUntil(6)
    expect(log).toEqual([6])
  })
})

describe('World fires events', () => {
  it('first in, first out where the time is the same, be they of models or timers', async () => {
    const world = new World()
    const log: string[] = []
    world.schedule(5, () => log.push('a'))
    world.timer(5, () => log.push('b'), true)
    world.scheduleQuiet(5, () => log.push('c'))
    world.timer(5, () => log.push('d'), false)
    world.schedule(5, () => log.push('e'))
    await world.runUntil(5)
    expect(log).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('at exact instants, where timers keep to whole milliseconds', async () => {
    const world = new World()
    const log: number[] = []
    world.schedule(0.25, () => {
      log.push(world.now())
      world.timer(0.5, () => log.push(world.now()), true)
    })
    await world.runUntil(2)
    expect(log).toEqual([0.25, 1])
  })

  it('of the present instant too, after those that were armed for it before', async () => {
    const world = new World()
    const log: string[] = []
    world.schedule(1, () => world.schedule(1, () => log.push('armed last')))
    world.schedule(1, () => log.push('armed first'))
    await world.runUntil(1)
    expect(log).toEqual(['armed first', 'armed last'])
  })

  it.each([0.5, Number.NaN])('but none at %s, when it is 1 already', async (atMs) => {
    const world = new World()
    await world.runUntil(1)
    expect(() => world.schedule(atMs, () => {})).toThrow(/atMs must be an instant that is not before now \(1\)/)
    expect(() => world.scheduleQuiet(atMs, () => {})).toThrow(/atMs/)
  })

  it('in an order drawn from the seed, when it is told to shuffle', async () => {
    const order = async (seed: number): Promise<string> => {
      const world = new World({ seed, shuffle: true })
      const log: number[] = []
      for (let i = 0; i < 10; i++) world.schedule(1, () => log.push(i))
      world.schedule(0, () => log.push(-1))
      await world.runUntil(1)
      return log.join(' ')
    }
    const orders = [await order(1), await order(2), await order(3)]
    expect(new Set(orders).size).toBe(3)
    expect(await order(1)).toBe(orders[0])
    for (const one of orders) expect(one.startsWith('-1 ')).toBe(true)
  })

  it('until nothing is left, when told to run for ever, and never what is due at infinity', async () => {
    const world = new World()
    let fired = 0
    world.timer(Infinity, () => fired++, true)
    world.schedule(1e6, () => fired++)
    await world.runUntil(Infinity)
    expect([fired, world.now(), world.pendingTimers]).toEqual([1, 1e6, 1])
  })
})

describe('World fires turns', () => {
  it('in their order, before events and without time passing', async () => {
    const world = new World()
    const log: string[] = []
    world.timer(1, () => log.push('timer'), true)
    world.turn(() => {
      log.push(`turn at ${world.now()}`)
      void awaits(50).then(() => world.turn(() => log.push(`turn of a continuation at ${world.now()}`)))
    })
    world.turn(() => log.push('second turn'))
    await world.runUntil(1)
    expect(log).toEqual(['turn at 0', 'second turn', 'turn of a continuation at 0', 'timer'])
  })

  it('after the promises that are under way', async () => {
    const world = new World()
    const log: string[] = []
    world.schedule(1, () => {
      world.turn(() => log.push('turn'))
      void awaits(50).then(() => log.push('promise'))
    })
    world.schedule(1, () => log.push('next event'))
    await world.runUntil(1)
    expect(log).toEqual(['promise', 'turn', 'next event'])
  })

  it('by itself while time stands still', async () => {
    const world = new World()
    await expect(new Promise((resolve) => world.turn(() => resolve('turned')))).resolves.toBe('turned')
  })

  it('that a run left behind, too', async () => {
    const world = new World()
    const turned = Promise.withResolvers<string>()
    const answer = new Promise<void>((resolve) => {
      world.timer(
        1,
        () => {
          resolve()
          world.turn(() => turned.resolve('turned'))
        },
        true,
      )
    })
    await world.run(answer)
    await expect(turned.promise).resolves.toBe('turned')
  })

  it('and reports what they throw', async () => {
    const world = new World()
    const failure = new Error('a broken turn')
    world.turn(() => {
      throw failure
    })
    await world.runUntil(0)
    expect(world.reported).toEqual([failure])
  })
})

describe('World.run', () => {
  it('passes time until a promise settles, and no further', async () => {
    const world = new World()
    world.timer(10_000, () => {}, false)
    const answer = new Promise((resolve) => world.timer(250, () => resolve(world.now()), true))
    await expect(world.run(answer)).resolves.toBe(250)
    expect([world.now(), world.pendingTimers]).toEqual([250, 1])
  })

  it('says so when nothing is left that could settle the promise', async () => {
    const never = new Promise(() => {})
    await expect(new World().run(never)).rejects.toMatchObject({ code: 'STUCK', message: /no timer is left/ })
  })

  it('gives up on a promise that only housekeeping is left to wait for', async () => {
    const world = new World()
    const again = (): void => void world.timer(1_000, again, false)
    again()
    const never = new Promise(() => {})
    await expect(world.run(never, '10s')).rejects.toMatchObject({ code: 'STUCK', message: /within 10s/ })
  })
})

describe('World.runUntil', () => {
  it('ends with what an event of a model throws, at its time', async () => {
    const world = new World()
    const failure = new Error('a broken model')
    let later = false
    world.schedule(5, () => {
      throw failure
    })
    world.schedule(5, () => (later = true))
    await expect(world.runUntil(10)).rejects.toBe(failure)
    expect([world.now(), later]).toEqual([5, false])
    await world.runUntil(10)
    expect(later).toBe(true)
  })

  it('says so when events go round in circles and time does not pass', async () => {
    const world = new World()
    const again = (): void => world.scheduleQuiet(world.now(), again)
    world.schedule(3, again)
    await expect(world.runUntil(10)).rejects.toMatchObject({ code: 'STUCK', message: /time does not pass/ })
  })

  it('refuses to run twice at once, or back in time', async () => {
    const world = new World()
    const first = world.runUntil(10)
    await expect(world.runUntil(10)).rejects.toMatchObject({ code: 'ALREADY_ADVANCING' })
    await first
    await expect(world.runUntil(9)).rejects.toMatchObject({ code: 'INVALID_OPTION', message: /ms must be/ })
    await expect(world.runUntil(Number.NaN)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('stops when its signal aborts, and can go on from there', async () => {
    const world = new World()
    const again = (): void => world.schedule(world.now() + 1, again)
    again()
    const controller = new AbortController()
    const reason = new Error('enough')
    const run = world.runUntil(Infinity, { signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await expect(run).rejects.toBe(reason)
    const stoppedAt = world.now()
    await world.runUntil(stoppedAt + 5)
    expect(world.now()).toBe(stoppedAt + 5)
    await expect(world.runUntil(1e9, { signal: controller.signal })).rejects.toBe(reason)
  })

  it('lets real I/O have its turn, however many quiet events follow each other', async () => {
    const world = new World()
    const again = (): void => world.scheduleQuiet(world.now() + 1, again)
    again()
    const controller = new AbortController()
    setImmediate(() => controller.abort())
    await expect(world.runUntil(Infinity, { signal: controller.signal })).rejects.toThrow()
  })

  it('tells of its progress, at the end at least', async () => {
    const world = new World()
    const told: number[] = []
    await world.runUntil(100, { progress: (now) => told.push(now) })
    expect(told.at(-1)).toBe(100)
  })

  it('leaves no listener on its signal', async () => {
    const world = new World()
    const { signal } = new AbortController()
    let listeners = 0
    signal.addEventListener = () => void listeners++
    await world.runUntil(100, { signal })
    expect(listeners).toBe(0)
  })
})

describe('two worlds', () => {
  const log = async (world: World): Promise<string> => {
    const seen: string[] = []
    for (let i = 0; i < 300; i++) {
      world.schedule(world.random('at', i) * 100, () => void awaits(i % 7).then(() => seen.push(`${i} ${world.now()}`)))
    }
    await world.runUntil(100)
    return `${seen.join('; ')} ${world.traceHash}`
  }

  it('that run at once keep apart, and do what each does alone', async () => {
    const alone = [await log(new World({ seed: 1 })), await log(new World({ seed: 2 }))]
    expect(await Promise.all([log(new World({ seed: 1 })), log(new World({ seed: 2 }))])).toEqual(alone)
  })

  it('cannot wait for each other, and say so', async () => {
    const inner = new World()
    const outer = new World()
    let refused: unknown
    outer.schedule(1, () => void inner.runUntil(5).catch((error: unknown) => (refused = error)))
    await outer.runUntil(2)
    expect(refused).toMatchObject({ code: 'ALREADY_ADVANCING', message: /inside of another simulation/ })
  })
})

describe('the same seed', () => {
  const busy = (shuffle: boolean, seed: number) => async (): Promise<readonly [string, readonly string[]]> => {
    const world = new World({ seed, shuffle, trace: 'text' })
    const client = async (me: number): Promise<void> => {
      for (let round = 0; round < 20; round++) {
        const pause = Promise.withResolvers<void>()
        world.timer(world.random('pause', me, round) * 10, pause.resolve, true)
        await pause.promise
        if (round % 5 === 0) await new Promise<void>((resolve) => world.turn(resolve))
        world.trace('client', me, round, world.random('by order'), world.id())
      }
    }
    for (let me = 0; me < 10; me++) world.schedule(0, () => void client(me))
    await world.runUntil(1_000)
    return [world.traceHash, world.traceLines]
  }

  it.each([false, true])('gives the same trace, byte by byte (shuffled: %s)', async (shuffle) => {
    const run = busy(shuffle, 7)
    const [hash, lines] = await run()
    expect(lines).toHaveLength(200)
    expect(await run()).toEqual([hash, lines])
    expect(await busy(shuffle, 8)()).not.toContain(hash)
    expect(await busy(!shuffle, 7)()).not.toContain(hash)
  })

  it('draws the same numbers by key, in whatever order they are drawn', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.nat(1_000), fc.nat(5)), { selector: String, minLength: 2 }), (keys) => {
        const draw = (world: World, order: typeof keys): Map<string, number> =>
          new Map(order.map(([call, path]) => [`${call}/${path}`, world.random('service', call, path)]))
        expect(draw(new World({ seed: 1 }), keys.toReversed())).toEqual(draw(new World({ seed: 1 }), keys))
      }),
    )
  })

  it('keeps a hash without lines unless it is asked for them, and nothing when it is asked for nothing', async () => {
    const runWith = async (trace: 'hash' | 'text' | 'off'): Promise<World> => {
      const world = new World({ trace })
      world.schedule(1.5, () => world.trace('served', 3, 'payment'))
      await world.runUntil(2)
      return world
    }
    const [hash, text, off] = [await runWith('hash'), await runWith('text'), await runWith('off')]
    expect(hash.traceHash).toBe(text.traceHash)
    expect([hash.traceLines, text.traceLines, off.traceLines]).toEqual([[], ['1.5 served 3 payment'], []])
    expect(off.traceHash).toBe(new World().traceHash)
  })
})

describe('a world', () => {
  it('starts on Valentine’s Day, and its wall clock can be stepped without moving time', async () => {
    const world = new World()
    expect(new Date(world.wallTime()).toISOString()).toBe('2024-02-14T00:00:00.000Z')
    await world.runUntil(500)
    world.stepWallTime(-400_000)
    expect([world.now(), world.wallTime()]).toEqual([500, 1_707_868_800_000 + 500 - 400_000])
  })

  it('counts what has fired', async () => {
    const world = new World()
    world.schedule(1, () => {})
    world.timer(1, () => {}, false)
    world.turn(() => {})
    await world.runUntil(1)
    expect(world.eventCount).toBe(3)
  })

  it('refuses options that it does not know', () => {
    expect(() => new World({ seeds: 7 } as object)).toThrow(/a world has no option seeds/)
    expect(() => new World({ startWallTime: Infinity })).toThrow(/startWallTime must be a number from/)
    expect(() => new World({ trace: 'all' as 'text' })).toThrow(/trace must be one of/)
    expect(() => new World({ guard: 'on' as 'off' })).toThrow(/guard must be one of/)
  })

  it('carries the ambient context as the system runtime does, but not the deadline of its clock', () => {
    const { context } = new World()
    expect(Object.keys(context ?? {})).toEqual(['capture', 'keep'])
    expect(systemRuntime.context).toBeDefined()
  })
})
