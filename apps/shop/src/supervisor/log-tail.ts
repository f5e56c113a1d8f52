import { open } from 'node:fs/promises'

const TAIL_BYTES = 4_096

/** The last lines of a log file, at most `lines`; empty when there is none. */
export async function logTail(path: string, lines: number = 12): Promise<string> {
  try {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const from = Math.max(0, size - TAIL_BYTES)
      const { bytesRead, buffer } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from)
      return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-lines).join('\n')
    } finally {
      await file.close()
    }
  } catch {
    return ''
  }
}
