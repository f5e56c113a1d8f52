import type { Check, Finding } from './check.ts'

const OLDEST_MAJOR = 24
const LEAST_FILES = 1_024

/** Node itself: its version, its SQLite, its limit of open files. */
export const checkNode: Check = async () => [version(process.versions.node), await sqlite(), openFiles(softLimit())]

/** Whether a version of Node is new enough. */
export function version(node: string): Finding {
  const check = 'Node'
  if (Number(node.split('.')[0]) >= OLDEST_MAJOR) return { check, status: 'ok', found: `version ${node}` }
  return {
    check,
    status: 'failed',
    found: `version ${node}`,
    hint: `install Node ${OLDEST_MAJOR} or newer: it runs TypeScript without a build, and brings node:sqlite`,
  }
}

/** Whether a limit of open files is enough for a server. */
export function openFiles(limit: number | undefined): Finding {
  const check = 'open files'
  if (limit === undefined) return { check, status: 'skipped', found: 'this platform does not tell its limit' }
  const found = Number.isFinite(limit) ? `at most ${limit}` : 'no limit'
  if (limit >= LEAST_FILES) return { check, status: 'ok', found }
  return {
    check,
    status: 'failed',
    found,
    hint: `raise it to ${LEAST_FILES} or more: ulimit -n 4096, or LimitNOFILE= of systemd`,
  }
}

async function sqlite(): Promise<Finding> {
  const check = 'node:sqlite'
  try {
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(':memory:')
    const row = database.prepare('SELECT sqlite_version() AS version').get()
    database.close()
    return { check, status: 'ok', found: `SQLite ${String(row?.['version'])}` }
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    return {
      check,
      status: 'failed',
      found,
      hint: 'use an official build of Node 24: the embedded store needs its SQLite',
    }
  }
}

interface Report {
  readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } }
}

function softLimit(): number | undefined {
  // Without this the report looks up the name of every open connection.
  Object.assign(process.report, { excludeNetwork: true })
  const report = process.report.getReport() as Report
  const soft = report.userLimits?.open_files?.soft
  if (soft === undefined) return undefined
  return soft === 'unlimited' ? Infinity : Number(soft)
}
