import { beforeAll, describe, expect, it } from 'vitest'
import { rehearse, type RunRecord } from 'watertight/simulation'
import type { IncidentRecord } from '../incident/record.ts'
import { ROUTES, type Route } from '../load/route.ts'
import type { RouteFigures } from '../load/tally.ts'
import { sideBySide } from './against.ts'
import { agreementText } from './agreement-text.ts'
import { liveRunOf } from './live-run.ts'

let run: RunRecord
beforeAll(async () => {
  run = await rehearse(liveRunOf({ rate: 20, spike: 60, seconds: 4 }), { seed: 1, control: false })
})

/** The record of a real run that went as rehearsed, but for what `change` says of one route's successes in the spike. */
const real = (seed: number, change: (route: Route, succeeded: number) => number): IncidentRecord => {
  const phases = ['before', 'spike', 'after'].map((phase) => [
    phase,
    Object.fromEntries(
      ROUTES.map((route): [Route, RouteFigures] => {
        const { offered = 0, succeeded = 0, p50Ms = null, p99Ms = null } = run.routes[route]?.byPhase[phase] ?? {}
        const answered = phase === 'spike' ? change(route, succeeded) : succeeded
        return [route, { offered, succeeded: answered, success: 1, p50: p50Ms, p99: p99Ms }]
      }),
    ),
  ])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is compared of a record is all here
  return { seed, verdict: 'contained', phases: Object.fromEntries(phases) } as unknown as IncidentRecord
}

describe('a rehearsal beside the real run', () => {
  it('agrees with itself', () => {
    expect(
      sideBySide(
        real(1, (_, succeeded) => succeeded),
        [run],
      ),
    ).toMatchObject({ agrees: true, worst: 0 })
  })

  it('disagrees when one route served a quarter less in one phase', () => {
    const { agrees, worst } = sideBySide(
      real(1, (route, succeeded) => (route === 'search' ? succeeded * 1.4 : succeeded)),
      [run],
    )
    expect([agrees, Math.round(worst * 100)]).toEqual([false, 29])
  })

  it('looks at all routes together where the seed is another one', () => {
    const sixth = real(2, (route, succeeded) => (route === 'search' ? succeeded * 1.4 : succeeded))
    expect(sideBySide(sixth, [run]).agrees).toBe(true)
    expect(
      sideBySide(
        real(2, (_, succeeded) => succeeded * 1.4),
        [run],
      ).agrees,
    ).toBe(false)
  })

  it('is told as a table, real beside simulated', () => {
    const record = real(1, (_, succeeded) => succeeded)
    const text = agreementText(sideBySide(record, [run]), [run], record)
    expect(text).toMatch(/real \| simulated +goodput\/s +simulated +p50 +simulated/)
    expect(text).toMatch(/spike, order +\d/)
    expect(text).toMatch(
      /agrees: goodput differs by 0\.0% at most in each phase, 20% is right \(the real run was contained\)/,
    )
  })

  it('is told alone where there is no real run', () => {
    expect(agreementText(sideBySide(undefined, [run]), [run], undefined)).toMatch(/seed 1: contained/)
  })
})
