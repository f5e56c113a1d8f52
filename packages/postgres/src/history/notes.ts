import { existsSync, readFileSync } from 'node:fs'

/** A writer is about to append these values to a stream. */
interface Tried {
  readonly note: 'tried'
  readonly append: string
  readonly stream: string
  readonly values: readonly string[]
  readonly at: number
}

/** A writer was told what became of an append. */
export interface Answered {
  readonly note: 'answered'
  readonly append: string
  /** The version of the stream behind it; missing when it was refused. */
  readonly version?: number
  readonly at: number
}

/** A subscription was handed these events; its checkpoint has not moved yet. */
interface Seen {
  readonly note: 'seen'
  readonly values: readonly string[]
}

/** A subscription's checkpoint is known to stand behind these events: none of them may come again. */
interface Saved {
  readonly note: 'saved'
  /** The last of them. */
  readonly value: string
}

/** A line in the file of a writer's process, or of a subscription. */
export type Note = Tried | Answered | Seen | Saved

/**
 * The notes of a file, in order. Each was written by one call of the system, so that the death of a process tears none but the
 * last of its file.
 */
export function readNotes(file: string): readonly Note[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.slice(0, -1).map((line): Note => JSON.parse(line))
}
