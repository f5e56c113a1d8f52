import { installed, runCommand } from './run-command.ts'
import type { Running, Way } from './service.ts'

/** A service out of a package of Debian's, then started like one that was installed before. */
export function debianWay(
  name: string,
  start: (folder: string) => Promise<Running>,
  stop: (running: Running) => Promise<void>,
): Way {
  return {
    name: 'package',
    hindrance: async () => {
      if (process.getuid?.() !== 0) return `only root may install the package ${name}`
      return (await installed('apt-get')) ? undefined : 'there is no apt-get'
    },
    start: async (folder) => {
      // The package would start a server of its own, on the usual port.
      const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
      await runCommand('apt-get', ['update', '-q'], { env })
      const ended = await runCommand('apt-get', ['install', '-q', '-y', '--no-install-recommends', name], { env })
      if (ended.code !== 0) throw new Error(`apt-get install ${name} failed:\n${ended.stderr}`)
      return await start(folder)
    },
    stop,
  }
}
