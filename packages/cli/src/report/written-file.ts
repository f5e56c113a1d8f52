import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
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
 * Makes sure, before anything runs, that a file may be written: an older report is replaced, any other file only with `--yes`, or when
 * somebody is there and says so.
 *
 * @throws PlainFailure when the file must not be written.
 */
export async function requireWritable(
  file: string,
  consent: Consent,
  terminal: Pick<Terminal, 'ask' | 'interactive'>,
): Promise<void> {
  if (!existsSync(file)) return
  if (statSync(file).isDirectory()) throw new PlainFailure(`${file} is a folder; name a file in it`)
  if (consent.yes || readFileSync(file, 'utf8').includes(`content="${GENERATOR}"`)) return
  const question = `${file} is there, and is no report of watertight. Overwrite it?`
  if (consent.input && terminal.interactive && (await terminal.ask(question))) return
  throw new PlainFailure(`${file} is there, and is no report of watertight; --yes overwrites it`)
}

/** Writes a file whole or not at all. */
export function writeWhole(file: string, text: string): void {
  const half = `${file}.${process.pid}.tmp`
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(half, text)
  renameSync(half, file)
}
