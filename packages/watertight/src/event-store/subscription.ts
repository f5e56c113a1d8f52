import { toMilliseconds } from '../runtime/duration.ts'
import { refuseUnknown, requireInteger, requirePositiveInteger, requireText } from '../runtime/option.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import { SLOTS } from '../store/slot.ts'
import { PartitionedMember } from './partitioned-member.ts'
import { type Subscription, SubscriptionMember } from './subscription-member.ts'
import type { SubscriptionOptions } from './subscription-options.ts'

/**
 * Follows the settled log from where the checkpoint of `name` stands: first what is there, then what comes. Batches are
 * handed over one after the other and in order; the checkpoint moves in the commit of what the handler returns.
 *
 * Of several members with one name (processes on the same store) one runs; when it dies, another takes over once its lease
 * has expired, and what the first still tries to commit is fenced off. An error, the handler's or the store's, repeats the
 * batch with growing pauses; it is reported to the runtime when nobody listens to `failed`.
 *
 * With `partitions`, members share the work: the streams fall into so many parts, each with a lease and a checkpoint of its
 * own, and the members that are there own them in equal numbers. Events come in order within each stream.
 *
 * @example
 * const mails = subscribe({
 *   store,
 *   name: 'confirmation-mails',
 *   types: ['order.confirmed'],
 *   handle: async (events) => { for (const event of events) await mail.send(event.id, event.data) },
 * })
 * await mails.close()
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function subscribe(options: SubscriptionOptions): Subscription {
  refuseUnknown('subscribe', options, OPTIONS)
  const { partitions = 1, ...rest } = options
  requireInteger('partitions', partitions, 1, SLOTS)
  const settings = {
    ...rest,
    name: requireText('name', options.name),
    runtime: options.runtime ?? systemRuntime,
    batch: requirePositiveInteger('batch', options.batch ?? 256),
    ttlMs: toMilliseconds('leaseTtl', options.leaseTtl ?? '10s'),
    retryDelayMs: toMilliseconds('retryDelay', options.retryDelay ?? 100),
    maxRetryDelayMs: toMilliseconds('maxRetryDelay', options.maxRetryDelay ?? '30s'),
  }
  return partitions === 1 ? new SubscriptionMember(settings) : new PartitionedMember(settings, partitions)
}

const OPTIONS = [
  'store',
  'name',
  'handle',
  'runtime',
  'tenant',
  'categories',
  'types',
  'batch',
  'partitions',
  'leaseTtl',
  'retryDelay',
  'maxRetryDelay',
  'signal',
]
