import { WatertightError } from '../runtime/error.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Append, Commit, Committed } from '../store/commit.ts'
import type { Store } from '../store/store.ts'

/** An adapter with a bug, and the sentence of the suite that must notice it. */
export interface PlantedBug {
  readonly bug: string
  readonly fails: string
  readonly plant: (store: Store) => Store
}

/** The store with some methods replaced. */
function instead(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(name in methods ? methods : target, name)
      return typeof value === 'function' ? value.bind(name in methods ? methods : target) : value
    },
  })
}

/** The store whose commits are changed on their way in. */
function changing(change: (commit: Commit) => Commit): (store: Store) => Store {
  return (store) => instead(store, { commit: (commit) => store.commit(change(commit)) })
}

function changingAppends(change: (append: Append) => Append): (store: Store) => Store {
  return changing(({ appends, ...rest }) => ({ ...rest, ...(appends && { appends: appends.map(change) }) }))
}

function fits(version: number, expected: Append['expected']): boolean {
  if (expected === 'any') return true
  if (expected === 'present') return version > 0
  return version === (expected === 'absent' ? 0 : expected)
}

/** Checks versions itself, before the store does: outside of its lock. */
async function checkedBefore(store: Store, commit: Commit, then: Append['expected'] | undefined): Promise<Committed> {
  for (const { stream, expected } of commit.appends ?? []) {
    const { version } = await store.readStream(stream, { max: 1 })
    if (!fits(version, expected)) return { ok: false, code: 'CONFLICT', what: 'a stream', actual: version }
  }
  const appends = commit.appends?.map((append) => ({ ...append, expected: then ?? append.expected }))
  return store.commit({ ...commit, ...(appends && { appends }) })
}

/** Lets commits that come together fail together. */
function failingTogether(store: Store): Store {
  let group: Promise<Committed>[] = []
  return instead(store, {
    async commit(commit) {
      const own = group
      const committing = store.commit(commit)
      own.push(committing)
      systemRuntime.turn(() => {
        if (group === own) group = []
      })
      const committed = await committing
      const refusal = (await Promise.all(own)).find(({ ok }) => !ok)
      return refusal ?? committed
    },
  })
}

