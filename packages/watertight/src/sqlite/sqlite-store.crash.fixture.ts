// Commits until it is killed, and says which commits it was told are done: four writers at once, so that groups are torn too.
import { writeSync } from 'node:fs'
import { argv, stdout } from 'node:process'
import type { NewEvent } from '../store/event.ts'
import { streamId } from '../store/event.ts'
import { sqliteStore } from './sqlite-store.ts'

const [, , file = '', writer = ''] = argv
const store = await sqliteStore({ file })

function event(correlation: string, n: number): NewEvent {
  const id = `${correlation}-${n}`
  return { id, type: 'crash.written', schema: 1, data: 'x'.repeat(500), meta: { correlation, causation: id } }
}

async function commitForEver(lane: number): Promise<never> {
  for (let n = 0; ; n++) {
    const id = `${writer}-${lane}-${n}`
    const committed = await store.commit({
      appends: [
        { stream: streamId('own', id), expected: 'absent', appendId: id, events: [event(id, 1), event(id, 2)] },
        { stream: streamId('shared', 'all'), expected: 'any', appendId: id, events: [event(id, 3)] },
      ],
      rows: [{ table: 'written', key: id, value: n }],
    })
    if (!committed.ok) throw new Error(JSON.stringify(committed))
    writeSync(stdout.fd, `${id}\n`)
  }
}

await Promise.all([0, 1, 2, 3].map(commitForEver))
