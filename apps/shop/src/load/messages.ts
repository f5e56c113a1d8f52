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

/** What one route did in one second; `slowestMs` of the answers that came in it, from their scheduled instants. */
export interface RouteSecond {
  readonly answered: number
  readonly failed: number
  readonly slowestMs: number
}

/** One second of the run. */
export interface LoadSecond {
  readonly second: number
  readonly phase: string
  readonly routes: Readonly<Record<Route, RouteSecond>>
  /** Requests without an answer now. */
  readonly outstanding: number
}

export type FromLoad =
  | { readonly type: 'ready'; readonly scheduleHash: string; readonly requests: number }
  | ({ readonly type: 'second' } & LoadSecond)
  | { readonly type: 'result'; readonly result: LoadResult }
  | { readonly type: 'failed'; readonly message: string }
