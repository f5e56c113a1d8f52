import { describe, expect, it } from 'vitest'
import { bulkhead, circuitBreaker, fixed, pipeline, retry, timeout } from '../../resilience/index.ts'
import { constant, exponential } from '../model/laws.ts'
import { poisson, ramp } from '../model/load-shapes.ts'
import { rehearse } from './rehearse.ts'
import { isScenario, scenario } from './scenario.ts'
import { expectation } from './verdict/expectation.ts'

const OPTIONS = { attempts: 3, queue: 40 }

/** A minute of mail, whose only instance crashes at 20 s and is away for 5 s. */
const mailDay = scenario('mail day', { options: OPTIONS, control: { attempts: 1, queue: 0 } }, (sim, options) => {
  const mail = sim.service('mail', {
    pool: 4,
    serviceTime: exponential({ mean: '20ms' }),
    memoryLimit: 200,
    restart: '5s',
    errorRate: 0.02,
  })
  const mailing = sim.pipeline(
    pipeline(
      'mailing',
      timeout('2s'),
      retry({ attempts: options.attempts, backoff: fixed('100ms'), budget: { ratio: 0.2 } }),
      circuitBreaker({ failures: 5, openFor: '1s' }),
      bulkhead({ concurrent: 4, queue: options.queue }),
    ),
  )
  const refused = sim.sometimes('a letter is refused')
  sim.load('letter', { rate: poisson({ rate: 100 }) }, async (call) => {
    try {
      await mailing.run((scope) => mail.request(scope), call)
    } catch (error) {
      refused()
      throw error
    }
  })
  sim.load('look', { rate: poisson({ rate: 10 }), within: '1s' }, () => 'here')
  sim.at('20s', 'mail crashes', () => mail.crash(), 'mail')
  sim.always('mail has one instance at most', () => mail.gauges.up <= 1)
  sim.phase('outage', '20s', '25s')
  sim.phase('after', '30s', '60s')
  return sim.until('60s').expect({
    ...expectation('letters arrive after it', ({ routes }) => {
      const { offered = 0, succeeded = 0 } = routes['letter']?.byPhase['after'] ?? {}
      const share = succeeded / offered
      return { held: share > 0.99, seen: String(share), limit: 'above 0.99', why: 'mail is back' }
    }),
    controlFails: true,
  })
})

