import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Check } from './check.ts'

const SOURCE = /\.(?:ts|mts|js|mjs)$/
const TEST = /\.(?:test|spec|fixture)\./
const MAKES_A_SCENARIO = /import\s*\{[^}]*\bscenario\b[^}]*\}\s*from\s*['"]watertight\/simulation['"]/
const ELSEWHERE = new Set(['node_modules', 'dist', 'coverage'])
const DEEPEST = 6
const MOST_FILES = 5_000
const SHOWN = 3

/** The scenarios of the project: files that import `scenario` from `watertight/simulation`. */
export const checkScenarios: Check = async ({ folder }) => {
  const check = 'scenarios'
  const files = sources(folder, 0, { left: MOST_FILES })
    .filter((file) => MAKES_A_SCENARIO.test(readFileSync(file, 'utf8')))
    .map((file) => relative(folder, file))
  if (files.length > 0) {
    const more = files.length > SHOWN ? ` and ${files.length - SHOWN} more` : ''
    return [{ check, status: 'ok', found: `${files.slice(0, SHOWN).join(', ')}${more}` }]
  }
  return [
    {
      check,
      status: 'warning',
      found: "no file here imports scenario from 'watertight/simulation'",
      hint: 'write a scenario, and run it: watertight rehearse --help',
    },
  ]
}

function sources(folder: string, depth: number, budget: { left: number }): readonly string[] {
  if (depth > DEEPEST) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || ELSEWHERE.has(entry.name) || budget.left <= 0) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path, depth + 1, budget)
    if (!entry.isFile() || !SOURCE.test(entry.name) || TEST.test(entry.name)) return []
    budget.left--
    return [path]
  })
}
