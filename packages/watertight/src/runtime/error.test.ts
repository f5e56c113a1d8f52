import { describe, expect, it } from 'vitest'
import { isWatertightError, WatertightError } from './error.ts'

describe('WatertightError', () => {
  it('carries what a caller has to know', () => {
    const cause = new Error('the socket')
    const error = new WatertightError('CIRCUIT_OPEN', 'payments is open', {
      retryable: true,
      retryAfterMs: 250,
      source: 'payments',
      cause,
    })
    expect(error).toMatchObject({
      code: 'CIRCUIT_OPEN',
      message: 'payments is open',
      retryable: true,
      retryAfterMs: 250,
      source: 'payments',
      cause,
    })
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toBe('WatertightError: payments is open')
  })

  it('is not retryable unless it says so, and has no cause of undefined', () => {
    const error = new WatertightError('CONFLICT', 'changed meanwhile')
    expect(error).toMatchObject({ retryable: false, retryAfterMs: undefined, source: undefined })
    expect('cause' in error).toBe(false)
  })

  it('can be made without a stack, leaving the stacks of other errors alone', () => {
    const error = WatertightError.withoutStack('RATE_LIMITED', 'slow down', { retryAfterMs: 10 })
    expect(error.stack).not.toContain('error.test')
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 10 })
    expect(new Error('other').stack).toContain('error.test')
  })

  it('keeps the type of a subclass when it is made without a stack', () => {
    class Refused extends WatertightError {}
    expect(Refused.withoutStack('REFUSED', 'no')).toBeInstanceOf(Refused)
  })
})

describe('isWatertightError', () => {
  it('asks for the code if one is given', () => {
    const error = new WatertightError('CONFLICT', 'changed meanwhile')
    expect(isWatertightError(error)).toBe(true)
    expect(isWatertightError(error, 'CONFLICT')).toBe(true)
    expect(isWatertightError(error, 'TIMED_OUT')).toBe(false)
  })

  it.each([undefined, null, 'CONFLICT', 7, {}, new Error('other')])('knows that %s is none', (value) => {
    expect(isWatertightError(value)).toBe(false)
  })

  it('knows the error of another copy of the package', () => {
    const foreign = { code: 'CONFLICT', [Symbol.for('watertight.error')]: true }
    expect(isWatertightError(foreign, 'CONFLICT')).toBe(true)
  })
})
