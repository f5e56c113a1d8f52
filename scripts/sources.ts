import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const IMPORT = /^(?:import|export)\b[^'"`;=]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm
const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

/** A source file of the repository, as far as the architecture is concerned. */
export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string
  /** Without comments and strings: what runs. */
  readonly code: string
  /** As written: `./commit.ts`, `node:fs`, `watertight/store`. */
  readonly imports: readonly string[]
}

/** Every TypeScript source below `folder`, tests included, builds and installed packages not. */
export function sourcesBelow(folder: string): readonly SourceFile[] {
  return globSync('**/*.ts', { cwd: join(ROOT, folder), exclude: (name) => ['node_modules', 'dist'].includes(name) })
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8')
      const imports = [...text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm, '').matchAll(IMPORT)]
      return {
        path,
        code: text.replace(COMMENT_OR_STRING, "''"),
        imports: imports.map(([, from, bare, dynamic]) => (from ?? bare ?? dynamic) as string),
      }
    })
}

export const isTest = (path: string): boolean => /\.(test|fixture)\.ts$/.test(path)

/** The file a relative import means, from the root of the repository; `undefined` for a package. */
export function importedFile(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(from), specifier)) : undefined
}

/** One cycle of `edges`, as the list of its nodes, or `undefined`. */
export function findCycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>()
  const path: string[] = []
  const visit = (node: string): readonly string[] | undefined => {
    if (done.has(node)) return undefined
    const seen = path.indexOf(node)
    if (seen >= 0) return [...path.slice(seen), node]
    path.push(node)
    for (const next of edges.get(node) ?? []) {
      const cycle = visit(next)
      if (cycle) return cycle
    }
    path.pop()
    done.add(node)
    return undefined
  }
  for (const node of edges.keys()) {
    const cycle = visit(node)
    if (cycle) return cycle
  }
  return undefined
}
