import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ADVICE, EVENTS, OPTIONS, withTables } from './reference-tables.ts'

const DOCS = resolve(import.meta.dirname, '../docs')
const pages = globSync('**/*.md', { cwd: DOCS }).toSorted()
const read = (page: string): string => readFileSync(join(DOCS, page), 'utf8')
const all = pages.map(read).join('\n')

describe('the tables of options and events in docs/', () => {
  it.each(pages)('of %s are those of the sources (node scripts/run.js scripts/write-reference-tables.ts)', (page) => {
    expect(read(page)).toBe(withTables(read(page)))
  })

  it('leave out no options of a policy', () => {
    expect(OPTIONS.filter((name) => !all.includes(`options: ${name} -->`))).toEqual([])
  })

  it('leave out no event of a pipeline', () => {
    expect([...EVENTS.keys()].filter((name) => !all.includes(`| \`${name}\` |`))).toEqual([])
  })

  it('leave out no advice on the order of policies', () => {
    expect(ADVICE.length).toBeGreaterThan(5)
    expect(ADVICE.filter((code) => !read('policies/composing.md').includes(`\`${code}\``))).toEqual([])
  })

  it('have a default, or "required", for every option', () => {
    const rows = [...all.matchAll(/^\| `\w+` \| `[^\n]*$/gm)].map(([row]) => row)
    expect(rows.length).toBeGreaterThan(30)
    expect(rows.filter((row) => /\|\s*\|/.test(row))).toEqual([])
  })
})
