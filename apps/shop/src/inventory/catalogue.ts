import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { WatertightError } from 'watertight'

/** One line of `catalogue.ndjson`. */
export interface CatalogueEntry {
  readonly sku: string
  readonly description: string
  readonly unitPriceMinor: number
  /** Units in stock on the first day. */
  readonly opening: number
}

/**
 * Reads a catalogue, one JSON object a line, `batchSize` entries at a time. Empty lines are skipped, a missing description is
 * an empty one.
 *
 * @throws WatertightError `CATALOGUE_BROKEN`, which names file, line and what is wrong, also for an article that comes twice.
 */
export async function* readCatalogue(file: string, batchSize: number): AsyncGenerator<readonly CatalogueEntry[]> {
  const seen = new Set<string>()
  let batch: CatalogueEntry[] = []
  let lineNumber = 0
  try {
    for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
      lineNumber++
      if (line.trim() === '') continue
      const entry = parseEntry(line, file, lineNumber)
      if (seen.has(entry.sku)) throw broken(file, lineNumber, `article ${entry.sku} comes twice`)
      seen.add(entry.sku)
      batch.push(entry)
      if (batch.length < batchSize) continue
      yield batch
      batch = []
    }
  } catch (error) {
    if (error instanceof WatertightError) throw error
    throw new WatertightError('CATALOGUE_BROKEN', `${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
  if (batch.length > 0) yield batch
}

function parseEntry(line: string, file: string, lineNumber: number): CatalogueEntry {
  let value: Partial<Record<keyof CatalogueEntry, unknown>> | null
  try {
    value = JSON.parse(line) as Partial<Record<keyof CatalogueEntry, unknown>> | null
  } catch (error) {
    throw broken(file, lineNumber, (error as Error).message)
  }
  const { sku, description, unitPriceMinor, opening } = value ?? {}
  if (typeof sku !== 'string' || sku === '') throw broken(file, lineNumber, 'sku must be a text')
  if (description != null && typeof description !== 'string') {
    throw broken(file, lineNumber, 'description must be a text')
  }
  return {
    sku,
    description: description ?? '',
    unitPriceMinor: requireWhole(unitPriceMinor, 'unitPriceMinor', file, lineNumber),
    opening: requireWhole(opening, 'opening', file, lineNumber),
  }
}

function requireWhole(value: unknown, field: string, file: string, lineNumber: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw broken(file, lineNumber, `${field} must be a whole number of 0 or more, not ${JSON.stringify(value)}`)
}

function broken(file: string, lineNumber: number, what: string): WatertightError {
  return new WatertightError('CATALOGUE_BROKEN', `${file}, line ${lineNumber}: ${what}`)
}
