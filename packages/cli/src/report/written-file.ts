import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { PlainFailure } from '../command-line/exit.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { GENERATOR } from './html-report.ts'

/** What a person has said about overwriting. */
export interface Consent {
  /** `--yes` */
  readonly yes: boolean
  /** Not `--no-input` */
  readonly input: boolean
}

/**
 * Makes sure, before anything runs, that a file can and may be written: its folder is made where there is none; an older report is replaced, any other file only with `--yes`, or when
 * somebody is there and says so.
 *
 * @throws PlainFailure when the file must not be written.
 */
export async function requireWritable(
  file: string,
  consent: Consent,
  terminal: Pick<Terminal, 'ask' | 'interactive'>,
): Promise<void> {
  requireFolder(file)
  if (!existsSync(file)) return
  if (statSync(file).isDirectory()) throw new PlainFailure(`${file} is a folder; name a file in it`)
  if (consent.yes || readFileSync(file, 'utf8').includes(`content="${GENERATOR}"`)) return
  const question = `${file} is there, and is no report of watertight. Overwrite it?`
  if (consent.input && terminal.interactive && (await terminal.ask(question))) return
  throw new PlainFailure(`${file} is there, and is no report of watertight; --yes overwrites it`)
}

/** Writes a file whole or not at all. @throws PlainFailure */
export function writeWhole(file: string, text: string): void {
  const half = `${file}.${process.pid}.tmp`
  requireFolder(file)
  try {
    writeFileSync(half, text)
    renameSync(half, file)
  } catch (error) {
    rmSync(half, { force: true })
    throw unwritable(file, error)
  }
}

function requireFolder(file: string): void {
  const folder = dirname(resolve(file))
  try {
    makeFolder(folder)
    // With a slash at its end only a folder is found, and no file in its place.
    accessSync(`${folder}${sep}`, constants.W_OK)
  } catch (error) {
    throw unwritable(file, error)
  }
}

/** Not `recursive`: that never comes back where the system refuses a folder, as in `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder)
}

function unwritable(file: string, error: unknown): PlainFailure {
  return new PlainFailure(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`)
}
