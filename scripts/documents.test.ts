import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const EXAMPLES = 'docs/examples'
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const names = globSync('*.ts', { cwd: join(ROOT, EXAMPLES) }).toSorted()
const documents = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: ROOT })]

/** Every ```ts block stands under a comment that names its file: `<!-- docs/examples/x.ts -->`. */
const BLOCK = /(?:<!-- (\S+) -->\n)?```ts\n([\s\S]*?)```/g
const LINK = /\]\((?!https?:|#)([^)#\s]+)/g

describe('the examples of the documents', () => {
  it.each(names)('%s runs to its end', async (name) => {
    const { stderr } = await promisify(execFile)(
      process.execPath,
      ['--conditions=source', '--disable-warning=ExperimentalWarning', join(ROOT, EXAMPLES, name)],
      { cwd: ROOT },
    )
    expect(stderr).toBe('')
  })

  it.each(documents)('%s shows code only as a file that runs', (document) => {
    for (const [, file, code] of read(document).matchAll(BLOCK)) {
      expect(file, `a block of code in ${document} names no file`).toBeDefined()
      expect(read(file as string)).toBe(code)
    }
  })
})

describe('the links of the documents', () => {
  it.each(documents)('%s points to files that are there', (document) => {
    const folder = join(ROOT, document, '..')
    for (const [, target] of read(document).matchAll(LINK))
      expect(() => readFileSync(join(folder, target as string))).not.toThrow()
  })
})
