import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { runCommand } from './run-command.ts'
import type { Way } from './service.ts'

const FILE = resolve(import.meta.dirname, '..', '..', 'deploy', 'compose.yaml')
const PROJECT = 'watertight'
const START_MS = 60_000
const LOOK_AGAIN_MS = 200

/** A service of deploy/compose.yaml, by Docker: on a free port, which the file reads from `portVariable`. */
export function composeWay(
  service: string,
  portVariable: string,
  urlOf: (port: number) => string,
  answers: (url: string) => Promise<boolean>,
): Way {
  return {
    name: 'docker',
    hindrance: async () => {
      const { code } = await runCommand('docker', ['info'], { timeoutMs: 10_000 })
      return code === 0 ? undefined : 'no Docker daemon answers'
    },
    start: async () => {
      const port = await freePort()
      await compose(['up', '--detach', '--wait', service], { [portVariable]: `${port}` })
      const url = urlOf(port)
      for (let waited = 0; !(await answers(url)); waited += LOOK_AGAIN_MS) {
        if (waited >= START_MS) throw new Error(`${service} does not answer at ${url}`)
        await sleep(LOOK_AGAIN_MS)
      }
      return { url, way: 'docker' }
    },
    stop: async () => await compose(['rm', '--stop', '--force', '--volumes', service]),
  }
}

async function compose(args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const all = ['compose', '--file', FILE, '--project-name', PROJECT, ...args]
  const { code, stderr } = await runCommand('docker', all, { env })
  if (code !== 0) throw new Error(`docker ${all.join(' ')} failed:\n${stderr}`)
}
