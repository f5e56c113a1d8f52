import { describe, expect, it } from 'vitest'
import { hunt } from './hunt.ts'
import { huntText } from './hunt-text.ts'
import type { Hunted } from './hunted.ts'
import { hunted } from './hunted.ts'
import { KeyedEffects } from './keyed-effects.ts'
import { runSeed } from './run-seed.ts'

/** A client that pays through a worker, which asks the bank under a key, or under a new one for each attempt. */
function shop(hasKeys: boolean, promise: 'always' | 'atRest' | 'eventually' = 'always'): Hunted {
  return hunted('shop', { trouble: '10s', recovery: '30s' }, (world) => {
    const bank = new KeyedEffects()
    const payments = world.service('payments', {
      charge: (key: string, owner: string) => bank.run({ key, owner, amount: 1 }),
    })
    const worker = world.process('worker', (context) => context.service(payments))
    const front = world.route('front', [worker], (running) => running, ['charge'])
    for (const order of ['order-1', 'order-2', 'order-3', 'order-4'])
      world.operation(order, (client) => client.service(front).charge(hasKeys ? order : world.runtime.id(), order), {
        patienceMs: 3_000,
      })
    world[promise]('nobody pays twice', () => bank.doneTwice())
    world.atRest('somebody paid', () => {
      world.sometimes('somebody paid', bank.total > 0)
      return undefined
    })
  })
}

describe('a hunt', () => {
  it('finds nothing in a system that keeps its promises, and has met every kind of fault', async () => {
    const report = await hunt(shop(true), { seeds: 300 })
    expect(report).toMatchObject({ holds: true, seeds: 300, never: [], sometimes: { 'somebody paid': 300 } })
    expect(huntText(report)).toMatch(/^shop: holds with 300 seeds/)
  })

  it.each(['always', 'atRest', 'eventually'] as const)(
    'finds the defect in one that does not (%s), makes it small, and shows it again by what it takes',
    async (promise) => {
      const broken = shop(false, promise)
      const { finding, holds } = await hunt(broken)
      expect(holds).toBe(false)
      if (finding === undefined) throw new Error('nothing was found')
      expect(finding.only.length).toBeLessThanOrEqual(3)
      expect(finding.before).toBeGreaterThan(finding.only.length)
      expect(finding.trace.length).toBeLessThan(15)
      const again = await hunt(broken, { seeds: 1, firstSeed: finding.seed, only: finding.only })
      expect(again.finding?.violation).toEqual(finding.violation)
    },
  )

  it('tells a finding in few lines, with the command that shows it again', async () => {
    const report = await hunt(shop(false))
    const text = huntText(report, ({ seed, only }) => `again --first-seed ${seed} --only ${only.join()}`)
    expect(text).toMatch(/DOES NOT HOLD with seed \d+/)
    expect(text).toMatch(/nobody pays twice: order-\d had it 2 times/)
    expect(text).toMatch(/see it again: again --first-seed \d+ --only \S*do:order-\d/)
  })

  it('does not hold when what should happen sometimes never does', async () => {
    const idle = hunted('idle', { trouble: '1s' }, (world) => world.sometimes('a miracle', false))
    expect(await hunt(idle, { seeds: 200 })).toMatchObject({ holds: false, never: ['a miracle'] })
    expect((await hunt(idle, { seeds: 10 })).holds).toBe(true)
  })

  it('does not hold when a system never comes to rest, and says what it lacks', async () => {
    const restless = hunted('restless', { trouble: '1s', recovery: '5s' }, (world) =>
      world.eventually('peace', () => 'there is none'),
    )
    expect((await hunt(restless, { seeds: 1 })).finding?.violation).toMatchObject({
      name: 'peace',
      reason: 'it never came true: there is none',
    })
  })

  it('takes an error that nobody expects for a defect: reported, thrown at a client, or out of a check', async () => {
    const defects: readonly Hunted[] = [
      hunted('reports', {}, (world) => {
        world.process('p', ({ runtime }) => runtime.report(new TypeError('bug')))
      }),
      hunted('throws', {}, (world) => {
        world.operation('o', () => Promise.reject(new TypeError('bug')))
      }),
      hunted('checks', {}, (world) => {
        world.atRest('c', () => {
          throw new TypeError('bug')
        })
      }),
    ]
    for (const one of defects) expect((await hunt(one, { seeds: 1 })).finding?.violation.reason).toMatch('bug')
  })

  it('takes it for a defect when a program reads the real clock, which no seed can repeat', async () => {
    const late = hunted('late', {}, (world) => {
      world.process('p', () => Date.now())
    })
    expect((await hunt(late, { seeds: 1 })).finding?.violation.reason).toMatch('Date.now')
  })

  it('leaves the same trace for the same seed, byte by byte, and another for another', async () => {
    const [first, second, other] = [
      await runSeed(shop(true), 5),
      await runSeed(shop(true), 5),
      await runSeed(shop(true), 6),
    ]
    expect(second).toEqual(first)
    expect(other?.traceHash).not.toBe(first.traceHash)
  })

  it('ends early when it is told to, and tells how far it is', async () => {
    const stop = new AbortController()
    const told: number[] = []
    const report = await hunt(shop(true), {
      seeds: 50,
      signal: stop.signal,
      progress: (done) => {
        told.push(done)
        if (done === 3) stop.abort()
      },
    })
    expect([report.seeds, told]).toEqual([3, [1, 2, 3]])
  })

  it.each([{ seeds: 0 }, { firstSeed: -1 }, { only: ['x'] }, { speed: 1 }])('refuses %o', async (options) => {
    await expect(hunt(shop(true), options)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})
