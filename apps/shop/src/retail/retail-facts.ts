import type { Quantiles } from './quantiles.ts'

// Measured on the 7,460 orders (217,062 lines) that a British gift retailer took from September to December 2011:
// D. Chen, "Online Retail", UCI Machine Learning Repository, 2015, doi:10.24432/C5BW33 (CC BY 4.0).

/** Lines on the order of a known customer: median 16. */
export const LINES_OF_CUSTOMER: Quantiles = [
  [0, 1],
  [0.05, 1],
  [0.1, 2],
  [0.25, 7],
  [0.5, 16],
  [0.75, 30],
  [0.9, 54],
  [0.95, 74],
  [0.99, 131],
  [0.999, 377],
  [1, 542],
]

/** Lines on an order without a customer: marketplaces order in bulk. With the customers' the mean is 29. */
export const LINES_OF_GUEST: Quantiles = [
  [0, 1],
  [0.1, 1],
  [0.25, 3],
  [0.5, 48],
  [0.75, 214],
  [0.9, 416],
  [0.95, 561],
  [0.99, 721],
  [1, 1_114],
]

export const SHARE_OF_GUESTS = 0.046

/** How many of one article: singles and packs of a dozen. */
export const QUANTITIES: Quantiles = [
  [0, 1],
  [0.27, 1],
  [0.42, 2],
  [0.5, 4],
  [0.65, 6],
  [0.75, 12],
  [0.9, 24],
  [0.95, 26],
  [0.99, 100],
  [0.999, 432],
  [1, 1_500],
]

/** Price of an article in pence. */
export const PRICES: Quantiles = [
  [0, 19],
  [0.01, 29],
  [0.05, 42],
  [0.1, 55],
  [0.25, 125],
  [0.5, 208],
  [0.75, 413],
  [0.9, 708],
  [0.95, 995],
  [0.99, 1_663],
  [1, 5_829],
]

/** Articles that were sold at all. */
export const ARTICLES = 3_000

/** How quickly popularity falls: every so many ranks to a third of it. */
export const POPULARITY_RANKS = 650

/** Where orders go, by the share of orders; the rest goes to {@link HOME}. */
export const COUNTRIES_ABROAD: readonly (readonly [country: string, share: number])[] = [
  ['Germany', 0.0247],
  ['France', 0.0217],
  ['EIRE', 0.0162],
  ['Netherlands', 0.0054],
  ['Belgium', 0.0044],
  ['Spain', 0.0043],
  ['Portugal', 0.0036],
  ['Norway', 0.0028],
  ['Finland', 0.0028],
  ['Switzerland', 0.0028],
  ['Australia', 0.0024],
  ['Italy', 0.0024],
  ['Sweden', 0.0016],
  ['Channel Islands', 0.0015],
]

export const HOME = 'United Kingdom'

/** Fee lines, and the share of the orders they are for that have one. */
export const FEES = {
  abroad: { sku: 'POST', description: 'POSTAGE', unitPriceMinor: 1_800, share: 0.55 },
  guest: { sku: 'DOT', description: 'DOTCOM POSTAGE', unitPriceMinor: 51_898, share: 0.45 },
  any: { sku: 'M', description: 'Manual', unitPriceMinor: 125, share: 0.015 },
} as const
