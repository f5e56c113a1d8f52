import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** A real disk: the folder for temporary files may be in memory, where a sync costs nothing. */
const PARENT = join(import.meta.dirname, '../../.data')

/** Lets `work` have an empty folder on the disk of this repository. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(PARENT, { recursive: true })
  const folder = mkdtempSync(join(PARENT, 'event-store-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
