import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { shownText } from './shown-text.ts'

const ROOT = resolve(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const programs = globSync('docs/**/examples/*.ts', { cwd: ROOT, exclude: ['**/*.d.ts'] })
  .map((path) => path.replaceAll('\\', '/'))
  .toSorted()
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...globSync(['docs/**/*.md', 'packages/*/README.md'], { cwd: ROOT }).toSorted(),
]

/** Every ```ts block stands under a comment that names its file, or a region of it: `<!-- docs/examples/x.ts#region -->`. */
const BLOCK = /(?:<!-- (\S+) -->\n)?```ts\n([\s\S]*?)```/g
/** What a program prints stands under `<!-- output of docs/examples/x.ts -->`. */
const OUTPUT = /<!-- output of (\S+) -->\n```text\n([\s\S]*?)```/g
const LINK = /\]\((?!https?:|#)([^)#\s]+)/g

const started = new Map<string, Promise<{ stdout: string; stderr: string }>>()

/** Each program runs once, however many documents show it. */
function run(program: string): Promise<{ stdout: string; stderr: string }> {
  const known = started.get(program)
  if (known !== undefined) return known
  const options = ['--conditions=watertight-source', '--disable-warning=ExperimentalWarning']
  const env = { ...process.env, NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/documents') }
  const made = promisify(execFile)(process.execPath, [...options, join(ROOT, program)], { cwd: ROOT, env })
  started.set(program, made)
  return made
}

describe('the programs of the documents', () => {
  it.concurrent.each(programs)('%s runs to its end', async (program) => {
    const { stderr } = await run(program)
    expect(stderr).toBe('')
  })

  it('are all shown somewhere', () => {
    const shown = documents.flatMap((document) => [...read(document).matchAll(/<!-- (?:output of )?(docs\/[^#\s]+)/g)])
    expect(programs.filter((program) => !shown.some(([, file]) => file === program))).toEqual([])
  })
})

describe('the documents', () => {
  it.each(documents)('%s shows code only as a file that runs', (document) => {
    for (const [, source, code] of read(document).matchAll(BLOCK)) {
      expect(source, `a block of code in ${document} names no file`).toBeDefined()
      const [file, region] = (source as string).split('#') as [string, string | undefined]
      expect(programs).toContain(file)
      expect(shownText(read(file), region)).toBe(code)
    }
  })

  it.each(documents)('%s shows of a program what it really prints', async (document) => {
    for (const [, program, text] of read(document).matchAll(OUTPUT)) {
      expect(programs).toContain(program)
      const { stdout } = await run(program as string)
      expect(stdout).toBe(text)
    }
  })

  it.each(documents)('%s points to files that are there', (document) => {
    const folder = join(ROOT, document, '..')
    for (const [, target] of read(document).matchAll(LINK))
      expect(() => readFileSync(join(folder, target as string))).not.toThrow()
  })
})

describe('a region of a program', () => {
  const program =
    'const a = 1\n// #region one\nfunction b() {\n  // #region two\n  return a\n  // #endregion\n}\n// #endregion\n'

  it('is shown without the markers, at the margin', () => {
    expect(shownText(program, 'two')).toBe('return a\n')
    expect(shownText(program, 'one')).toBe('function b() {\n  return a\n}\n')
    expect(shownText(program)).toBe('const a = 1\nfunction b() {\n  return a\n}\n')
  })

  it('that is not there, or not closed, is named', () => {
    expect(() => shownText(program, 'three')).toThrow('three')
    expect(() => shownText('// #region open\n', 'open')).toThrow('open')
  })
})
