import type { Faults } from '../contract/faults.ts'
import type { LoadPlan, Phase } from '../load/arrivals.ts'
import { SHOP_MIX } from '../load/route.ts'
import type { IncidentOptions } from './options.ts'

const WARM_UP_SECONDS = 3
// Busy enough that the code of the spike is compiled before anything is measured.
const WARM_UP_SHARE_OF_SPIKE = 1 / 3
const BEFORE_SECONDS = 15
const AFTER_SECONDS = 15
const MS_PER_SECOND = 1_000

// Of a spike of 36 s: payments hangs after 2 s, is killed after 33, and is back after 36.
const HANG_AT = 2 / 36
const KILL_AT = 33 / 36
const BACK_AT = 1

/** What the payment service does while it hangs: it answers each request after half a minute. */
export const HANGING: Faults = { hangMs: 30_000 }

/** What payment providers do all day: of a hundred charges they lose the answer of some, and make some late. */
export const PROVIDER_FAULTS: Faults = { answerLostRate: 0.025, lateRate: 0.025, lateMs: 800 }

/** How long what is unfinished after the last request may take. */
export const DRAIN_MS = 8_000

/** Something that is done to the shop, `atMs` after the load started. */
export interface Misfortune {
  readonly atMs: number
  readonly kind: 'hang' | 'kill' | 'restart'
}

/** The day as it will happen: known before it starts, from the options alone. */
export interface Script {
  readonly plan: LoadPlan
  readonly misfortunes: readonly Misfortune[]
}

/** 3 s warm-up at a third of the spike, 15 s before, the spike with the failing payments, 15 s after. */
export function scriptOf({
  rate,
  spike,
  seconds,
  seed,
}: Pick<IncidentOptions, 'rate' | 'spike' | 'seconds' | 'seed'>): Script {
  const phases: readonly Phase[] = [
    { name: 'warm-up', seconds: WARM_UP_SECONDS, rate: Math.max(rate, Math.round(spike * WARM_UP_SHARE_OF_SPIKE)) },
    { name: 'before', seconds: BEFORE_SECONDS, rate },
    { name: 'spike', seconds, rate: spike },
    { name: 'after', seconds: AFTER_SECONDS, rate },
  ]
  const spikeAtMs = (WARM_UP_SECONDS + BEFORE_SECONDS) * MS_PER_SECOND
  const at = (share: number): number => spikeAtMs + Math.round(share * seconds * MS_PER_SECOND)
  return {
    plan: { seed, phases, mix: SHOP_MIX },
    misfortunes: [
      { atMs: at(HANG_AT), kind: 'hang' },
      { atMs: at(KILL_AT), kind: 'kill' },
      { atMs: at(BACK_AT), kind: 'restart' },
    ],
  }
}
