import { readFile, writeFile } from 'node:fs/promises'

/** Writes values as newline-delimited JSON. */
export async function writeLines(path: string, values: readonly unknown[]): Promise<void> {
  await writeFile(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''))
}

/** Reads a file that {@link writeLines} wrote. A last line without its end (a writer that was killed) is left out. */
export async function readLines<T>(path: string): Promise<readonly T[]> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line) as T)
}
