import { describe, expect, it } from 'vitest'
import { fixed, pipeline, retry, timeout, WatertightError } from 'watertight'
import type { Reply } from './client.ts'
import type { Dependency } from './dependency.ts'
import { knownOutcome } from './known-outcome.ts'

const ANSWER: Reply = { status: 200, body: {}, headers: {} }
const lost = () => Promise.reject(new WatertightError('CONNECTION_LOST', 'cut', { retryable: true }))
const refused = () => Promise.reject(new WatertightError('CONNECTION_REFUSED', 'nobody there', { retryable: true }))
const answered = () => Promise.resolve(ANSWER)
const hanging = () => new Promise<Reply>(() => {})

/** A dependency behind two tries, whose sends end one after the other as told. */
const sends = (...ends: readonly (() => Promise<Reply>)[]): Dependency => {
  let sent = 0
  const send = (): Promise<Reply> => (ends[sent++] ?? answered)()
  const policies = [retry({ attempts: 2, backoff: fixed(1) }), timeout('20ms')] as const
  return { pipeline: pipeline('dependency', ...policies), call: send, direct: send }
}

describe('knownOutcome', () => {
  it('is the answer, also of the second try', async () => {
    expect(await knownOutcome(sends(lost, answered), 'POST', '/')).toEqual({ kind: 'answered', reply: ANSWER })
  })

  it('is sure that nothing was executed when every try was refused', async () => {
    expect(await knownOutcome(sends(refused, refused), 'POST', '/')).toMatchObject({ kind: 'not-executed' })
  })

  it('does not let the refusal of the second try hide that the first was lost', async () => {
    const outcome = await knownOutcome(sends(lost, refused), 'POST', '/')
    expect(outcome).toMatchObject({ kind: 'unknown', error: { code: 'CONNECTION_REFUSED' } })
  })

  it('is not sure of a try that was given up on and has no result yet', async () => {
    expect(await knownOutcome(sends(hanging, refused), 'POST', '/')).toMatchObject({ kind: 'unknown' })
  })
})
