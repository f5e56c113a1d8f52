import { audit } from '../audit/audit.ts'
import type { RouteFigures } from '../load/tally.ts'
import type { RunRecord } from './record.ts'

/** What a route did in one phase; all went well unless told otherwise. */
export function figures(offered: number, changes: Partial<RouteFigures> = {}): RouteFigures {
  return { offered, succeeded: offered, success: 1, p50: 4, p99: 10, ...changes }
}

/** A record of a contained run, for tests to plant one fault in. */
export function containedRecord(changes: Partial<RunRecord> = {}): RunRecord {
  const quiet = { browse: figures(400), search: figures(100), 'sign-in': figures(100), order: figures(60) }
  return {
    protection: 'protected',
    options: { rate: 40, spike: 600, seconds: 36, seed: 1, keep: false },
    seed: 1,
    scheduleHash: 'a'.repeat(64),
    orders: { source: 'generated, seed 1', used: 2_300, repeated: 0 },
    offered: 2_300,
    accepted: 2_250,
    completed: 2_240,
    compensated: 10,
    parked: 0,
    parkedWithoutCause: 0,
    unfinished: 0,
    lost: 0,
    chargedTwice: 0,
    chargedAfterRefusal: 0,
    refusedByCause: { OUT_OF_STOCK: 50 },
    refusedByService: {},
    phases: {
      'warm-up': quiet,
      before: quiet,
      spike: {
        browse: figures(13_000),
        search: figures(3_200),
        'sign-in': figures(3_200),
        order: figures(2_160, { success: 0.98 }),
      },
      after: quiet,
    },
    lateness: { p50: 0.6, p99: 3, max: 20 },
    machineUsedByOthers: 0.02,
    injected: { answerLost: 55, lateCharged: 56 },
    timeline: [{ atMs: 20_000, what: 'payments hangs' }],
    seconds: [],
    unexpectedExits: [],
    audit: audit({
      sent: [],
      acknowledgements: [],
      orders: [],
      movements: [],
      payments: [],
      reservations: [],
      stock: [],
      shipments: [],
    }),
    protectionDifference: [{ option: 'acknowledgeWithin', protected: '300ms', unprotected: '30s' }],
    dataFolder: '/data',
    ...changes,
  }
}
