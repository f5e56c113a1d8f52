// Follows the log as a member of several subscriptions until it is told to stop or killed, and notes what it is handed before
// the checkpoint moves, and how far it has moved after.
import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { subscribe, type Subscription } from 'watertight/event-store'
import type { Store } from 'watertight/store'
import type { Note } from './notes.ts'
import { openStore } from './open-store.ts'
import { membersOf, type PlannedSubscription, subscriptionPlan } from './subscription-plan.ts'

const [, , url = '', folder = '', subscriptions = '', process_ = '', processes = ''] = argv

function follow(store: Store, { name, category }: PlannedSubscription): Subscription {
  // All members of a subscription write to one file: a line at a time, each at the end.
  const notes = openSync(join(folder, name), 'a')
  const note = (one: Note): void => {
    writeSync(notes, `${JSON.stringify(one)}\n`)
  }
  let last = ''
  const member = subscribe({
    store,
    name,
    ...(category && { categories: [category] }),
    leaseTtl: '2s',
    retryDelay: 20,
    maxRetryDelay: 500,
    async handle(events) {
      const values = events.map(({ data }) => String(data))
      last = values.at(-1) ?? ''
      note({ note: 'seen', values })
      const before = await store.row('counted', name)
      const count = Number(before?.value ?? 0) + events.length
      return { rows: [{ table: 'counted', key: name, value: count, ifVersion: before?.version ?? 0 }] }
    },
  })
  member.on('handled', () => note({ note: 'saved', value: last }))
  member.on('failed', () => undefined)
  return member
}

const store = await openStore(url)
const members = membersOf(subscriptionPlan(Number(subscriptions)), Number(process_), Number(processes)).map((planned) =>
  follow(store, planned),
)
// Following alone keeps no process alive.
const alive = setInterval(() => undefined, 60_000)
process.once('SIGTERM', () => {
  clearInterval(alive)
  void Promise.all(members.map((member) => member.close())).then(() => store.close())
})
