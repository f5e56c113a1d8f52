import { randomBytes, randomUUID } from 'node:crypto'
import { performance as nodePerformance } from 'node:perf_hooks'
import { hrtime } from 'node:process'
import { clearTimeout as nodeClearTimeout, setTimeout as nodeSetTimeout } from 'node:timers'
import { scheduler, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CancelSource } from '../../runtime/cancellation.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { World } from './world.ts'

/** What `act` does as an event of a simulation. */
async function inside<T>(act: (world: World) => T, guard: 'throw' | 'virtual' | 'off' = 'throw'): Promise<T> {
  const world = new World({ guard })
  const done: T[] = []
  world.schedule(5.5, () => done.push(act(world)))
  await world.runUntil(1_000)
  return done[0] as T
}

const nothing = (): void => {}

const reaching: Readonly<Record<string, () => unknown>> = {
  'new Date': () => new Date(),
  // oxlint-disable-next-line unicorn/new-for-builtins -- the function, not the constructor
  Date: () => Date(),
  'Date.now': () => Date.now(),
  'performance.now': () => performance.now(),
  setTimeout: () => setTimeout(nothing, 1),
  setInterval: () => setInterval(nothing, 1),
  setImmediate: () => setImmediate(nothing),
  'Math.random': () => Math.random(),
  'process.hrtime': () => process.hrtime(),
  'process.hrtime.bigint': () => process.hrtime.bigint(),
  'process.uptime': () => process.uptime(),
  'AbortSignal.timeout': () => AbortSignal.timeout(1),
  'crypto.randomUUID': () => crypto.randomUUID(),
  'crypto.getRandomValues': () => crypto.getRandomValues(new Uint8Array(4)),
  'timers/promises.setTimeout': () => sleep(1),
  'scheduler.wait': () => scheduler.wait(1),
  fetch: () => fetch('http://localhost/'),
  'systemRuntime.now': () => systemRuntime.now(),
  'systemRuntime.timer': () => systemRuntime.timer(1, nothing, true),
  'systemRuntime.id': () => systemRuntime.id(),
}

describe('inside a simulation', () => {
  it.each(Object.entries(reaching))('%s throws, and says what to use instead', async (name, reach) => {
    await expect(inside(reach)).rejects.toMatchObject({
      code: 'REAL_WORLD_IN_SIMULATION',
      message: expect.stringMatching(new RegExp(`^${name.replace('.', '\\.')}\\(\\) was called .* use `)) as string,
    })
  })

  it.each<readonly [string, () => unknown]>([
    ['setTimeout of node:timers', () => nodeSetTimeout(nothing, 1)],
    ['setTimeout of node:timers/promises', () => sleep(1)],
    ['performance of node:perf_hooks', () => nodePerformance.now()],
    ['randomUUID of node:crypto', () => randomUUID()],
    ['randomBytes of node:crypto', () => randomBytes(4)],
    ['hrtime of node:process', () => hrtime()],
  ])('%s throws, though it was imported by name', async (_, reach) => {
    await expect(inside(reach)).rejects.toMatchObject({ code: 'REAL_WORLD_IN_SIMULATION' })
  })

  it('a continuation many awaits later is guarded as well', async () => {
    const refused = Promise.withResolvers<unknown>()
    await inside(() => {
      const late = async (): Promise<number> => {
        for (let i = 0; i < 100; i++) await Promise.resolve()
        return Date.now()
      }
      late().catch(refused.resolve)
    })
    await expect(refused.promise).resolves.toMatchObject({ code: 'REAL_WORLD_IN_SIMULATION' })
  })

  it('a date of a known instant is a date', async () => {
    const date = await inside(() => new Date(0))
    expect([date.toISOString(), date instanceof Date]).toEqual(['1970-01-01T00:00:00.000Z', true])
    expect(await inside(() => new Date(2024, 1, 14).getDate())).toBe(14)
    expect(await inside(() => Date.parse('1970-01-01T00:00:01Z'))).toBe(1_000)
  })

  it('microtasks and clearing timers are allowed', async () => {
    const timeout = setTimeout(nothing, 60_000)
    await expect(
      inside(() => {
        queueMicrotask(nothing)
        process.nextTick(nothing)
        clearTimeout(timeout)
        nodeClearTimeout(timeout)
      }),
    ).resolves.toBeUndefined()
  })

  it('the platform’s abort signals work, with the housekeeping of our listeners on them', async () => {
    const heard = await inside(() => {
      const controller = new AbortController()
      const source = new CancelSource()
      const unfollow = new CancelSource().follow(controller.signal)
      source.follow(controller.signal)
      unfollow()
      controller.abort()
      return source.cause
    })
    expect(heard).toBe('caller')
  })

  it('nothing is guarded when it is turned off', async () => {
    expect(await inside(() => typeof Date.now(), 'off')).toBe('number')
  })
})

