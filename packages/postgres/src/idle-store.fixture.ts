// Waits for a change that never comes, and does nothing else: the process must end. With `close` it closes the store then.
import { argv, stdout } from 'node:process'
import { postgresStore } from './postgres-store.ts'

const [, , url = '', schema = '', end = ''] = argv
const store = await postgresStore({ url, schema })
const event = { id: 'e', type: 't', schema: 1, data: 1, meta: { correlation: 'c', causation: 'c' } }
await store.commit({
  appends: [
    { stream: { tenant: 'default', category: 'order', id: '1' }, expected: 'any', appendId: 'a', events: [event] },
  ],
})
const { settled } = await store.readLog({ after: 0 })
void store.changed(settled, new AbortController().signal)
if (end === 'close') {
  // Until it listens for changes.
  for (let looks = 0; looks < 20; looks++) await store.row('t', 'k')
  await store.close()
  stdout.write('closed')
}
