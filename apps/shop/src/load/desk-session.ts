import { ORDER_DESK, type Session } from '../contract/users.ts'
import type { Connections } from './connections.ts'
import { type Answer, send } from './http-request.ts'

const MS_PER_SECOND = 1_000
/** A token is renewed when this share of its life is left. */
const RENEW_AT = 0.4
const SIGN_IN_TRIES = 5
const TRY_AGAIN_MS = 300

const OK = 200

/** The order desk's tokens, renewed before they expire. */
export class DeskSession {
  readonly #connections: Connections
  #session: Session
  #renewal: NodeJS.Timeout

  private constructor(connections: Connections, session: Session) {
    this.#connections = connections
    this.#session = session
    this.#renewal = this.#renewLater(session.expiresIn)
  }

  /** Signs in with the password, once. @throws Error when the shop does not let the desk in. */
  static async open(connections: Connections): Promise<DeskSession> {
    return new DeskSession(connections, await signIn(connections, JSON.stringify(ORDER_DESK)))
  }

  get accessToken(): string {
    return this.#session.accessToken
  }

  /** The body of a sign-in by refresh token. */
  get refreshBody(): string {
    return JSON.stringify({ refreshToken: this.#session.refreshToken })
  }

  close(): void {
    clearTimeout(this.#renewal)
  }

  #renewLater(expiresInSeconds: number): NodeJS.Timeout {
    return setTimeout(() => void this.#renew(), expiresInSeconds * (1 - RENEW_AT) * MS_PER_SECOND)
  }

  async #renew(): Promise<void> {
    try {
      this.#session = await signIn(this.#connections, this.refreshBody)
      this.#renewal = this.#renewLater(this.#session.expiresIn)
    } catch {
      // The old token still holds: try again well before it expires.
      this.#renewal = setTimeout(() => void this.#renew(), MS_PER_SECOND)
    }
  }
}

async function signIn(connections: Connections, body: string): Promise<Session> {
  const headers = { 'content-type': 'application/json' }
  let answer: Answer = { status: 0, body: '' }
  for (let attempt = 0; attempt < SIGN_IN_TRIES; attempt++) {
    answer = await new Promise((resolve) =>
      send(connections, { method: 'POST', path: '/sign-in', headers, body }, true, resolve),
    )
    if (answer.status === OK) return JSON.parse(answer.body) as Session
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS))
  }
  throw new Error(`the order desk could not sign in: ${answer.status || answer.error?.message} ${answer.body}`)
}
