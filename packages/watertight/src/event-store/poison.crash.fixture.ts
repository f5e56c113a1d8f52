// Keeps a projection up whose reducer kills the process with one of the events, until it has come to the end of the log.
import { argv, kill, pid } from 'node:process'
import { sqliteStore } from '../sqlite/index.ts'
import { projection } from './projection.ts'
import { runProjection } from './run-projection.ts'

const [, , file = '', end = ''] = argv
const store = await sqliteStore({ file })
const counted = projection<number>('counted', { version: 1 }).on<string>('visit.made', (row = 0, data) => {
  if (data === 'deadly') kill(pid, 'SIGKILL')
  return row + 1
})
const running = runProjection(counted, { store, leaseTtl: '200ms', mostCrashes: 2 })
running.on('parked', () => {})
const hold = setInterval(() => {}, 60_000)
const { promise: atTheEnd, resolve } = Promise.withResolvers<void>()
running.on('handled', ({ position }) => {
  if (position >= Number(end)) resolve()
})
await atTheEnd
await running.close()
await store.close()
clearInterval(hold)
