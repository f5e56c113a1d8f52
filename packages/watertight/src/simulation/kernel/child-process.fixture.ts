import { execFileSync } from 'node:child_process'

/** Another version of Node to compare with, from the environment variable `OTHER_NODE`; this one again when there is none. */
export const OTHER_NODE: string = process.env['OTHER_NODE'] ?? process.execPath

/** What a source file prints that runs in a process of its own, under the Node at this path. */
export function printedBy(node: string, file: string, ...args: readonly string[]): string {
  return execFileSync(node, ['--conditions=watertight-source', file, ...args], { encoding: 'utf8' }).trim()
}
