import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { CONFIG_VARIABLE, type ProcessConfig } from '../process/config.ts'

const MAIN = fileURLToPath(new URL('../process/main.ts', import.meta.url))

/** Starts a role in a process of its own, so that it can be killed in the middle of its work. Resolves when it is ready. */
export async function forkRole(config: ProcessConfig): Promise<{ kill(): Promise<void> }> {
  const child: ChildProcess = fork(MAIN, [], {
    execArgv: ['--conditions=watertight-source'],
    env: { ...process.env, [CONFIG_VARIABLE]: JSON.stringify(config) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error(`${config.role} ended before it was ready`))),
  ])
  return {
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
