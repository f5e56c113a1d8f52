import { setPriority } from 'node:os'
import { CONFIG_VARIABLE, type ProcessConfig } from './config.ts'
import type { FromProcess, ToProcess } from './messages.ts'
import { type ShopProcess, startProcess } from './process.ts'

/** The load generator stands for people with machines of their own: where it shares one with the shop, it comes first. */
const BEHIND_THE_LOAD = 5

const tell = (message: FromProcess): void => {
  if (process.connected) process.send?.(message)
}

async function main(): Promise<void> {
  const config = JSON.parse(process.env[CONFIG_VARIABLE] ?? '{}') as ProcessConfig
  process.title = `shop ${config.role}`
  setPriority(BEHIND_THE_LOAD)

  // A terminal sends Ctrl-C to every process: the supervisor decides, and ends this one by message or by disconnecting.
  process.on('SIGINT', () => {})
  process.on('disconnect', () => process.exit(0))

  let running: ShopProcess
  try {
    running = await startProcess(config)
  } catch (error) {
    tell({ type: 'failed', message: `${config.role} could not start: ${(error as Error).message}` })
    process.stderr.write(`${(error as Error).stack ?? String(error)}\n`)
    process.exitCode = 1
    process.disconnect()
    return
  }

  process.on('message', (message: ToProcess) => {
    switch (message.type) {
      case 'faults':
        running.faults(message.faults)
        break
      case 'snapshot':
        tell({ type: 'snapshot', request: message.request, snapshot: running.snapshot() })
        break
      case 'stop':
        void running.stop(message.drainMs).then(
          () => process.exit(0),
          (error: unknown) => {
            process.stderr.write(`${(error as Error).stack ?? String(error)}\n`)
            process.exit(1)
          },
        )
        break
    }
  })
  tell({ type: 'ready' })
}

await main()
