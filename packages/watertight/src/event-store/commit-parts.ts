import type { Commit } from '../store/commit.ts'

/** What a caller may add to a commit that somebody else makes: its own events, rows, timers and keys, all or nothing with it. */
export type CommitParts = Pick<Commit, 'appends' | 'rows' | 'timers' | 'keys' | 'inbox' | 'checkpoint'>

/**
 * Adds `more` to a commit. Lists are joined, own parts first; a part there can only be one of (`keys`, `inbox`,
 * `checkpoint`) is taken from `more` when it has it.
 */
export function withParts(commit: Commit, more: CommitParts | undefined): Commit {
  if (more === undefined) return commit
  const set = [...(commit.timers?.set ?? []), ...(more.timers?.set ?? [])]
  const clear = [...(commit.timers?.clear ?? []), ...(more.timers?.clear ?? [])]
  return {
    ...commit,
    ...more,
    appends: [...(commit.appends ?? []), ...(more.appends ?? [])],
    rows: [...(commit.rows ?? []), ...(more.rows ?? [])],
    timers: { set, clear },
  }
}
