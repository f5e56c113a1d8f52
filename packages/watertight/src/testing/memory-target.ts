import type { ProjectedRow } from '../event-store/projected-row.ts'
import type { ReadModelTarget, TargetWrite } from '../event-store/read-model-target.ts'

/**
 * A read-model target in memory: for tests, and the reference of what the port means.
 *
 * @example
 * const target = memoryTarget()
 * const running = runProjection(summary, { store, target })
 */
export function memoryTarget(): ReadModelTarget {
  const tables = new Map<string, Map<string, { readonly at: number; readonly text: string | undefined }>>()
  return {
    read: async (table, keys) =>
      keys.map((key): ProjectedRow | undefined => {
        const found = tables.get(table)?.get(key)
        if (found === undefined) return undefined
        return found.text === undefined ? { at: found.at } : { at: found.at, row: JSON.parse(found.text) }
      }),
    write: async (table, rows, { replace = false } = {}) => {
      const kept = tables.get(table) ?? new Map()
      tables.set(table, kept)
      for (const { key, at, row } of rows satisfies readonly TargetWrite[]) {
        const stands = kept.get(key)?.at ?? 0
        if (at > stands || (replace && at === stands)) kept.set(key, { at, text: JSON.stringify(row) })
      }
      return []
    },
    drop: async (table) => void tables.delete(table),
  }
}
