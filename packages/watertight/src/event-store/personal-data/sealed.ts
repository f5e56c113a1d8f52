/** A value that only the key of its subject opens. Plain JSON: it goes wherever data goes, and is stored as it is. */
export interface Sealed<T = unknown> {
  readonly $sealed: {
    /** Whose key opens it. */
    readonly subject: string
    /** Missing for the tenant of systems that have only one. */
    readonly tenant?: string
    /** Nonce, ciphertext and tag (AES-256-GCM), in base64. */
    readonly text: string
  }
  /** Only for the type: what is inside. */
  readonly $inside?: T
}

/** What stands where a value was that nobody can read any more. */
export interface Forgotten {
  readonly $forgotten: {
    readonly subject: string
    /** When the key was deleted, in epoch milliseconds; missing where no key was ever known. */
    readonly at?: number
  }
}

/** Personal data in all its states: as it comes in, sealed as it is stored, forgotten. */
export type Personal<T> = T | Sealed<T> | Forgotten

/** A value after opening: what was sealed in it is readable, or forgotten. */
export type Opened<T> =
  T extends Sealed<infer Inside>
    ? Inside | Forgotten
    : T extends Forgotten
      ? Forgotten
      : T extends readonly (infer Member)[]
        ? readonly Opened<Member>[]
        : T extends object
          ? { readonly [Field in keyof T]: Opened<T[Field]> }
          : T

/** Tells a {@link Sealed} value from any other. */
export function isSealed(value: unknown): value is Sealed {
  return typeof value === 'object' && value !== null && '$sealed' in value
}

/**
 * Tells what was {@link Forgotten} from what can be read.
 *
 * @example
 * const name = isForgotten(customer.name) ? '(deleted)' : customer.name
 */
export function isForgotten(value: unknown): value is Forgotten {
  return typeof value === 'object' && value !== null && '$forgotten' in value
}
