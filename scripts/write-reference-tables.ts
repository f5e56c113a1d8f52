import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { withTables } from './reference-tables.ts'

const DOCS = resolve(import.meta.dirname, '../docs')

for (const name of globSync('**/*.md', { cwd: DOCS })) {
  const path = join(DOCS, name)
  writeFileSync(path, withTables(readFileSync(path, 'utf8')))
}
