/** Whose key: subjects of two tenants are two subjects. */
export interface Subject {
  readonly tenant: string
  /** Names a person by a pseudonym, such as a customer number: names are kept in clear. */
  readonly id: string
}

/** The key of a subject; or that it was deleted, and when (epoch milliseconds). */
export type SubjectKey = { readonly key: Uint8Array } | { readonly forgottenAt: number }

/**
 * Where the keys of personal data are, one for each subject. Keep it apart from the events and out of their backups: deleting
 * the key is what makes the data unreadable, also in every copy of it.
 *
 * What a key was deleted for stays known: nothing makes a new one for that subject, so what is still under way about it is
 * dropped instead of being kept under another key.
 */
export interface SubjectKeys {
  /** The key of each subject, in their order; `undefined` where there never was one. */
  find(subjects: readonly Subject[]): Promise<readonly (SubjectKey | undefined)[]>
  /** The key of a subject, made now where there is none. */
  findOrMake(subject: Subject): Promise<SubjectKey>
  /** Deletes a key for good, and resolves when that is durable. Idempotent; also for a subject that has none. */
  forget(subject: Subject): Promise<{ readonly forgottenAt: number }>
  close(): Promise<void>
}
