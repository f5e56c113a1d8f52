/** The articles of a run with their opening stock, inside its data folder: what inventory reads at its first start. */
export const CATALOGUE = 'catalogue.ndjson'

/** The orders of a run in the sequence in which they are placed, inside its data folder. */
export const ORDERS = 'orders.ndjson'
