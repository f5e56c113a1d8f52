import { refuseUnknown } from '../../runtime/option.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { DEFAULT_TENANT } from '../../store/event.ts'
import type { Subject, SubjectKey, SubjectKeys } from '../../store/subject-keys.ts'
import { fieldPath, mapField } from './field-path.ts'
import { type Forgotten, isForgotten, isSealed, type Opened, type Sealed } from './sealed.ts'
import { seal, unseal } from './subject-cipher.ts'

export interface PersonalDataOptions {
  /** Where the keys are: apart from the events, and out of their backups. */
  readonly keys: SubjectKeys
  /** What it waits on and reads clocks from. Default: the system runtime. */
  readonly runtime?: Runtime
}

/**
 * Seals personal data under a key for each subject, before it is stored: what is in events, snapshots, read models, messages,
 * exports and backups is ciphertext, and deleting the key makes all of it unreadable at once (crypto-shredding).
 *
 * Seal where data comes in, open where it is shown. Deciders, projections and sagas in between pass sealed values on.
 *
 * @example
 * const personal = personalData({ keys: await sqliteSubjectKeys({ file: 'keys.db' }) })
 * const name = await personal.seal('customer-17', 'Ann Archer')
 * await personal.open({ id: 17, name }) // { id: 17, name: 'Ann Archer' }
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function personalData(options: PersonalDataOptions): PersonalData {
  refuseUnknown('personalData', options, ['keys', 'runtime'])
  return new PersonalData(options)
}

/** See {@link personalData}. */
export class PersonalData {
  readonly keys: SubjectKeys
  readonly runtime: Runtime

  constructor({ keys, runtime = systemRuntime }: PersonalDataOptions) {
    this.keys = keys
    this.runtime = runtime
  }

  /** Seals a JSON value. What is sealed or forgotten already stays so; for a subject that was forgotten, so is the value. */
  async seal<T>(subject: string, value: T, tenant: string = DEFAULT_TENANT): Promise<Sealed<T> | Forgotten> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is inside was said where it was sealed
    if (isSealed(value) || isForgotten(value)) return value as Sealed<T> | Forgotten
    const whose = { tenant, id: subject }
    const found = await this.keys.findOrMake(whose)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the value has this type
    return 'key' in found ? (seal(whose, found.key, value) as Sealed<T>) : forgotten(whose, found)
  }

  /** A copy of `data` in which the values at `paths` are sealed. See {@link fieldPath}. */
  async sealFields(
    subject: string,
    data: unknown,
    paths: readonly string[],
    tenant: string = DEFAULT_TENANT,
  ): Promise<unknown> {
    let sealed = data
    for (const path of paths) {
      sealed = await mapField(sealed, fieldPath(path), (value) => this.seal(subject, value, tenant))
    }
    return sealed
  }

  /**
   * A copy of `data` in which everything sealed is readable, or {@link Forgotten} where the key was deleted: never an error for
   * that.
   *
   * @throws WatertightError `STORE_CORRUPT` for sealed text that was changed; and what the keys' store throws.
   */
  async open<T>(data: T): Promise<Opened<T>> {
    const subjects = new Map<string, Subject>()
    walk(data, (sealed) => {
      subjects.set(nameOf(sealed), subjectOf(sealed))
      return sealed
    })
    const names = [...subjects.keys()]
    const found = await this.keys.find([...subjects.values()])
    const keys = new Map(names.map((name, i) => [name, found[i]]))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the copy has the form of the data
    return walk(data, (sealed) => opened(sealed, keys.get(nameOf(sealed)))) as Opened<T>
  }
}

function opened(sealed: Sealed, found: SubjectKey | undefined): unknown {
  const subject = subjectOf(sealed)
  return found && 'key' in found ? unseal(subject, found.key, sealed) : forgotten(subject, found)
}

function forgotten({ id }: Subject, found: { readonly forgottenAt: number } | undefined): Forgotten {
  return { $forgotten: { subject: id, ...(found && { at: found.forgottenAt }) } }
}

function subjectOf({ $sealed: { tenant = DEFAULT_TENANT, subject } }: Sealed): Subject {
  return { tenant, id: subject }
}

function nameOf({ $sealed: { tenant, subject } }: Sealed): string {
  return JSON.stringify([tenant, subject])
}

/** A copy of JSON data with everything sealed in it replaced. */
function walk(data: unknown, replace: (sealed: Sealed) => unknown): unknown {
  if (typeof data !== 'object' || data === null) return data
  if (isSealed(data)) return replace(data)
  if (Array.isArray(data)) return data.map((member) => walk(member, replace))
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, walk(value, replace)]))
}
