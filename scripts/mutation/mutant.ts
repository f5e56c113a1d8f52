import { globSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

const FOLDER = resolve(import.meta.dirname, '../mutants')

/** A defect that is kept as a patch. */
export interface Mutant {
  readonly name: string
  /** The file of the patch. */
  readonly file: string
  /** The hunt that must find it. */
  readonly hunt: string
  /** What is wrong with it, for people. */
  readonly what: string
}

/**
 * Reads the mutants of scripts/mutants: patches with two lines before them, `hunt: NAME` and `what: …`.
 *
 * @throws Error naming the file that lacks one of them.
 */
export function readMutants(): readonly Mutant[] {
  return globSync('*.patch', { cwd: FOLDER })
    .toSorted()
    .map((file) => {
      const text = readFileSync(join(FOLDER, file), 'utf8')
      const [, hunt] = /^hunt: ([\w-]+)$/m.exec(text) ?? []
      const [, what] = /^what: (.+)$/m.exec(text) ?? []
      if (hunt === undefined || what === undefined) throw new Error(`${file} needs a line "hunt:" and a line "what:"`)
      return { name: basename(file, '.patch'), file: join(FOLDER, file), hunt, what }
    })
}
