import type { Role } from './roles.ts'
import type { StartService } from './service.ts'

/** Where each role's code is; loaded only in the process that plays it. */
export const services: Readonly<Record<Role, () => Promise<StartService>>> = {
  gateway: async () => (await import('../gateway/service.ts')).startGateway,
  orders: async () => (await import('../orders/service.ts')).startOrders,
  inventory: async () => (await import('../inventory/service.ts')).startInventory,
  payments: async () => (await import('../payments/service.ts')).startPayments,
  shipping: async () => (await import('../shipping/service.ts')).startShipping,
  notifications: async () => (await import('../notifications/service.ts')).startNotifications,
  analytics: async () => (await import('../analytics/service.ts')).startAnalytics,
  users: async () => (await import('../users/service.ts')).startUsers,
  'provider-alpha': async () => (await import('../external/provider.ts')).startProvider,
  'provider-beta': async () => (await import('../external/provider.ts')).startProvider,
  'provider-gamma': async () => (await import('../external/provider.ts')).startProvider,
  mail: async () => (await import('../external/mail.ts')).startMail,
  carrier: async () => (await import('../external/carrier.ts')).startCarrier,
}