let anew = 0

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    bug: 'the version check is dropped for present',
    fails: 'refuses an append that expects present of a stream at version 0',
    plant: changingAppends((append) => ({
      ...append,
      expected: append.expected === 'present' ? 'any' : append.expected,
    })),
  },
  {
    bug: 'the version is checked outside the lock',
    fails: 'lets exactly one of 50 writers at once make a stream',
    plant: (store) => instead(store, { commit: (commit) => checkedBefore(store, commit, 'any') }),
  },
  {
    bug: 'the version is looked at before the repetition',
    fails: 'answers a repeated append with its first result, before it looks at the version',
    plant: (store) => instead(store, { commit: (commit) => checkedBefore(store, commit, undefined) }),
  },
  {
    bug: 'any is turned into the version that was read',
    fails: 'never conflicts on any, also with 50 writers at once, and keeps their order of arrival',
    plant: (store) =>
      instead(store, {
        async commit(commit) {
          const [append] = commit.appends ?? []
          if (append?.expected !== 'any') return store.commit(commit)
          const { version } = await store.readStream(append.stream, { max: 1 })
          return store.commit({ ...commit, appends: [{ ...append, expected: version }] })
        },
      }),
  },
  {
    bug: 'a repeated append id is appended again',
    fails: 'knows a repeated append whose event ids and meta were made anew',
    plant: changingAppends((append) => ({ ...append, appendId: `${append.appendId}-${++anew}`, expected: 'any' })),
  },
  {
    bug: 'a checkpoint is moved ahead of its rows',
    fails: 'leaves no trace of a commit that the last of its parts refuses',
    plant: (store) =>
      instead(store, {
        async commit({ checkpoint, ...rest }) {
          if (checkpoint) await store.commit({ checkpoint })
          return store.commit(rest)
        },
      }),
  },
  {
    bug: 'the epoch of a fence is not compared',
    fails: 'refuses the writes of an owner whose lease was taken, and takes those of the new one',
    plant: (store) => {
      let epoch = 0
      return instead(store, {
        async acquire(lease, ttlMs) {
          const fence = await store.acquire(lease, ttlMs)
          epoch = fence?.epoch ?? epoch
          return fence
        },
        commit: ({ fence, ...rest }) => store.commit({ ...rest, ...(fence && { fence: { ...fence, epoch } }) }),
      })
    },
  },
  {
    bug: 'an epoch is used again',
    fails: 'frees a released lease at once, and never uses its epoch again',
    plant: (store) =>
      instead(store, {
        async acquire(lease, ttlMs) {
          const fence = await store.acquire(lease, ttlMs)
          return fence && { ...fence, epoch: 1 }
        },
      }),
  },
  {
    bug: 'a timer fires early',
    fails: 'shows a timer when it is due, never early, until a commit clears it',
    plant: changing(({ timers, ...rest }) => ({
      ...rest,
      ...(timers && { timers: { ...timers, set: (timers.set ?? []).map((one) => ({ ...one, inMs: one.inMs - 50 })) } }),
    })),
  },
  {
    bug: 'a lone surrogate is rejected',
    fails: 'keeps lone surrogates exactly, in events and rows',
    plant: changing((commit) => {
      if (/\\ud[89a-f]/.test(JSON.stringify(commit))) throw new WatertightError('INVALID_COMMIT', 'no jsonb')
      return commit
    }),
  },
  {
    bug: 'a conflict fails its neighbours',
    fails: 'lets no refused commit fail its neighbours in the group',
    plant: failingTogether,
  },
  {
    bug: 'the log settles behind an event that nobody saw yet',
    fails: 'shows a reader every event once and in order while writers go on',
    plant: (store) => {
      let reads = 0
      return instead(store, {
        async readLog(options) {
          const { events, settled } = await store.readLog(options)
          return { settled, events: events.length === 7 && ++reads === 2 ? events.slice(0, -1) : events }
        },
      })
    },
  },
  {
    bug: 'a page settles at its last event',
    fails: 'settles at the end of the log, also when nothing there matches',
    plant: (store) =>
      instead(store, {
        async readLog(options) {
          const { events } = await store.readLog(options)
          return { events, settled: events.at(-1)?.position ?? options.after }
        },
      }),
  },
  {
    bug: 'reading backwards turns the first page round',
    fails: 'reads versions [5, 4] of a stream of 5 with {"direction":"backwards","max":2}',
    plant: (store) =>
      instead(store, {
        async readStream(stream, { direction, ...options } = {}) {
          const page = await store.readStream(stream, options)
          return { ...page, events: direction === 'backwards' ? page.events.toReversed() : page.events }
        },
      }),
  },
  {
    bug: 'one tenant reads the log of others',
    fails: 'reads the log of some categories, and of one tenant',
    plant: (store) => instead(store, { readLog: ({ tenant: _tenant, ...options }) => store.readLog(options) }),
  },
  {
    bug: 'a deliberate replay is taken for a repeat',
    fails: 'takes a message into the inbox once for each consumer and generation',
    plant: changing(({ inbox, ...rest }) => ({ ...rest, ...(inbox && { inbox: { ...inbox, generation: 0 } }) })),
  },
  {
    bug: 'keys are taken one by one',
    fails: 'takes all keys of a commit or none',
    plant: (store) =>
      instead(store, {
        async commit({ keys, ...rest }) {
          for (const key of keys?.acquire ?? []) {
            const taken = await store.commit({
              keys: { acquire: [key], holder: keys?.holder ?? { tenant: '', category: '', id: '' } },
            })
            if (!taken.ok) return taken
          }
          return store.commit(rest)
        },
      }),
  },
  {
    bug: 'a row of another version is overwritten',
    fails: 'writes a row only at the version it is said to have',
    plant: changing(({ rows, ...rest }) => ({
      ...rest,
      ...(rows && { rows: rows.map(({ ifVersion: _ifVersion, ...row }) => row) }),
    })),
  },
  {
    bug: 'a closed stream takes appends',
    fails: 'takes no more appends for a closed stream, whatever they expect, but answers repetitions',
    plant: changing(({ retention, ...rest }) => ({
      ...rest,
      ...(retention && { retention: retention.map(({ close: _close, ...one }) => one) }),
    })),
  },
  {
    bug: 'a truncated stream counts its versions from the beginning',
    fails: 'counts the versions and positions of a stream on that was truncated whole',
    plant: (store) =>
      instead(store, {
        async readStream(stream, options) {
          const page = await store.readStream(stream, options)
          return { ...page, version: page.version - (page.truncated ?? 0) }
        },
      }),
  },
]
