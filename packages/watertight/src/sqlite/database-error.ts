import { WatertightError } from '../runtime/error.ts'

// Primary result codes of SQLite: https://www.sqlite.org/rescode.html
const BUSY = 5
const READONLY = 8
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const TOOBIG = 18
const NOTADB = 26

/** True while another connection writes. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY
}

/** Turns an error of SQLite into one of the store's; lets every other error through. */
export function storeError(file: string, error: unknown): unknown {
  const code = resultCode(error)
  if (code === undefined) return error
  const reason = error instanceof Error ? error.message : String(error)
  switch (code) {
    case CORRUPT:
    case NOTADB:
      return corrupt(file, reason, error)
    case TOOBIG:
      return new WatertightError('INVALID_COMMIT', `A value is too large for the store ${file}: ${reason}.`, {
        source: file,
        cause: error,
      })
    case CANTOPEN:
    case READONLY:
      return unavailable(file, reason, 'Check that the folder exists, that it and the file are writable', error)
    case FULL:
      return unavailable(file, reason, 'Make room on the disk', error)
    case BUSY:
      return unavailable(file, reason, 'Another process holds the file for long: look for one that hangs', error)
    default:
      return unavailable(file, reason, 'Look at the disk and at the log of the system', error)
  }
}

/** The file cannot be trusted. */
export function corrupt(file: string, reason: string, cause?: unknown): WatertightError {
  return new WatertightError(
    'STORE_CORRUPT',
    `The store ${file} is damaged or no store of Watertight: ${reason}. Restore it from a backup, or move it away together with its -wal and -shm files.`,
    { source: file, cause },
  )
}

/** The file cannot be used now. */
export function unavailable(file: string, reason: string, advice: string, cause?: unknown): WatertightError {
  return new WatertightError('STORE_UNAVAILABLE', `The store ${file} is unavailable: ${reason}. ${advice}.`, {
    retryable: true,
    source: file,
    cause,
  })
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}