describe('rehearse', () => {
  it('tells what happened to routes, services and pipelines, step by step', async () => {
    const run = await rehearse(mailDay, { seed: 3, control: false })
    const { letter, look } = run.routes
    expect(run).toMatchObject({
      scenario: 'mail day',
      seed: 3,
      configuration: 'protected',
      options: OPTIONS,
      stepMs: 1_000,
    })
    expect(letter?.offered).toHaveLength(60)
    expect(letter?.offered.reduce((a, b) => a + b)).toBe(letter?.totals.offered)
    expect(letter?.totals).toMatchObject({ p50Ms: expect.closeTo(15, -1) as number })
    expect(letter?.byPhase['outage']?.succeeded).toBeLessThan(letter?.byPhase['outage']?.offered ?? 0)
    expect(Object.keys(letter?.refused ?? {})).toContain('CIRCUIT_OPEN')
    expect(look?.totals).toMatchObject({ failed: 0, maxMs: 0 })

    const mail = run.services['mail']
    expect(mail?.crashes).toEqual([{ atMs: 20_000, instance: 0, cause: 'scripted' }])
    expect(mail?.up.slice(18, 27)).toEqual([1, 0, 0, 0, 0, 0, 1, 1, 1])
    expect(mail?.served.reduce((a, b) => a + b)).toBe(letter?.totals.succeeded)
    expect(letter?.totals.attempts).toBeGreaterThan(letter?.totals.firstTries as number)

    const mailing = run.pipelines['mailing']
    const [breaker] = mailing?.breakers ?? []
    expect(breaker?.bands[0]).toMatchObject({ fromMs: 0, state: 'closed' })
    expect(breaker?.bands.at(-1)).toMatchObject({ toMs: 60_000, state: 'closed' })
    expect(breaker?.bands.map(({ state }) => state)).toContain('open')
    for (const [index, band] of (breaker?.bands ?? []).entries()) {
      expect(band.toMs).toBe(breaker?.bands[index + 1]?.fromMs ?? 60_000)
    }
    expect(mailing?.limits.map(({ name, limit }) => [name, limit[0]])).toEqual([['bulkhead', 4]])
    expect(mailing?.budgets.map(({ name, tokens }) => [name, tokens.length])).toEqual([['retry', 60]])
    expect(Object.keys(mailing?.refusals ?? {})).toContain('CIRCUIT_OPEN')
    expect(run.faults).toEqual([{ atMs: 20_000, what: 'mail crashes', target: 'mail' }])
    expect(run.sometimes['a letter is refused']).toBeGreaterThan(0)
  })

  it('gives the same record for the same seed, and another one for another', async () => {
    const [first, again, other] = [
      await rehearse(mailDay),
      await rehearse(mailDay),
      await rehearse(mailDay, { seed: 2 }),
    ]
    expect(again).toEqual(first)
    expect(other.traceHash).not.toBe(first.traceHash)
  })

  it('is plain data', async () => {
    const run = await rehearse(mailDay)
    expect(JSON.parse(JSON.stringify(run))).toEqual(run)
  })

  it('runs the control on the same seed and says whether it failed', async () => {
    const { verdict, control } = await rehearse(mailDay)
    expect(control).toMatchObject({ configuration: 'control', seed: 1, options: { attempts: 1, queue: 0 } })
    expect(control?.control).toBeUndefined()
    expect(verdict.conditions.map(({ name }) => name)).toEqual([
      'letters arrive after it',
      'sometimes: a letter is refused',
      'control fails',
    ])
    expect(control?.routes['letter']?.offered).toEqual((await rehearse(mailDay)).routes['letter']?.offered)
  })

  it('tells an invariant that is broken once, with its instant', async () => {
    const day = scenario('broken', {}, (sim) => {
      sim.always('less than 3 s have passed', () => sim.runtime.now() < 3_000)
      return sim.until('10s')
    })
    const { broken, verdict } = await rehearse(day)
    expect(broken).toEqual([{ atMs: 3_000, what: 'less than 3 s have passed' }])
    expect(verdict.contained).toBe(false)
  })

  it('heals what a fault has done', async () => {
    const day = scenario('slow', {}, (sim) => {
      const service = sim.service('service', { pool: 100, serviceTime: constant('10ms') })
      const asking = sim.pipeline(pipeline('asking'))
      sim.load('ask', { rate: poisson({ rate: 50 }) }, (call) => asking.run((scope) => service.request(scope), call))
      sim.fault('slow', {
        target: 'service',
        at: '2s',
        until: '4s',
        begin: () => service.slow(20),
        heal: () => service.slow(1),
      })
      return sim.until('8s')
    })
    const { routes, faults } = await rehearse(day)
    expect(faults).toEqual([{ atMs: 2_000, untilMs: 4_000, what: 'slow', target: 'service' }])
    expect(routes['ask']?.p50Ms.map((ms) => Math.round((ms ?? 0) / 100))).toEqual([0, 0, 2, 2, 0, 0, 0, 0])
  })

  it('hands a request its deadline from the instant when it was due', async () => {
    const day = scenario('late', {}, (sim) => {
      const service = sim.service('service', { pool: 1, serviceTime: constant('300ms'), dropExpired: true })
      const asking = sim.pipeline(pipeline('asking'))
      sim.load('ask', { rate: poisson({ rate: 20 }), within: '500ms' }, (call) =>
        asking.run((scope) => service.request(scope), call),
      )
      return sim.until('10s')
    })
    const { routes } = await rehearse(day)
    expect(routes['ask']?.totals.maxMs).toBeLessThanOrEqual(500)
    expect(Object.keys(routes['ask']?.refused ?? {})).toEqual(['DEADLINE_EXCEEDED'])
  })

  it('tells how far it has come, and stops when it is told to', async () => {
    const controller = new AbortController()
    const endless = scenario('endless', {}, (sim) => {
      sim.load('ask', { rate: poisson({ rate: 1_000 }) }, () => Promise.resolve())
      return sim.until('100h')
    })
    const told: number[] = []
    const rehearsal = rehearse(endless, {
      signal: controller.signal,
      progress: ({ nowMs, untilMs }) => {
        told.push(nowMs / untilMs)
        controller.abort(new Error('enough'))
      },
    })
    await expect(rehearsal).rejects.toThrow('enough')
    expect(told[0]).toBeGreaterThan(0)
    expect(told[0]).toBeLessThan(1)
  })

  it('ends with what the scenario itself throws', async () => {
    const day = scenario('wrong', {}, (sim) => {
      sim.at('1s', 'a mistake', () => {
        throw new Error('a mistake of the scenario')
      })
      return sim.until('2s')
    })
    await expect(rehearse(day)).rejects.toThrow('a mistake of the scenario')
  })
})

