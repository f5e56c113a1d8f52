import { describe, expect, it } from 'vitest'
import { contained, type ContainedOptions } from './contained.ts'
import { type Planted, plantedRun, plantedSeries } from './planted-run.fixture.ts'
import { verdictOf, withControl } from './verdict.ts'

const options: ContainedOptions = { route: 'order', before: 'before', during: 'spike', capacity: 200, deadline: '2s' }

const failedBy = (planted: Planted, given: Partial<ContainedOptions> = {}): readonly string[] =>
  verdictOf(plantedRun(planted), [contained({ ...options, ...given })])
    .conditions.filter(({ held }) => !held)
    .map(({ name }) => name)

const spike = (second: number): boolean => second >= 60 && second < 180

describe('contained', () => {
  it('holds for a run that serves what it can, recovers, and harms nobody', () => {
    const verdict = verdictOf(plantedRun(), [contained(options)])
    expect(verdict.conditions.map(({ name, held }) => [name, held])).toEqual([
      ['goodput at the peak', true],
      ['recovery after it', true],
      ['attempts for each request', true],
      ['crashes', true],
      ['longest queue', true],
      ['p99 of what succeeded', true],
      ['abandoned work', true],
      ['browse is unchanged', true],
    ])
    expect(verdict.contained).toBe(true)
  })

  const faults: readonly [what: string, planted: Planted, named: string][] = [
    [
      'less is served than could be',
      { succeeded: (s) => (spike(s) ? 179 : 100), succeededOfOffered: () => 100 },
      'goodput at the peak',
    ],
    ['it stays broken after the spike', { succeeded: (s) => (s < 180 ? 200 : 10) }, 'recovery after it'],
    ['it breaks again later', { succeededOfOffered: (s) => (s > 480 && s < 485 ? 50 : 100) }, 'recovery after it'],
    ['retries make load of their own', { order: { attempts: 260_000 } }, 'attempts for each request'],
    [
      'an instance runs out of memory',
      { payment: { crashes: [{ atMs: 70_000, instance: 2, cause: 'out of memory' }] } },
      'crashes',
    ],
    ['a queue grows beyond what is served in time', { payment: { queued: plantedSeries(() => 401) } }, 'longest queue'],
    ['answers come too late', { order: { p99Ms: 2_001 } }, 'p99 of what succeeded'],
    ['nothing is ever answered', { order: { p99Ms: null } }, 'p99 of what succeeded'],
    ['work is done for nobody', { payment: { wasted: plantedSeries(() => 2) } }, 'abandoned work'],
    ['another route fails', { browse: { succeeded: 5_993 } }, 'browse is unchanged'],
    ['another route becomes slow', { browse: { p99Ms: 91 } }, 'browse is unchanged'],
  ]
  it.each(faults)('does not hold when %s', (_, planted, named) => {
    expect(failedBy(planted)).toEqual([named])
  })

  it('lets pass what the scenario itself has crashed', () => {
    expect(failedBy({ payment: { crashes: [{ atMs: 1, instance: 0, cause: 'scripted' }] } })).toEqual([])
  })

  it('asks for no more than was offered where that is less than could be served', () => {
    expect(failedBy({}, { capacity: 100_000, peak: 'before', queue: 1_000 })).toEqual([])
  })

  it('says in a sentence what was seen', () => {
    const { conditions } = verdictOf(plantedRun({ succeeded: (s) => (s < 180 ? 200 : 10) }), [contained(options)])
    expect(conditions[1]).toEqual({
      name: 'recovery after it',
      held: false,
      seen: '10%',
      limit: 'at least 99.9%',
      why: 'of 30,000 requests that were due from 210 s to 510 s, 3,000 succeeded',
      margin: expect.closeTo(-0.9, 2) as number,
    })
  })

  it.each([
    [{ route: 'orders' }, /asks for the route 'orders', which the scenario has not: it has order, browse/],
    [{ during: 'rush' }, /asks for the phase 'rush', which the scenario has not: it has before, spike/],
  ])('refuses %o, which would judge nothing', (given, message) => {
    expect(() => failedBy({}, given)).toThrow(message)
  })

  it.each([
    [{ capacity: 0 }, /capacity must be a finite number above 0/],
    [{ deadline: 'soon' as '1s' }, /deadline must be a duration/],
    [{ goodput: 90 }, /goodput must be a number from 0 to 1/],
    [{ crash: 1 }, /contained has no option crash/],
  ])('refuses the options %o', (given, message) => {
    expect(() => contained({ ...options, ...given })).toThrow(message)
  })
})

describe('a verdict', () => {
  it('fails when an invariant was broken, whatever else held', () => {
    const verdict = verdictOf(plantedRun({ broken: [{ atMs: 12, what: 'a permit was lost' }] }), [contained(options)])
    expect(verdict.contained).toBe(false)
    expect(verdict.conditions.at(-1)).toMatchObject({ name: 'invariants', why: 'at 12 ms: a permit was lost' })
  })

  it('fails when what had to happen never did', () => {
    const verdict = verdictOf(plantedRun({ sometimes: { 'the pool runs dry': 0, 'a call is refused': 3 } }), [])
    expect(verdict.conditions.map(({ name, held }) => [name, held])).toEqual([
      ['sometimes: the pool runs dry', false],
      ['sometimes: a call is refused', true],
    ])
  })

  it('proves nothing when the control is contained as well', () => {
    const judged = (planted: Planted) => {
      const run = plantedRun(planted)
      return { ...run, verdict: verdictOf(run, [contained(options)]) }
    }
    const { verdict } = judged({})
    expect(withControl(verdict, { ...judged({}), configuration: 'control' })).toMatchObject({ contained: false })
    const failing = withControl(verdict, { ...judged({ order: { p99Ms: null } }), configuration: 'control' })
    expect(failing.contained).toBe(true)
    expect(failing.conditions.at(-1)).toMatchObject({
      name: 'control fails',
      held: true,
      why: 'without the protection: p99 of what succeeded nothing',
    })
  })
})
