import type { Store } from '../store/store.ts'

/** A real store whose commits go through `commit` first: to lose an answer, to refuse, to look. */
export function storeWithCommit(store: Store, commit: Store['commit']): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'commit') return commit
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
