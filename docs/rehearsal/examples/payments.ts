import { bulkhead, exponential, type Pipeline, pipeline, retry, timeout } from 'watertight'

/** What may be changed without changing code: numbers and texts, so that it can be kept in a file, compared and tuned. */
export interface PaymentOptions {
  readonly attempts: number
  readonly budget: number
  readonly timeout: `${number}s`
  readonly concurrent: number
  readonly queue: number
}

/** The pipeline that production calls the payment provider through. */
export function paymentsPipeline({ attempts, budget, timeout: limit, concurrent, queue }: PaymentOptions): Pipeline {
  return pipeline(
    'payments',
    timeout('10s'),
    retry({ attempts, backoff: exponential({ base: '200ms', max: '2s', jitter: 'full' }), budget: { ratio: budget } }),
    bulkhead({ concurrent, queue }),
    timeout(limit),
  )
}
