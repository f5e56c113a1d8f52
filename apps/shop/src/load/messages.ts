import type { LoadPlan } from './arrivals.ts'
import type { LoadResult } from './tally.ts'
import type { Route } from './route.ts'

export const LOAD_VARIABLE = 'WATERTIGHT_SHOP_LOAD'

/** All that the load process is told at its start: one JSON document in {@link LOAD_VARIABLE}. */
export interface LoadConfig {
  readonly plan: LoadPlan
  readonly gatewayPort: number
  /** Holds `catalogue.ndjson` and `orders.ndjson`; `acknowledgements.ndjson` is written here. */
  readonly dataFolder: string
}

export type ToLoad =
  | { readonly type: 'start' }
  /** What is unfinished has failed: send the result. */
  | { readonly type: 'finish' }

/** One second of the run, for the live line. */
export interface LoadSecond {
  readonly second: number
  readonly phase: string
  readonly routes: Readonly<Record<Route, { readonly answered: number; readonly failed: number }>>
  /** Requests without an answer now. */
  readonly outstanding: number
}

export type FromLoad =
  | { readonly type: 'ready'; readonly scheduleHash: string; readonly requests: number }
  | ({ readonly type: 'second' } & LoadSecond)
  | { readonly type: 'result'; readonly result: LoadResult }
  | { readonly type: 'failed'; readonly message: string }
