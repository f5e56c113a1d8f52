import { type Committed, type CommitRefusalCode, type PreparedCommit, type StreamId, tokenOf } from 'watertight/store'

/** What `commit_batch_1` answers. */
export interface BatchAnswer {
  readonly state: readonly number[]
  /** Commit, code, part, index in the part, and the real version, or the holder of a key. */
  readonly refused: readonly (readonly [
    number,
    CommitRefusalCode | 'BLOCKED',
    string,
    number,
    number | string | null,
  ])[]
  /** Per append, before it. */
  readonly versions: readonly number[] | null
  /** Per append: the version of its first event when it was made before, else 0. */
  readonly pasts: readonly number[] | null
  readonly pastPositions: readonly number[] | null
  /** Of the events that were written now, in order. */
  readonly positions: readonly number[] | null
  readonly last: number
}

const REPEATED = 2

/** What became of each commit of a batch; undefined: it is blocked by somebody else's lock. */
export function decodeAnswer(
  commits: readonly PreparedCommit[],
  { state, refused, versions, pasts, pastPositions, positions, last }: BatchAnswer,
  incarnation: string,
): readonly (Committed | undefined)[] {
  const refusals = new Map(refused.map((refusal) => [refusal[0], refusal]))
  let append = 0
  let row = 0
  let written = 0
  return commits.map((commit, i) => {
    const first = { append, row }
    append += commit.appends.length
    row += commit.rows.length
    const refusal = refusals.get(i + 1)
    if (refusal) {
      const [, code, part, index, actual] = refusal
      if (code === 'BLOCKED') return undefined
      const what = inTheWay(commit, part, index, first, actual)
      return { ok: false, code, what, ...(typeof actual === 'number' && { actual }) }
    }
    let position = 0
    const after = commit.appends.map(({ events: { length: size } }, j) => {
      const n = first.append + j
      const past = pasts?.[n] ?? 0
      if (past > 0) {
        position = Math.max(position, pastPositions?.[n] ?? 0)
        return past + size - 1
      }
      written += size
      position = Math.max(position, positions?.[written - 1] ?? 0)
      return (versions?.[n] ?? 0) + size
    })
    return { ok: true, repeated: state[i] === REPEATED, token: tokenOf(incarnation, position || last), versions: after }
  })
}

function inTheWay(
  commit: PreparedCommit,
  part: string,
  index: number,
  first: { readonly append: number; readonly row: number },
  actual: number | string | null,
): string {
  const append = commit.appends[index - 1 - first.append]
  switch (part) {
    case 'fence':
      return `lease ${commit.fence?.lease} at epoch ${commit.fence?.epoch}`
    case 'append':
      return append ? `stream ${named(append.stream)}` : 'a stream'
    case 'retention': {
      const retention = commit.retention[index - 1]
      return retention ? `stream ${named(retention.stream)}` : 'a stream'
    }
    case 'inbox':
      return `message ${commit.inbox?.id} of consumer ${commit.inbox?.consumer}`
    case 'checkpoint':
      return `checkpoint ${commit.checkpoint?.name}`
    case 'key':
      return `key ${[...new Set(commit.acquireKeys)][index - 1]} of ${actual}`
    default: {
      const row = commit.rows[index - 1 - first.row]
      return row ? `row ${row.key} of table ${row.table}` : 'a row'
    }
  }
}

function named({ tenant, category, id }: StreamId): string {
  return `${tenant}/${category}/${id}`
}
