import type { StartService } from '../process/service.ts'
import { keyedService } from './keyed-service.ts'

/** A parcel carrier: one label per key. See contract/fulfilment.ts. */
export const startCarrier: StartService = keyedService({ path: '/labels', status: 201, idName: 'trackingId' })
