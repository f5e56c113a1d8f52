import { describe, expect, it } from 'vitest'
import { judge, statusOfOrder } from './request.ts'

const answer = (status: number, body = ''): { status: number; body: string } => ({ status, body })

describe('an answer', () => {
  it.each([
    [201, 'paid'],
    [202, 'pending'],
    [409, 'rejected'],
    [400, 'refused'],
    [401, 'refused'],
    [422, 'refused'],
    [429, 'refused'],
    [503, 'refused'],
    [500, 'unknown'],
    [502, 'unknown'],
    [504, 'unknown'],
    [0, 'unknown'],
  ])('of %s tells the customer that the order is %s', (status, told) => {
    expect(statusOfOrder(answer(status))).toBe(told)
  })

  it('is a success for an order when it was accepted, and for the rest when it is 200', () => {
    expect(judge('order', answer(201))).toBeUndefined()
    expect(judge('order', answer(202))).toBeUndefined()
    expect(judge('browse', answer(200))).toBeUndefined()
    expect(judge('browse', answer(202))).toBe('HTTP_202')
  })

  it('names the code of a refusal, the status without one, and how a connection broke', () => {
    expect(judge('browse', answer(503, '{"code":"CIRCUIT_OPEN","message":"later"}'))).toBe('CIRCUIT_OPEN')
    expect(judge('browse', answer(502, '<html>'))).toBe('HTTP_502')
    expect(judge('browse', { ...answer(0), error: Object.assign(new Error('gone'), { code: 'ECONNRESET' }) })).toBe(
      'ECONNRESET',
    )
    expect(judge('browse', answer(0))).toBe('CONNECTION_LOST')
  })
})
