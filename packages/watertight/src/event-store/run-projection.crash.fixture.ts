// Keeps a projection up until it is killed, and says how far it has come.
import { writeSync } from 'node:fs'
import { argv, stdout } from 'node:process'
import { sqliteStore } from '../sqlite/index.ts'
import { projection } from './projection.ts'
import { runProjection } from './run-projection.ts'

const [, , file = ''] = argv
const store = await sqliteStore({ file })
const counted = projection<number>('counted', { version: 1 }).on('visit.made', (row = 0) => row + 1)
const running = runProjection(counted, { store, batch: 7, leaseTtl: '400ms' })
running.on('handled', ({ position }) => void writeSync(stdout.fd, `${position}\n`))
// A subscription holds no process by itself.
setInterval(() => {}, 60_000)
