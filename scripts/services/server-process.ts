import { spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { alive } from './one-at-a-time.ts'
import { runCommand } from './run-command.ts'
import type { Running } from './service.ts'

const HURRY_MS = 1_000
const START_MS = 10_000
const LOOK_AGAIN_MS = 25

/** A server that is to outlive this process. */
export interface ServerProgram {
  readonly program: string
  readonly args: readonly string[]
  /** Gets its log. */
  readonly folder: string
  /** Who it runs as; default: who this process runs as. */
  readonly as?: { readonly uid: number; readonly gid: number }
  /** Whether it takes connections now. */
  readonly answers: (log: string) => Promise<boolean>
}

/**
 * Starts a server and waits until it answers; gives its process.
 *
 * @throws Error when it does not answer in time; its log is in the message.
 */
export async function startServer({ program, args, folder, as, answers }: ServerProgram): Promise<number> {
  const file = join(folder, 'log')
  const log = openSync(file, 'a')
  // What an earlier run of it said does not count.
  const { size } = fstatSync(log)
  const said = (): string => readFileSync(file).subarray(size).toString()
  const child = spawn(program, args, { ...as, detached: true, stdio: ['ignore', log, log] })
  // Said by the log being empty, and by nothing answering.
  child.on('error', () => undefined)
  closeSync(log)
  child.unref()
  for (let waited = 0; waited < START_MS; waited += LOOK_AGAIN_MS) {
    if (child.pid !== undefined && (await answers(said()))) return child.pid
    if (child.exitCode !== null) break
    await sleep(LOOK_AGAIN_MS)
  }
  child.kill('SIGKILL')
  throw new Error(`${program} did not answer:\n${said()}`)
}

/**
 * Ends a server that {@link startServer} started, and waits until it has ended. Nothing is done when the process is another
 * one by now, whose command line does not have all of `marks`: the system gives the number of a dead process away again.
 */
export async function stopServer(
  { pid }: Running,
  { marks, signal }: { readonly marks: readonly string[]; readonly signal: NodeJS.Signals },
): Promise<void> {
  if (pid === undefined || !alive(pid)) return
  const { stdout } = await runCommand('ps', ['-o', 'args=', '-p', `${pid}`])
  if (!marks.every((mark) => stdout.includes(mark))) return
  send(pid, signal)
  for (let waited = 0; alive(pid); waited += LOOK_AGAIN_MS) {
    // A server that was stopped in its tracks hears nothing else.
    if (waited === HURRY_MS) send(pid, 'SIGKILL')
    if (waited >= START_MS) throw new Error(`the server of process ${pid} does not end: ${stdout.trim()}`)
    await sleep(LOOK_AGAIN_MS)
  }
}

/** It may have ended by itself meanwhile. */
function send(pid: number, signal: NodeJS.Signals): void {
  if (alive(pid)) process.kill(pid, signal)
}
