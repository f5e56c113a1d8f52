import {
  type Duration,
  type LivePipeline,
  type Outcome,
  type Pipeline,
  type Runtime,
  WatertightError,
  circuitBreaker,
  pipeline,
  refuseUnknown,
  requirePositiveInteger,
  requireText,
  timeout,
  toMilliseconds,
} from 'watertight'
import type { RedisClient } from './redis-client.ts'
import type { Script } from './script.ts'

/** How long Redis is waited for, and how often it is tried when it does not answer. */
export interface RedisLinkOptions {
  /** Name of its pipeline in events. Default: `'redis'`. */
  readonly name?: string
  /** How long one question waits at most. Default: `'50ms'`. */
  readonly maxWait?: Duration
  /** Failures in a row after which nobody waits any more. Default: 3. */
  readonly failures?: number
  /** Then one question is let through so often, to see whether Redis is back. Default: `'1s'`. */
  readonly retryEvery?: Duration
}

const KNOWN = ['name', 'maxWait', 'failures', 'retryEvery'] as const

/**
 * The way to a Redis that may be gone at any time, and that nothing may depend on. Each question waits a bounded time; after
 * some failures in a row a breaker answers at once, and tries again with a single question now and then. A client without a
 * connection is not waited for at all.
 *
 * It is a definition, like a pipeline: the waiting and counting happens on the runtime of whoever asks. Share one link between
 * all that use the same client.
 */
export class RedisLink {
  readonly client: RedisClient
  readonly #pipeline: Pipeline

  /** @throws WatertightError `INVALID_OPTION` */
  constructor(client: RedisClient, options: RedisLinkOptions = {}) {
    refuseUnknown('redisLink', options, KNOWN)
    const { name = 'redis', maxWait = '50ms', failures = 3, retryEvery = '1s' } = options
    this.client = client
    this.#pipeline = pipeline(
      requireText('name', name),
      circuitBreaker({
        failures: requirePositiveInteger('failures', failures),
        openFor: toMilliseconds('retryEvery', retryEvery, { positive: true }),
      }),
      timeout(toMilliseconds('maxWait', maxWait, { positive: true })),
    )
  }

  /**
   * The live pipeline on `runtime`. Its events say when Redis is lost (`breaker.opened`) and found again (`breaker.closed`);
   * its `state().breaker` is `'closed'` while Redis answers.
   */
  on(runtime: Runtime): LivePipeline {
    return this.#pipeline.on(runtime)
  }

  /**
   * Runs a script, or says why not: a refusal, or a failure. Never rejects. A question that was given up on may still have been
   * carried out.
   */
  ask(
    runtime: Runtime,
    script: Script,
    keys: readonly string[],
    input: readonly (string | number)[],
  ): Promise<Outcome<unknown>> {
    return this.on(runtime).outcome(() => {
      if (this.client.isReady === false) throw noConnection()
      return script.run(this.client, keys, input)
    })
  }
}

/**
 * A {@link RedisLink} over a client, which may belong to somebody else as well.
 *
 * @example
 * const link = redisLink(redisClient({ url: 'redis://cache.internal:6379' }), { maxWait: '20ms' })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function redisLink(client: RedisClient, options: RedisLinkOptions = {}): RedisLink {
  return new RedisLink(client, options)
}

function noConnection(): WatertightError {
  return WatertightError.withoutStack('REDIS_UNAVAILABLE', 'there is no connection to Redis', { retryable: true })
}
