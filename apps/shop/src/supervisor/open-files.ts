import { EXIT, PlainFailure } from './plain-failure.ts'

/** How many files and sockets this process may have open; `undefined` where the system does not say. */
export function openFilesLimit(): number | undefined {
  // Looking up the names of open connections takes seconds, and nobody asks for them here.
  Object.assign(process.report, { excludeNetwork: true })
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } }
  const soft = report.userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : undefined
}

/** @throws PlainFailure (exit code 1) when fewer than `needed` files may be open. */
export function requireOpenFiles(needed: number, limit: number | undefined = openFilesLimit()): void {
  if (limit !== undefined && limit < needed)
    throw new PlainFailure(
      `this run may need ${needed} open files and sockets in one process, and the limit is ${limit}: raise it with "ulimit -n ${needed}", or lower --spike`,
      EXIT.failed,
    )
}
