import { bulkhead, circuitBreaker, exponential, fallback, pipeline, retry, timeout } from 'watertight'

const payments = pipeline(
  'payments', // outermost first, as it reads
  fallback(() => ({ status: 'pending' })),
  timeout('5s'), // the whole call
  retry({ attempts: 3, backoff: exponential({ base: '100ms', max: '2s', jitter: 'full' }), budget: { ratio: 0.1 } }),
  circuitBreaker({ failureRate: 0.5, window: '10s', minimumCalls: 20, openFor: '30s' }),
  bulkhead({ concurrent: 10, queue: 100, maxWait: '100ms' }),
  timeout('2s'), // each attempt
)

payments.events.on('retry.waiting', ({ nextAttempt }) => process.stdout.write(`attempt ${nextAttempt} follows\n`))

/** Stands for your call; pass `signal` on, and what nobody waits for any more stops. */
async function charge(order: string, { signal, attempt }: { signal: AbortSignal; attempt: number }) {
  signal.throwIfAborted()
  if (attempt === 1) throw new Error('connection reset')
  return { status: `paid for ${order}` }
}

const receipt = await payments.run((call) => charge('536365', call))
process.stdout.write(`${receipt.status}, circuit ${payments.state().breaker}\n`)
