import type { Runtime } from 'watertight'
import type { Committed, Store } from 'watertight/store'
import { streamId } from 'watertight/store'
import { EVENT_OF, HISTORY } from '../history/history-events.ts'
import type { Entry } from './entry.ts'

/** Commits under way at once: the store groups them. */
const AT_ONCE = 256

/** What became of the entries. */
export interface Stored {
  readonly stored: number
  /** Were there already, with the same content: an import can be repeated. */
  readonly repeated: number
  /** Are there already with other content, and were left alone. */
  readonly different: readonly string[]
}

/**
 * Writes each entry as the first event of a stream of its own. Safe to break off and to repeat.
 *
 * @throws what the store throws; what was not written then comes with the next try.
 */
export async function storeEntries(
  store: Store,
  runtime: Runtime,
  entries: Iterable<Entry>,
  progress: (stored: number) => void = () => {},
): Promise<Stored> {
  let stored = 0
  let repeated = 0
  const different: string[] = []
  const one = async (entry: Entry): Promise<void> => {
    const committed = await append(store, runtime, entry)
    if (!committed.ok) different.push(entry.id)
    else if (committed.repeated) repeated++
    else stored++
    progress(stored + repeated + different.length)
  }
  const rest = entries[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) await one(next.value)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { stored, repeated, different: different.toSorted() }
}

function append(store: Store, runtime: Runtime, entry: Entry): Promise<Committed> {
  return store.commit({
    appends: [
      {
        stream: streamId(HISTORY, entry.id),
        expected: 'absent',
        appendId: 'import',
        events: [
          {
            id: runtime.id(),
            type: EVENT_OF[entry.kind],
            schema: 1,
            data: entry,
            meta: { correlation: entry.id, causation: 'import' },
          },
        ],
      },
    ],
  })
}
