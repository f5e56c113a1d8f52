// Appends until it is killed, and says which appends it was told are done: several writers at once, on streams that they share
// with other processes.
import { writeSync } from 'node:fs'
import { argv, stdout } from 'node:process'
import { streamId } from 'watertight/store'
import { postgresStore } from './postgres-store.ts'

const WRITERS = 8
const SHARED = 5

const [, , url = '', schema = '', name = ''] = argv
const store = await postgresStore({ url, schema, limit: '10s' })

async function appendForEver(writer: number): Promise<never> {
  for (let n = 0; ; n++) {
    const id = `${name}-${writer}-${n}`
    const events = [1, 2].map((i) => ({
      id: `${id}-${i}`,
      type: 'crash.written',
      schema: 1,
      data: id,
      meta: { correlation: id, causation: id },
    }))
    const committed = await store.commit({
      appends: [
        { stream: streamId('own', id), expected: 'absent', appendId: id, events },
        {
          stream: streamId('shared', `${(writer + n) % SHARED}`),
          expected: 'any',
          appendId: id,
          events: events.slice(1),
        },
      ],
      rows: [{ table: 'written', key: id, value: n }],
    })
    if (!committed.ok) throw new Error(JSON.stringify(committed))
    writeSync(stdout.fd, `${id}\n`)
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => appendForEver(writer)))
