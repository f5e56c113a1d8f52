import { isWatertightError, type Runtime } from 'watertight'
import { type Scenario, valentineDay } from 'watertight/simulation'
import { pipelinesOf } from '../protection/pipelines.ts'
import { protectedShop } from '../protection/protected.ts'
import type { Protection } from '../protection/protection.ts'
import { unprotectedShop } from '../protection/unprotected.ts'

/** At full scale so many processes of orders share the day, and payment. */
const PROCESSES = 15
const TRIES = 3
const AGAIN_AFTER_MS = 250

/**
 * Valentine's Day for the shop's own pipelines, made from the options that its processes run with: one of fifteen processes of
 * orders, with its share of the people and of payment.
 *
 * @example
 * npx watertight rehearse apps/shop/src/rehearsal/valentine.ts
 */
export const shopValentine: Scenario = valentineDay<Protection>("the shop on Valentine's Day", {
  scale: 1 / PROCESSES,
  options: protectedShop,
  control: unprotectedShop,
  shop: (protection) => {
    const pipelineOf = pipelinesOf(protection)
    return { paying: pipelineOf('payments'), browsing: pipelineOf('catalogue'), order: askAgain }
  },
})

/** As the saga of an order does: what nobody has answered is asked again a little later, under the same key. */
async function askAgain(pay: () => Promise<unknown>, runtime: Runtime): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    try {
      return await pay()
    } catch (error) {
      if (tries === TRIES || !isWatertightError(error, 'TIMED_OUT')) throw error
    }
    await new Promise<void>((resolve) => runtime.timer(AGAIN_AFTER_MS, resolve, true))
  }
}