describe('a scenario', () => {
  it('is known as one, also from another copy of the package', () => {
    expect([isScenario(mailDay), isScenario({}), isScenario(null), isScenario('mail day')]).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it.each([
    ['a misspelt method', (call: unknown) => (call as { run: () => void }).run(), /TypeError/],
    ['a real timer', () => new Promise((resolve) => setTimeout(resolve, 10)), /setTimeout/],
    ['an option that is none', async () => pipeline('p', timeout('soon' as never)), /must be a duration/],
  ])('does not pass off a mistake in the code as a bad day: %s', async (_, handler, what) => {
    const day = scenario('mistaken', {}, (sim) => {
      sim.load('ask', { rate: poisson({ rate: 5 }) }, handler)
      return sim.until('10s')
    })
    const { verdict, broken } = await rehearse(day)
    expect(verdict.contained).toBe(false)
    expect(broken).toHaveLength(1)
    expect(broken[0]?.what).toMatch(/^requests of ask fail by a mistake in the code: /)
    expect(broken[0]?.what).toMatch(what)
  })

  it('tells an error that belongs to no call once, however often it occurs', async () => {
    const day = scenario('reporting', {}, (sim) => {
      sim.load('ask', { rate: poisson({ rate: 50 }) }, () => sim.runtime.report(new Error('a listener threw')))
      return sim.until('10s')
    })
    const { broken } = await rehearse(day)
    expect(broken).toEqual([{ atMs: 10_000, what: 'an error that belongs to no call: Error: a listener threw' }])
  })

  it('takes what can be awaited for an answer that is still to come', async () => {
    const day = scenario('thenable', {}, (sim) => {
      sim.load('ask', { rate: poisson({ rate: 5 }) }, () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- the subject
        then: (_: unknown, failed: (error: unknown) => void) => failed(new Error('no')),
      }))
      return sim.until('10s')
    })
    const { routes } = await rehearse(day)
    expect(routes['ask']?.totals).toMatchObject({ succeeded: 0, failed: routes['ask']?.totals.offered })
  })

  it('counts a storm of retries two services further down for the route that set it off', async () => {
    const day = scenario('layers', {}, (sim) => {
      const trying = (name: string) => sim.pipeline(pipeline(name, retry({ attempts: 3, backoff: fixed('1ms') })))
      const layer = { pool: 100, serviceTime: constant(1) }
      const [outer, inner] = [trying('outer'), trying('inner')]
      const database = sim.service('database', { ...layer, errorRate: 1 })
      const shop = sim.service('shop', {
        ...layer,
        handler: ({ call, deadline, signal }) =>
          inner.run((scope) => database.request(scope), { id: call.id, deadline, signal }),
      })
      sim.load('idle', { rate: poisson({ rate: 1 }) }, () => {})
      sim.load('order', { rate: ramp({ from: 10, to: 0, at: '10s', over: 0 }) }, (call) =>
        outer.run((scope) => shop.request(scope), call),
      )
      return sim.until('20s')
    })
    const { routes } = await rehearse(day)
    const { offered = 0, unfinished, attempts, firstTries } = routes['order']?.totals ?? {}
    expect(unfinished).toBe(0)
    // Three of the shop, and three times three of the database.
    expect(attempts).toBe(12 * offered)
    expect(firstTries).toBe(2 * offered)
    expect(routes['idle']?.totals.attempts).toBe(0)
  })

  it.each([
    [() => scenario('', {}, (sim) => sim.until('1s')), /name must be a string that is not empty/],
    [() => scenario('a', { option: 1 } as never, (sim) => sim.until('1s')), /scenario a has no option option/],
    [() => scenario('a', { options: { f: () => 1 } }, (sim) => sim.until('1s')), /options\.f must be plain data/],
    [() => scenario('a', {}, undefined as never), /body must be a function/],
  ])('is refused where it makes no sense (%#)', (make, message) => {
    expect(make).toThrow(message)
  })

  it.each([
    ['nothing', () => undefined as never, /must return sim\.until/],
    [
      'two routes of one name',
      (sim) => {
        for (let i = 0; i < 2; i++) sim.load('a', { rate: poisson({ rate: 1 }) }, () => 1)
        return sim.until('1s')
      },
      /there are two of route 'a'/,
    ],
    [
      'a phase that ends before it begins',
      (sim) => {
        sim.phase('p', '2s', '1s')
        return sim.until('3s')
      },
      /to must be after 2s, when phase p begins/,
    ],
    [
      'a rate that is a number',
      (sim) => {
        sim.load('a', { rate: 100 as never }, () => 1)
        return sim.until('1s')
      },
      /rate must be a course of arrivals, such as poisson\(\{ rate: 100 }\)/,
    ],
    [
      'a fault after the end, which nobody would see',
      (sim) => {
        sim.at('90s', 'too late', () => {})
        return sim.until('60s')
      },
      /at of 'too late' must be before the run ends after 60000 ms, but it is 90000/,
    ],
    [
      'a phase after the end',
      (sim) => {
        sim.phase('later', '60s', '90s')
        return sim.until('60s')
      },
      /from of phase later must be before the run ends/,
    ],
    ['no end', (sim) => sim.until(0), /until must be a duration above 0/],
    [
      'a fault that is never there',
      (sim) => {
        sim.fault('f', { target: 't', at: '2s', until: '2s', begin: () => {}, heal: () => {} })
        return sim.until('3s')
      },
      /until must be after 2s, when f begins/,
    ],
  ] as const satisfies readonly (readonly [string, Parameters<typeof scenario>[2], RegExp])[])(
    'is refused with %s',
    async (_, body, message) => {
      await expect(rehearse(scenario('wrong', {}, body))).rejects.toThrow(message)
    },
  )
})

