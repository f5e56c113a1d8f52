import { WatertightError } from '../../runtime/error.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { Append } from '../../store/commit.ts'
import { DEFAULT_TENANT, streamId } from '../../store/event.ts'
import type { Store } from '../../store/store.ts'
import { subscribe } from '../subscription.ts'
import type { Subscription } from '../subscription-member.ts'
import type { SubscriptionOptions } from '../subscription-options.ts'
import type { PersonalData } from './personal-data.ts'

/** The category of the streams in which forgetting is told, one for each subject. */
const CATEGORY = 'privacy'

/** Somebody is to be forgotten: written down first, so that a crash cannot leave it undone. */
const FORGET_REQUESTED = 'privacy.forgetRequested'

/**
 * A subject's key was deleted: what was sealed for it can never be read again. For whoever keeps anything of it elsewhere. Its
 * data is a {@link SubjectForgotten}.
 */
export const SUBJECT_FORGOTTEN = 'privacy.subjectForgotten'

/** Data of a `privacy.subjectForgotten`. */
export interface SubjectForgotten {
  readonly subject: string
  /** Epoch milliseconds. */
  readonly forgottenAt: number
}

export interface ForgetOptions {
  /** Where it is told. */
  readonly store: Store
  /** Where the key is. */
  readonly personal: PersonalData
  /** Whose subject. Default: that of systems which have only one. */
  readonly tenant?: string
  /** Who asked for it; kept with the request. No personal data. */
  readonly actor?: string
}

/**
 * Forgets a subject: writes down that it is to be, deletes its key, and tells it with a `privacy.subjectForgotten`. Idempotent.
 * Let {@link finishForgetting} run somewhere: it completes what a crash has interrupted.
 *
 * @example
 * await forgetSubject('customer-17', { store, personal })
 *
 * @throws WatertightError what the stores throw; then repeat it.
 */
export async function forgetSubject(
  subject: string,
  { store, personal, tenant = DEFAULT_TENANT, actor }: ForgetOptions,
): Promise<SubjectForgotten> {
  const requested = told(personal.runtime, { subject, tenant, type: FORGET_REQUESTED, data: { subject }, actor })
  requireDone(await store.commit({ appends: [requested] }))
  const { forgottenAt } = await personal.keys.forget({ tenant, id: subject })
  requireDone(await store.commit({ appends: [tellForgotten(personal.runtime, tenant, { subject, forgottenAt })] }))
  return { subject, forgottenAt }
}

/**
 * Completes the forgetting that was asked for and not finished, such as by a process that died.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function finishForgetting(
  personal: PersonalData,
  options: Pick<SubscriptionOptions, 'store' | 'leaseTtl' | 'signal'>,
): Subscription {
  return subscribe({
    ...options,
    runtime: personal.runtime,
    name: FORGET_REQUESTED,
    categories: [CATEGORY],
    types: [FORGET_REQUESTED],
    async handle(events) {
      for (const { stream } of events) {
        const { tenant, id: subject } = stream
        const { forgottenAt } = await personal.keys.forget({ tenant, id: subject })
        const append = tellForgotten(personal.runtime, tenant, { subject, forgottenAt })
        requireDone(await options.store.commit({ appends: [append] }))
      }
    },
  })
}

interface Told {
  readonly subject: string
  readonly tenant: string
  readonly type: string
  readonly data: unknown
  readonly actor?: string | undefined
}

function tellForgotten(runtime: Runtime, tenant: string, data: SubjectForgotten): Append {
  return told(runtime, { subject: data.subject, tenant, type: SUBJECT_FORGOTTEN, data })
}

/** Once for each subject and type, whoever tells it. */
function told(runtime: Runtime, { subject, tenant, type, data, actor }: Told): Append {
  const id = runtime.id()
  const meta = { correlation: subject, causation: subject, ...(actor !== undefined && { actor }) }
  return {
    stream: streamId(CATEGORY, subject, tenant),
    expected: 'any',
    appendId: type,
    events: [{ id, type, schema: 1, data, subject, meta }],
  }
}

function requireDone(committed: Awaited<ReturnType<Store['commit']>>): void {
  if (committed.ok) return
  throw new WatertightError(committed.code, `Forgetting was not written down: ${committed.what}.`, { retryable: true })
}
