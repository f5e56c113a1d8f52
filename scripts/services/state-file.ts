import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Running } from './service.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

/** What runs, by name of service. */
export type State = Readonly<Record<string, Running>>

/** The folder of this checkout's services, which need not be there: two checkouts on one machine do not share any. */
export function servicesFolder(): string {
  const checkout = createHash('sha256').update(ROOT).digest('hex').slice(0, 12)
  return join(tmpdir(), `watertight-services-${checkout}`)
}

/** An empty folder for the data of one service. */
export function freshFolder(service: string): string {
  const folder = join(servicesFolder(), service)
  mkdirSync(servicesFolder(), { recursive: true, mode: 0o700 })
  requireOwn(servicesFolder())
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

/** What {@link writeState} remembered; nothing runs where it remembered nothing. */
export function readState(): State {
  try {
    requireOwn(servicesFolder())
    return JSON.parse(readFileSync(stateFile(), 'utf8')) as State
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

/** Remembers what runs; when that is nothing, leaves nothing behind. */
export function writeState(state: State): void {
  if (Object.keys(state).length === 0) return rmSync(servicesFolder(), { recursive: true, force: true })
  mkdirSync(servicesFolder(), { recursive: true, mode: 0o700 })
  const draft = `${stateFile()}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(draft, stateFile())
}

/** Everybody may write into the temporary folder: what somebody else put there is not believed. */
function requireOwn(folder: string): void {
  if (process.getuid === undefined) return
  if (lstatSync(folder).uid !== process.getuid()) throw new Error(`${folder} belongs to another user`)
}

function stateFile(): string {
  return join(servicesFolder(), 'state.json')
}
