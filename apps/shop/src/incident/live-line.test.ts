import { describe, expect, it } from 'vitest'
import type { LoadSecond } from '../load/messages.ts'
import { liveLine, unfinishedSagas } from './live-line.ts'

const quiet = { answered: 10, failed: 0, slowestMs: 3 }
const second: LoadSecond = {
  second: 20,
  phase: 'spike',
  routes: { browse: quiet, search: quiet, 'sign-in': quiet, order: { answered: 5, failed: 2, slowestMs: 9 } },
  outstanding: 3,
}

describe('the live line', () => {
  it('tells what was answered, what was not, who waits, and the state of the payments circuit', () => {
    const payments = { name: 'payments', inFlight: 0, abandoned: 0, queued: 0, breaker: 'open', policies: {} } as const
    const orders = { inFlight: 1, pipelines: { payments }, sagas: { running: 708, compensating: 8, completed: 9 } }
    expect(liveLine(second, orders)).toBe(
      ' 21 s spike   · browse 10, search 10, sign-in 10, order 5 (2 failed) /s · 3 waiting · payments circuit open · 716 orders under way',
    )
  })

  it('leaves out what the orders service does not say', () => {
    expect(liveLine(second, undefined)).toMatch(/3 waiting$/)
  })
})

describe('unfinished sagas', () => {
  it('are those that run, turn back or wait for an engine, and unknown when nobody says', () => {
    expect(unfinishedSagas({ inFlight: 0, sagas: { running: 7, waiting: 4, compensating: 2, parked: 1 } })).toBe(13)
    expect(unfinishedSagas({ inFlight: 0 })).toBeUndefined()
    expect(unfinishedSagas(undefined)).toBeUndefined()
  })
})
