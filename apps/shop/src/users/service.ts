import type { FastifyReply } from 'fastify'
import { bulkhead, isWatertightError, pipeline } from 'watertight'
import { ORDER_DESK, ORDERS_ANY, type Session } from '../contract/users.ts'
import { refuse } from '../http/refusal.ts'
import type { StartService } from '../process/service.ts'
import { Accounts } from './accounts.ts'
import { type Credentials, PasswordDesk } from './password-desk.ts'
import { ACCESS_SECONDS, Tokens } from './tokens.ts'

const email = { type: 'string', minLength: 3, maxLength: 254, pattern: '^[^@\\s]+@[^@\\s]+$' } as const
// The upper bound keeps hashing from being fed megabytes.
const password = { type: 'string', minLength: 1, maxLength: 256 } as const

const credentialsSchema = {
  type: 'object',
  required: ['email', 'password'],
  additionalProperties: false,
  properties: { email, password },
} as const

const sessionSchema = {
  type: 'object',
  oneOf: [
    credentialsSchema,
    {
      type: 'object',
      required: ['refreshToken'],
      additionalProperties: false,
      properties: { refreshToken: { type: 'string', minLength: 1, maxLength: 4096 } },
    },
  ],
} as const

const newAccountSchema = {
  ...credentialsSchema,
  properties: { email, password: { ...password, minLength: 8 } },
} as const

/** When the line before the hashing bulkhead is full. */
const HASHING_RETRY_AFTER_MS = 1000

/** Accounts, sign-in and the keys of the tokens. See contract/users.ts. */
export const startUsers: StartService = async (context) => {
  const { runtime, protection } = context
  const store = await context.openStore()
  const [accounts, tokens] = await Promise.all([Accounts.open(store, runtime), Tokens.open(store, runtime)])
  const hashing = pipeline('password-hashing', bulkhead(protection.passwordHashing)).on(runtime)

  const desk = await PasswordDesk.open(accounts, hashing, runtime.id())
  if ((await accounts.byEmail(ORDER_DESK.email)) === undefined) await desk.signUp(ORDER_DESK, [ORDERS_ANY])

  const busy = (reply: FastifyReply, error: unknown): FastifyReply => {
    if (!isWatertightError(error, 'BULKHEAD_FULL')) throw error
    context.refused(error.code)
    return refuse(
      reply,
      429,
      'SIGN_IN_BUSY',
      'too many people are signing in: try again in a moment',
      error.retryAfterMs ?? HASHING_RETRY_AFTER_MS,
    )
  }

  return {
    routes(app) {
      app.post<{ Body: Credentials | { readonly refreshToken: string } }>(
        '/sessions',
        { schema: { body: sessionSchema } },
        async ({ body }, reply) => {
          if ('refreshToken' in body) {
            const userId = await tokens.userOf(body.refreshToken)
            const scopes = userId && (await accounts.scopesOf(userId))
            if (!userId || !scopes) return signInFailed(reply)
            return session(await tokens.access(userId, scopes), body.refreshToken)
          }
          try {
            const account = await desk.signIn(body)
            if (account === undefined) return signInFailed(reply)
            return session(await tokens.access(account.userId, account.scopes), await tokens.refresh(account.userId))
          } catch (error) {
            return busy(reply, error)
          }
        },
      )

      app.post<{ Body: Credentials }>('/users', { schema: { body: newAccountSchema } }, async ({ body }, reply) => {
        try {
          const account = await desk.signUp(body)
          return account === undefined ? emailTaken(reply) : reply.code(201).send({ userId: account.userId })
        } catch (error) {
          return busy(reply, error)
        }
      })

      app.get('/.well-known/jwks.json', async () => tokens.jwks)
    },
  }
}

function session(accessToken: string, refreshToken: string): Session {
  return { accessToken, refreshToken, expiresIn: ACCESS_SECONDS }
}

function signInFailed(reply: FastifyReply): FastifyReply {
  return refuse(reply, 401, 'SIGN_IN_FAILED', 'the sign-in data is wrong or has expired')
}

function emailTaken(reply: FastifyReply): FastifyReply {
  return refuse(reply, 409, 'EMAIL_TAKEN', 'there is an account with this address already')
}
