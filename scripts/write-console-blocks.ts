import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

// Runs every command that the guide to rehearsals shows, in their order, and writes what each prints below it.

const ROOT = resolve(import.meta.dirname, '..')
const PAGE = join(ROOT, 'docs/rehearsal.md')
const BLOCK = /(```console\n\$ watertight ([^\n]+)\n)[\s\S]*?```/g

const folder = mkdtempSync(join(tmpdir(), 'guide-'))
try {
  const page = readFileSync(PAGE, 'utf8').replaceAll(BLOCK, (_block, head: string, line: string) => {
    const words = line
      .split(' ')
      .map((word) => (word.endsWith('.ts') ? join(ROOT, 'docs/rehearsal/examples', word) : word))
    const node = ['--conditions=watertight-source', '--disable-warning=ExperimentalWarning']
    const { stdout } = spawnSync(process.execPath, [...node, join(ROOT, 'packages/cli/src/main.ts'), ...words], {
      cwd: folder,
      encoding: 'utf8',
    })
    return `${head}${stdout.trimEnd()}\n\`\`\``
  })
  writeFileSync(PAGE, page)
} finally {
  rmSync(folder, { recursive: true })
}
