import { appendFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { CONFIG_VARIABLE, LOOPBACK, type ProcessConfig } from '../process/config.ts'
import type { FromProcess, ToProcess } from '../process/messages.ts'

// Plays a role of the shop in the supervisor's tests: it listens, tells its pid, and obeys. Where the seed says so, it misbehaves.

/** What a fixture is told to do wrong, as the seed of its configuration. */
const FAILS_TO_START = 1
const IGNORES_STOP = 2

const { role, ports, dataFolder, seed } = JSON.parse(process.env[CONFIG_VARIABLE] ?? '{}') as ProcessConfig
const tell = (message: FromProcess): void => void process.send?.(message)

process.on('disconnect', () => process.exit(0))
process.on('message', (message: ToProcess) => {
  if (message.type === 'snapshot')
    tell({ type: 'snapshot', request: message.request, snapshot: { inFlight: ports[role] } })
  if (message.type === 'stop' && seed !== IGNORES_STOP) process.exit(0)
  // A fault of `slowMs` makes the fixture die by itself.
  if (message.type === 'faults' && message.faults.slowMs !== undefined) process.exit(9)
})

if (seed === FAILS_TO_START && role === 'mail') {
  process.stderr.write('the letter box is full\n')
  tell({ type: 'failed', message: 'mail could not start: no letter box' })
  process.exitCode = 1
  process.disconnect()
} else {
  createServer().listen(ports[role], LOOPBACK, () => {
    appendFileSync(join(dataFolder, 'pids'), `${role} ${process.pid}\n`)
    tell({ type: 'ready' })
  })
}
