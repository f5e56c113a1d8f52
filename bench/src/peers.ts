import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const FOLDER = join(import.meta.dirname, '..')

/**
 * Installs what we compare ourselves with, on first use: nothing else needs it, so it is no dependency of the workspace.
 *
 * @throws Error when it cannot be installed.
 */
export function installPeers(): void {
  const { dependencies } = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as { dependencies: object }
  if (Object.keys(dependencies).every((name) => existsSync(join(FOLDER, 'node_modules', name)))) return
  process.stderr.write('installing what to compare with (npm ci in bench/) …\n')
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    stdio: ['ignore', process.stderr, process.stderr],
    env: { ...process.env, PATH: path },
  })
  if (status !== 0) throw new Error('npm ci in bench/ failed: the benchmarks need what its package.json names')
}

/** Loads a peer. By a name that is no literal, so that the workspace typechecks where the peers are not installed. */
export async function loadPeer<Face>(name: string): Promise<Face> {
  return (await import(name)) as Face
}
