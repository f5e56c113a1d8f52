/** What people do in the shop. */
export const ROUTES = ['browse', 'search', 'sign-in', 'order'] as const

export type Route = (typeof ROUTES)[number]

/** The share of each route among the requests; together 1. */
export type Mix = Readonly<Record<Route, number>>

/** An ordinary day: 60% browse, 15% search, 15% sign in, 10% order. */
export const SHOP_MIX: Mix = { browse: 0.6, search: 0.15, 'sign-in': 0.15, order: 0.1 }
