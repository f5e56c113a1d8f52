import { describe, expect, it } from 'vitest'
import type { ReadModelTarget } from '../event-store/read-model-target.ts'
import { memoryTarget } from './memory-target.ts'
import { readModelContract } from './read-model-contract.ts'

readModelContract('the memory target', () => ({ target: memoryTarget() }), { describe, it })

/** What fails when a target is like this. */
async function failing(broken: (target: ReadModelTarget) => Partial<ReadModelTarget>): Promise<readonly string[]> {
  const failed: string[] = []
  const runs: Promise<void>[] = []
  readModelContract(
    'a broken target',
    () => {
      const target = memoryTarget()
      return { target: { ...target, ...broken(target) } }
    },
    {
      describe: (_, body) => body(),
      it: (name, body) => {
        const run = async (): Promise<void> => body()
        runs.push(run().catch(() => void failed.push(name)))
      },
    },
  )
  await Promise.all(runs)
  return failed
}

describe('the contract of read-model targets', () => {
  it('finds a target that takes what comes last', async () => {
    const failed = await failing((target) => {
      let count = 0
      return {
        read: async (table, keys) => {
          const rows = await target.read(table, keys)
          return rows.map((row) => row && { ...row, at: (row.row as { at?: number } | undefined)?.at ?? row.at })
        },
        write: (table, rows) =>
          target.write(
            table,
            rows.map((row) => ({ ...row, at: row.at + ++count * 1_000 })),
          ),
      }
    })
    expect(failed).toContain('passes over a row whose place is not higher than the one it has')
  })

  it('finds a target that forgets deleted rows', async () => {
    const failed = await failing((target) => ({
      read: async (table, keys) =>
        (await target.read(table, keys)).map((row) => (row?.row === undefined ? undefined : row)),
    }))
    expect(failed).toEqual(['keeps the place of a deleted row, so that no late delivery brings it back'])
  })

  it('finds a target that cannot replace', async () => {
    const failed = await failing((target) => ({ write: (table, rows) => target.write(table, rows) }))
    expect(failed).toEqual(['takes a row of the same place where it replaces, but never one of a lower'])
  })

  it('finds a target that blurs keys', async () => {
    const failed = await failing((target) => ({
      read: (table, keys) =>
        target.read(
          table,
          keys.map((key) => key.toLowerCase()),
        ),
      write: (table, rows, options) =>
        target.write(
          table,
          rows.map((row) => ({ ...row, key: row.key.toLowerCase() })),
          options,
        ),
    }))
    expect(failed).toEqual(['keeps rows apart whose keys differ in anything'])
  })
})
