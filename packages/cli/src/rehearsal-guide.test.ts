import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const DOCS = resolve(import.meta.dirname, '../../../docs')
const page = readFileSync(join(DOCS, 'rehearsal.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'guide-'))

/** Each command of the page with what it prints, in their order: later ones read what earlier ones wrote. */
const commands = [...page.matchAll(/```console\n\$ watertight ([^\n]+)\n([\s\S]*?)```/g)].map(
  ([, line = '', printed = '']) => ({ line, printed }),
)

/** Runs a command as its own process, which is several times faster than inside a test; what it writes goes elsewhere. */
function run(line: string) {
  const words = line.split(' ').map((word) => (word.endsWith('.ts') ? join(DOCS, 'rehearsal/examples', word) : word))
  const node = ['--conditions=watertight-source', '--disable-warning=ExperimentalWarning']
  return spawnSync(process.execPath, [...node, join(import.meta.dirname, 'main.ts'), ...words], {
    cwd: folder,
    encoding: 'utf8',
  })
}

/** The page is held to what is said, not to each figure and each point of a graph: those change with every policy. */
function told(text: string): string {
  return text
    .replaceAll(/trace [0-9a-f]+/g, 'trace #')
    .replaceAll(/[−\d][\d,.]*/g, '#')
    .replaceAll(/[▁▂▃▄▅▆▇█·✕]/g, '')
    .replaceAll(/ +/g, ' ')
    .trim()
}

describe('the guide', () => {
  it.each(commands)('shows what really comes of: watertight $line', ({ line, printed }) => {
    const { status, stdout } = run(line)
    expect(told(stdout)).toBe(told(printed))
    expect([0, 1]).toContain(status)
  })

  it('runs every command that it shows as one', () => {
    expect(commands).toHaveLength(page.match(/^\$ watertight /gm)?.length ?? 0)
    expect(commands.length).toBeGreaterThan(3)
  })
})