describe('outside of the batches of a simulation', () => {
  const globals = (): readonly unknown[] => {
    const now: unknown = Reflect.get(performance, 'now')
    return [Date, Date.now, setTimeout, setImmediate, Math.random, now, fetch]
  }

  it('everything is the real thing again, also after a run that failed', async () => {
    const before = globals()
    const bound = [nodeSetTimeout, sleep, randomUUID]
    await expect(inside(() => Date.now())).rejects.toThrow()
    expect(globals()).toEqual(before)
    for (const [index, one] of globals().entries()) expect(one).toBe(before[index])
    expect([nodeSetTimeout, sleep, randomUUID].every((one, index) => one === bound[index])).toBe(true)
  })

  it('a callback of real I/O that comes in between finds the real ones', async () => {
    const before = globals()
    const world = new World()
    const again = (): void => world.schedule(world.now() + 1, again)
    again()
    const seen: boolean[] = []
    const controller = new AbortController()
    setImmediate(() => {
      seen.push(
        globals().every((one, index) => one === before[index]),
        Date.now() > 0,
      )
      nodeSetTimeout(() => {
        seen.push(typeof randomUUID() === 'string')
        controller.abort()
      }, 1)
    })
    await expect(world.runUntil(Infinity, { signal: controller.signal })).rejects.toThrow()
    expect(seen).toEqual([true, true, true])
  })

  it('each of two worlds that run at once is guarded in its own way', async () => {
    const both = await Promise.allSettled([
      inside(() => Date.now()),
      inside(() => Date.now(), 'virtual'),
      inside(() => Date.now() > 1_750_000_000_000, 'off'),
    ])
    expect(both).toMatchObject([
      { status: 'rejected', reason: { code: 'REAL_WORLD_IN_SIMULATION' } },
      { status: 'fulfilled', value: 1_707_868_800_005 },
      { status: 'fulfilled', value: true },
    ])
  })
})

describe('made virtual', () => {
  it('clocks are those of the world', async () => {
    const seen = await inside(
      () => [
        Date.now(),
        new Date().toISOString(),
        performance.now(),
        process.hrtime(),
        process.hrtime.bigint(),
        process.uptime(),
      ],
      'virtual',
    )
    expect(seen).toEqual([1_707_868_800_005, '2024-02-14T00:00:00.005Z', 5.5, [0, 5_500_000], 5_500_000n, 0.0055])
    expect(await inside(() => process.hrtime([0, 500_000]), 'virtual')).toEqual([0, 5_000_000])
    expect(await inside(() => Date().slice(0, 3), 'virtual')).toMatch(/^(Tue|Wed)$/)
  })

  it('timers wait in virtual time', async () => {
    const log: string[] = []
    await inside((world) => {
      const note = (what: string) => (): void => void log.push(`${what} at ${world.now()}`)
      setTimeout(note('timeout'), 100)
      clearTimeout(setTimeout(note('cleared'), 100))
      clearTimeout(nodeSetTimeout(note('cleared too'), 50))
      let rounds = 0
      const interval = setInterval(() => {
        note('interval')()
        if (++rounds === 2) clearInterval(interval)
      }, 200)
      setImmediate(note('immediate'))
      clearImmediate(setImmediate(note('cleared')))
      void sleep(300, 'slept').then((value) => note(value)())
      const signal = AbortSignal.timeout(400)
      signal.addEventListener('abort', () => note((signal.reason as Error).name)())
    }, 'virtual')
    expect(log).toEqual([
      'immediate at 5.5',
      'timeout at 106',
      'interval at 206',
      'slept at 306',
      'TimeoutError at 406',
      'interval at 406',
    ])
  })

  it('a timeout can be refreshed, and tells whether it would keep the process alive', async () => {
    const log: number[] = []
    const refs = await inside((world) => {
      const timeout = setTimeout(() => log.push(world.now()), 100).unref()
      world.schedule(50, () => void timeout.refresh())
      return [timeout.hasRef(), timeout.ref().hasRef()]
    }, 'virtual')
    expect([log, refs]).toEqual([[150], [false, true]])
  })

  it('chance follows from the seed', async () => {
    const draw = (): Promise<unknown> =>
      inside(
        () => [
          Math.random(),
          crypto.randomUUID(),
          randomUUID(),
          [...crypto.getRandomValues(new Uint8Array(8))],
          randomBytes(4).toString('hex'),
        ],
        'virtual',
      )
    const drawn = await draw()
    expect(await draw()).toEqual(drawn)
    expect(await inside(() => crypto.randomUUID(), 'virtual')).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    )
  })

  it('the system runtime is the world', async () => {
    const seen = await inside((world) => {
      let firedAt = -1
      systemRuntime.timer(10, () => (firedAt = world.now()), true)
      return new Promise((resolve) => world.schedule(50, () => resolve([firedAt, systemRuntime.now()])))
    }, 'virtual')
    expect(seen).toEqual([16, 50])
  })

  it('there is still no network', async () => {
    await expect(inside(() => fetch('http://localhost/'), 'virtual')).rejects.toMatchObject({
      code: 'REAL_WORLD_IN_SIMULATION',
    })
  })
})
