import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { DEADLINE_HEADER, isWatertightError, readDeadline, type Runtime } from 'watertight'
import { refuse } from '../http/refusal.ts'
import type { FaultSwitch } from './faults.ts'

const BODY_LIMIT_BYTES = 4 * 1024 * 1024
/** Characters of an idempotency key within a path. */
const LONGEST_KEY = 300

declare module 'fastify' {
  interface FastifyRequest {
    /** Until when the caller waits, on the runtime's clock. */
    deadline: number | undefined
  }
}

/** Counts what the HTTP server of a process is doing. */
export interface Traffic {
  inFlight: number
}

const wait = (runtime: Runtime, ms: number): Promise<void> =>
  new Promise((resolve) => {
    runtime.timer(ms, resolve, true)
  })

/**
 * The HTTP server every process of the shop has: `/health`, faults on demand, deadlines (late work is refused before it
 * starts), and one way to tell an error.
 */
export function shellServer(runtime: Runtime, faults: FaultSwitch, traffic: Traffic): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: LONGEST_KEY },
    forceCloseConnections: 'idle',
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false } },
  })
  app.decorateRequest('deadline', undefined)

  app.addHook('onRequest', async (request, reply) => {
    traffic.inFlight++
    reply.raw.once('close', () => {
      traffic.inFlight--
    })
    if (request.url === '/health') return
    request.deadline = readDeadline(request.headers[DEADLINE_HEADER], runtime)
    const { hangMs = 0, slowMs = 0 } = faults.current
    if (hangMs + slowMs > 0) await wait(runtime, hangMs + slowMs)
    if (faults.hits('failRate', request.id)) {
      faults.count('failed')
      await refuse(reply, 503, 'NOT_EXECUTED', 'this process was told to fail')
    } else if (request.deadline !== undefined && runtime.now() >= request.deadline) {
      await refuse(reply, 504, 'DEADLINE_EXCEEDED', 'the caller has stopped waiting: nothing was done')
    }
  })

  app.setErrorHandler((error, _request: FastifyRequest, reply) => {
    if (isWatertightError(error))
      return refuse(reply, statusOf(error.code), error.code, error.message, error.retryAfterMs)
    if ((error as { validation?: unknown }).validation)
      return refuse(reply, 400, 'INVALID_REQUEST', (error as Error).message)
    const status = (error as { statusCode?: number }).statusCode ?? 500
    if (status < 500) return refuse(reply, status, 'INVALID_REQUEST', (error as Error).message)
    process.stderr.write(`${(error as Error).stack ?? String(error)}\n`)
    return refuse(reply, 500, 'DEFECT', 'an unexpected error; the log of the process has it')
  })
  app.setNotFoundHandler((request, reply) => refuse(reply, 404, 'NO_SUCH_ROUTE', `${request.method} ${request.url}`))
  app.get('/health', async () => ({ status: 'up' }))
  return app
}

function statusOf(code: string): number {
  // Whether a commit happened that the store did not answer is as unknown as a call that timed out.
  if (code === 'TIMED_OUT' || code === 'DEADLINE_EXCEEDED' || code === 'STORE_UNAVAILABLE') return 504
  if (code === 'INVALID_OPTION' || code === 'INVALID_COMMIT') return 500
  return 503
}
