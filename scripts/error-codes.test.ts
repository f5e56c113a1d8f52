import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm
const LITERAL = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g

const SQL = ['BEGIN', 'COMMIT', 'ROLLBACK', 'NO']
const HTTP = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH', 'TRACE', 'CONNECT', 'QUERY', 'GMT', 'UTC']
const PLATFORM = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ECONNRESET',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_WORKER_OUT_OF_MEMORY',
]

/** Literals that look like codes of ours, and are none. */
const OTHERS: ReadonlySet<string> = new Set([...SQL, ...HTTP, ...PLATFORM])

/** What is thrown or answered by the sources; tests, the suites of `watertight/testing` and systems made up to be hunted apart. */
function codesInSources(): readonly string[] {
  const files = globSync('packages/*/src/**/*.ts', { cwd: ROOT }).filter(
    (path) =>
      !/\.(test|fixture)\.ts$/.test(path) && !/testing\/(store|event-store|timer)-contract|hunt\/library\//.test(path),
  )
  const codes = files.flatMap((path) => {
    const code = readFileSync(join(ROOT, path), 'utf8').replace(COMMENT, '')
    const literals = [...code.matchAll(LITERAL)].map(([, literal]) => literal as string)
    // Adapters speak other languages too: the commands of Redis are single words, our codes for them are not.
    return path.startsWith('packages/watertight/') ? literals : literals.filter((literal) => literal.includes('_'))
  })
  return [...new Set(codes)].filter((code) => code.length > 1 && !OTHERS.has(code)).toSorted()
}

function codesOnThePage(): readonly string[] {
  const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
  return [...page.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code]) => code as string).toSorted()
}

describe('docs/errors.md', () => {
  it('has each code of the sources, and no other', () => {
    expect(codesOnThePage()).toEqual(codesInSources())
  })
})
