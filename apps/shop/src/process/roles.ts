/** The eight services of the shop: each its own process, its own database, its own port. */
export const SERVICES = [
  'gateway',
  'orders',
  'inventory',
  'payments',
  'shipping',
  'notifications',
  'analytics',
  'users',
] as const

/** Payment providers in order of priority: the next one only when the one before has definitely not executed. */
export const PROVIDERS = ['provider-alpha', 'provider-beta', 'provider-gamma'] as const

/** What the shop depends on and does not own: further processes, with faults that can be switched on. */
export const EXTERNALS = [...PROVIDERS, 'mail', 'carrier'] as const

export type ServiceName = (typeof SERVICES)[number]
export type ProviderName = (typeof PROVIDERS)[number]
export type ExternalName = (typeof EXTERNALS)[number]
export type Role = ServiceName | ExternalName

/** Every process that answers HTTP, in the order they are started: who is called before who calls. */
export const ROLES: readonly Role[] = [
  ...EXTERNALS,
  'inventory',
  'payments',
  'shipping',
  'notifications',
  'analytics',
  'users',
  'orders',
  'gateway',
]
