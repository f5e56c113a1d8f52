import { valentine } from 'watertight/simulation'

/** At a tenth of its scale: some seconds. `{ scale: 1 }` is all of it, and takes some minutes. */
export const day = valentine({ scale: 0.1 })
