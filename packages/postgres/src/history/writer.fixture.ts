// Appends until it is killed, and says which appends it was told are done: several writers at once, on streams that they share
// with other processes. Some take their time inside the transaction.
import { writeSync } from 'node:fs'
import { argv, stdout } from 'node:process'
import { keyedRandom } from 'watertight'
import { type Append, streamId } from 'watertight/store'
import { postgresStore } from '../postgres-store.ts'
import { SHARED_STREAMS, SLOW_TYPE, WRITERS } from './history-shape.fixture.ts'

const [, , url = '', schema = '', name = ''] = argv
const random = keyedRandom(name)
const store = await postgresStore({ url, schema, limit: '20s' })

/** Two events, most of them in a stream of their own, the others in one of many writers; some in both. */
function appendsOf(id: string, writer: number, n: number): readonly Append[] {
  const chance = random('kind', n, writer)
  const type = random('slow', n, writer) < 0.02 ? SLOW_TYPE : 'history.written'
  const events = [1, 2].map((i) => ({
    id: `${id}-${i}`,
    type,
    schema: 1,
    data: id,
    meta: { correlation: id, causation: id },
  }))
  const shared = streamId('shared', `${Math.floor(random('stream', n, writer) * SHARED_STREAMS)}`)
  const own: Append = { stream: streamId('own', id), expected: 'absent', appendId: id, events }
  const common: Append = { stream: shared, expected: 'any', appendId: id, events }
  if (chance < 0.5) return [own]
  return chance < 0.8 ? [common] : [own, common]
}

async function appendForEver(writer: number): Promise<never> {
  for (let n = 0; ; n++) {
    const appends = appendsOf(`${name}-${writer}-${n}`, writer, n)
    const committed = await store.commit({ appends })
    if (!committed.ok) throw new Error(JSON.stringify(committed))
    writeSync(stdout.fd, `${name}-${writer}-${n} ${appends.length * 2}\n`)
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => appendForEver(writer)))
