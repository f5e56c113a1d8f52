import type { Runtime } from '../../../runtime/runtime.ts'
import type { Store } from '../../../store/store.ts'

/** How a hunt of the library's own is set up. */
export interface LibraryHuntOptions {
  /** The store that is hunted in; one in memory by default. It must do all its waiting on the runtime it is given. */
  readonly store?: (runtime: Runtime) => Store | Promise<Store>
}
