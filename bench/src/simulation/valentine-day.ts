import { rehearse, valentine } from 'watertight/simulation'

const MS_PER_SECOND = 1_000
const TENTH = 0.1

/** Seconds of real time for the whole rehearsal of Valentine's Day at a tenth of its scale: protected, and unprotected. */
export async function valentineDay(): Promise<number> {
  const before = performance.now()
  await rehearse(valentine({ scale: TENTH }), { seed: 1 })
  return (performance.now() - before) / MS_PER_SECOND
}
