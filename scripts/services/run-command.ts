import { execFile } from 'node:child_process'

/** What a program printed and how it ended. */
export interface Ended {
  /** 0: well; undefined: it could not be started, or was killed. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** How a program is run. */
export interface RunOptions {
  readonly env?: Record<string, string>
  readonly timeoutMs?: number
  /** Default: who this process runs as. */
  readonly as?: { readonly uid: number; readonly gid: number }
}

/** Runs a program to its end. Never rejects. */
export async function runCommand(
  program: string,
  args: readonly string[],
  { env = {}, timeoutMs = 300_000, as }: RunOptions = {},
): Promise<Ended> {
  return await new Promise((resolve) => {
    const options = { ...as, env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 }
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      resolve({ code: typeof code === 'number' ? code : undefined, stdout, stderr })
    })
  })
}

/** Whether the program is there. */
export async function installed(program: string): Promise<boolean> {
  return (await runCommand(program, ['--version'], { timeoutMs: 10_000 })).code === 0
}