describe('clients of a scenario', () => {
  const clientsDay = scenario('clients', {}, (sim) => {
    const service = sim.service('service', { pool: 1, serviceTime: constant('100ms') })
    const asking = sim.pipeline(pipeline('asking'))
    sim.clients('ask', { clients: 20, thinkTime: constant('900ms'), over: '1s' }, (call) =>
      asking.run((scope) => service.request(scope), call),
    )
    return sim.until('20s')
  })

  it('wait for an answer before they ask again: their load is what the service can take', async () => {
    const { routes } = await rehearse(clientsDay)
    expect(routes['ask']?.offered.slice(5, -1)).toEqual(Array.from({ length: 14 }, () => 10))
    expect(routes['ask']?.totals).toMatchObject({ failed: 0, p50Ms: expect.closeTo(1_100, -2) as number })
  })

  it('are more at a multiple of the load, and wait longer', async () => {
    const { routes } = await rehearse(clientsDay, { rateFactor: 2 })
    expect(routes['ask']?.succeeded.at(-2)).toBe(10)
    expect(routes['ask']?.p50Ms.at(-2)).toBeCloseTo(3_100, -2)
  })

  it('think and ask again when they fail', async () => {
    const day = scenario('failing', {}, (sim) => {
      sim.clients('ask', { clients: 1, thinkTime: constant('1s') }, () => {
        throw new Error('no')
      })
      return sim.until('5500ms')
    })
    expect((await rehearse(day)).routes['ask']?.totals).toMatchObject({ offered: 5, failed: 5 })
  })
})

describe('what is made too late to be recorded', () => {
  it('is refused once the run has begun', async () => {
    const day = scenario('late', {}, (sim) => {
      sim.load('ask', { rate: poisson({ rate: 10 }) }, (call) => sim.pipeline(pipeline('asking')).run(() => 1, call))
      return sim.until('1s')
    })
    const { broken } = await rehearse(day)
    expect(broken[0]?.what).toMatch(/pipeline 'asking' must be made in the function of the scenario itself/)
  })

  it('is refused as a heal after the end: nothing would ever be well again', async () => {
    const day = scenario('never healed', {}, (sim) => {
      sim.fault('slow', { target: 'a', at: '1s', until: '9s', begin: () => {}, heal: () => {} })
      return sim.until('5s')
    })
    await expect(rehearse(day)).rejects.toThrow(/until of 'slow' must be before the run ends after 5000 ms/)
  })

  it('is refused as a control that there is not', async () => {
    const day = scenario('alone', {}, (sim) => sim.until('1s'))
    await expect(rehearse(day, { configuration: 'control' })).rejects.toThrow(/scenario alone has no control to run/)
  })
})
