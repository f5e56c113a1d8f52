import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const FIXTURE = fileURLToPath(new URL('traces.fixture.ts', import.meta.url))

const printedBy = (node: string): string =>
  execFileSync(node, ['--conditions=watertight-source', '--disable-warning=ExperimentalWarning', FIXTURE], {
    encoding: 'utf8',
  })

it('leaves the same traces of every scenario that comes with the project, run twice, also under the Node that OTHER_NODE names', () => {
  const here = printedBy(process.execPath)
  expect(here.trim().split('\n')).toHaveLength(3)
  expect(printedBy(process.env['OTHER_NODE'] ?? process.execPath)).toBe(here)
}, 120_000)
