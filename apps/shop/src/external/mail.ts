import type { StartService } from '../process/service.ts'
import { keyedService } from './keyed-service.ts'

/** A mail provider: one message per key. See contract/fulfilment.ts. */
export const startMail: StartService = keyedService({ path: '/messages', status: 202, idName: 'messageId' })
