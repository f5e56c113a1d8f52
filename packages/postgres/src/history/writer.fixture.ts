// Appends until it is told to stop or killed, and notes what it tries before, and what it is told after.
import { openSync, writeSync } from 'node:fs'
import { argv } from 'node:process'
import { type Append, type Committed, type Expected, type Store, streamId } from 'watertight/store'
import type { Note } from './notes.ts'
import { openStore, whenThere } from './open-store.ts'
import { DELAYED, SHARED_STREAMS } from './scene.ts'

const MOST_EVENTS = 4
/** How often an event waits in its transaction, when its position is drawn already. */
const DELAYED_SHARE = 0.05
/** How often an append goes to a stream that all processes share, and how often it expects a version there. */
const SHARED_SHARE = 0.5
const EXACT_SHARE = 0.5

const [, , url = '', name = '', file = '', writers = ''] = argv
const notes = openSync(file, 'a')
const stopping = new AbortController()
process.once('SIGTERM', () => stopping.abort())

function note(one: Note): void {
  writeSync(notes, `${JSON.stringify(one)}\n`)
}

const versions = new Map<string, number>()

async function appendUntilStopped(store: Store, writer: number): Promise<void> {
  for (let n = 0; !stopping.signal.aborted; n++) {
    const append = `${name}-${writer}-${n}`
    const isShared = Math.random() < SHARED_SHARE
    const stream = isShared ? `shared-${Math.floor(Math.random() * SHARED_STREAMS)}` : `own-${append}`
    const known = versions.get(stream)
    const expected = isShared ? (Math.random() < EXACT_SHARE && known !== undefined ? known : 'any') : 'absent'
    const committed = await appendOnce(store, append, stream, expected)
    if (committed.ok) versions.set(stream, committed.versions[0] ?? 0)
    else if (committed.actual !== undefined) versions.set(stream, committed.actual)
    if (!isShared) versions.delete(stream)
  }
}

async function appendOnce(store: Store, append: string, stream: string, expected: Expected): Promise<Committed> {
  const values = Array.from({ length: 1 + Math.floor(Math.random() * MOST_EVENTS) }, (_, i) => `${append}.${i + 1}`)
  const commit: Append = {
    stream: streamId(stream.startsWith('own') ? 'own' : 'shared', stream),
    expected,
    appendId: append,
    events: values.map((value) => ({
      id: value,
      type: Math.random() < DELAYED_SHARE ? DELAYED : 'history.written',
      schema: 1,
      data: value,
      meta: { correlation: append, causation: append },
    })),
  }
  note({ note: 'tried', append, stream, values, at: Date.now() })
  // Nobody knows whether one that got no answer has happened: its append id lets it be repeated.
  const committed = await whenThere(() => store.commit({ appends: [commit] }))
  const [version] = committed.ok ? committed.versions : []
  note({ note: 'answered', append, at: Date.now(), ...(version !== undefined && { version }) })
  return committed
}

const store = await openStore(url)
await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => appendUntilStopped(store, writer)))
await store.close()
