import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { RetailOrder } from '../contract/retail-order.ts'
import { EXIT, inOneLine, PlainFailure } from '../supervisor/plain-failure.ts'
import { NoOrder, parseOrder } from './parse-order.ts'

const GZIP_MAGIC = 0x1f8b

/** The first orders of a file, and how many it holds. */
export interface OrdersRead {
  readonly orders: readonly RetailOrder[]
  readonly inFile: number
}

/**
 * Reads an orders file: one JSON order a line, plain or gzip (told apart by its first bytes). The whole file is read and
 * checked in a stream, so that a broken end is found before anything is started; only the first `keep` orders are kept.
 *
 * @throws PlainFailure (exit code 2) naming the file and the line when the file is missing, empty, truncated or broken.
 */
export async function readOrders(path: string, keep: number): Promise<OrdersRead> {
  const orders: RetailOrder[] = []
  let line = 0
  let inFile = 0
  const takeLine = (text: string): void => {
    line++
    if (text.trim() === '') return
    const order = parseOrder(text)
    inFile++
    if (orders.length < keep) orders.push(order)
  }
  try {
    const gzip = await isGzip(path)
    const readAll = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
      const decoder = new TextDecoder('utf-8', { fatal: true })
      let rest = ''
      for await (const chunk of chunks) {
        const pieces = (rest + decoder.decode(chunk, { stream: true })).split('\n')
        rest = pieces.pop() ?? ''
        for (const piece of pieces) takeLine(piece)
      }
      rest += decoder.decode()
      if (rest !== '') takeLine(rest)
    }
    const file = createReadStream(path)
    await (gzip ? pipeline(file, createGunzip(), readAll) : pipeline(file, readAll))
  } catch (error) {
    throw new PlainFailure(`--orders ${path}: ${whatIsWrong(error, line)}`, EXIT.usage, { cause: error })
  }
  if (inFile === 0) throw new PlainFailure(`--orders ${path}: holds no order`, EXIT.usage)
  return { orders, inFile }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer.readUInt16BE() === GZIP_MAGIC
  } finally {
    await file.close()
  }
}

function whatIsWrong(error: unknown, line: number): string {
  if (error instanceof NoOrder) return `line ${line} ${error.message}`
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'is a folder, not a file'
  if (code === 'Z_BUF_ERROR') return `the gzip data ends too early, after line ${line}: the file is truncated`
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return `is not UTF-8 text after line ${line}`
  return `cannot be read after line ${line}: ${inOneLine(error)}`
}
