import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'
import { EXIT, inOneLine, PlainFailure } from '../supervisor/plain-failure.ts'
import type { Sum } from './balance.ts'
import { ZonedClock } from './local-time.ts'
import { amountOf, COLUMNS, isReject, quantityOf, readRow, type Reject } from './row.ts'
import type { ReadRow } from './sort-rows.ts'

export interface ReadFile {
  readonly rows: readonly ReadRow[]
  readonly rejects: readonly Reject[]
  /** Counted as the rows come, before anything is made of them. Rows without a readable amount count as 0 pence. */
  readonly input: Sum
}

interface Parsed {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

/**
 * Reads the retail file as its public source publishes it: CSV in UTF-8 with a header.
 *
 * @throws PlainFailure (exit code 2) when there is no such file, it is not UTF-8, not CSV, or has another header.
 */
export async function readRetailFile(path: string, zone: string): Promise<ReadFile> {
  const clock = clockOf(zone)
  const rows: ReadRow[] = []
  const rejects: Reject[] = []
  let units = 0
  let amount = 0
  let seen = 0
  let header: readonly string[] | undefined
  let line = 0
  try {
    await pipeline(
      createReadStream(path),
      strictUtf8,
      parse({
        bom: true,
        info: true,
        relax_column_count: true,
        skip_empty_lines: true,
        // A quote inside a text that does not begin with one is part of the text.
        relax_quotes: true,
      }),
      async (records: AsyncIterable<Parsed>) => {
        for await (const { record, info } of records) {
          line = info.lines
          if (header === undefined) {
            header = record.map((cell) => cell.trim())
            requireHeader(path, header)
            continue
          }
          seen++
          units += quantityOf(record) ?? 0
          amount += amountOf(record) ?? 0
          const row = readRow(line, record, clock)
          if (isReject(row)) rejects.push(row)
          else rows.push({ row, cells: record })
        }
      },
    )
  } catch (error) {
    if (error instanceof PlainFailure) throw error
    throw new PlainFailure(`${path}: ${whatIsWrong(error, line)}`, EXIT.usage, { cause: error })
  }
  if (header === undefined) throw new PlainFailure(`${path}: is empty`, EXIT.usage)
  return { rows, rejects, input: { rows: seen, units, amount } }
}

async function* strictUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

function clockOf(zone: string): ZonedClock {
  try {
    return new ZonedClock(zone)
  } catch (error) {
    throw new PlainFailure(`--zone ${zone}: no such time zone; Europe/London is one`, EXIT.usage, { cause: error })
  }
}

function requireHeader(path: string, header: readonly string[]): void {
  if (header.join(',') === COLUMNS.join(',')) return
  throw new PlainFailure(`${path}: the first line must be ${COLUMNS.join(',')}`, EXIT.usage)
}

function whatIsWrong(error: unknown, line: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'is a folder, not a file'
  if (code === 'CSV_QUOTE_NOT_CLOSED') return `a quote that opens after line ${line} is never closed`
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return `is not UTF-8 text after line ${line}`
  return `cannot be read after line ${line}: ${inOneLine(error)}`
}
