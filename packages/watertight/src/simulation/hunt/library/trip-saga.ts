import { reject } from '../../../event-store/rejection.ts'
import { circuitBreaker } from '../../../resilience/circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../../../resilience/pipeline.ts'
import { exponential } from '../../../resilience/retry/backoff.ts'
import { retry as retried } from '../../../resilience/retry/retry.ts'
import type { SagaDefinition } from '../../../saga/definition.ts'
import { saga } from '../../../saga/definition.ts'
import type { Input } from '../../../saga/saga-input.ts'

type Answer = 'done' | 'no' | 'closed'

interface Keyed {
  readonly key: string
  readonly sagaId: string
}

export interface Trip {
  readonly price: number
}

/** Those who do the work of a trip, as one process reaches them. */
export interface TripParticipants {
  readonly stock: {
    reserve(key: string, owner: string): Promise<Answer>
    release(key: string): Promise<unknown>
  }
  readonly bank: {
    charge(key: string, owner: string, amount: number): Promise<Answer>
    refund(key: string): Promise<unknown>
    find(key: string): Promise<boolean>
  }
  readonly carrier: { ship(key: string, owner: string): Promise<Answer> }
  /** A participant is about to be told something. */
  readonly told: (id: string, step: string, action: 'run' | 'undo') => void
  /** Throws when the program has a defect in this step just now. */
  readonly defect: (step: string) => void
}

/** A saga with one of everything: steps with and without `confirm` and a pipeline, an optional one, a pivot, and what comes behind it. */
export function tripSaga({ stock, bank, carrier, told: tell, defect }: TripParticipants): SagaDefinition<Trip> {
  const timeout = '2s'
  const retry = { attempts: 4, delay: '200ms', maxDelay: '5s' } as const
  const undoRetry = { attempts: 50, delay: '200ms', maxDelay: '5s' } as const
  // An open circuit refuses calls before they are made, and the gate before the step holds them back.
  const via = pipeline(
    'bank',
    retried({ attempts: 2, backoff: exponential({ base: 50 }) }),
    circuitBreaker({ failures: 2, openFor: 500 }),
  )
  const told = (step: string, action: 'run' | 'undo', { sagaId }: Keyed): void => {
    tell(sagaId, step, action)
    defect(step)
  }
  return saga('trip', { version: 1 }, (steps: Input<Trip>) =>
    steps
      .step('reserve', {
        async run(context) {
          told('reserve', 'run', context)
          return answered(await stock.reserve(context.key, context.sagaId))
        },
        async undo(context) {
          told('reserve', 'undo', context)
          await stock.release(context.key)
        },
        timeout,
        retry,
        undoRetry,
      })
      .step('charge', {
        async run(context) {
          told('charge', 'run', context)
          return answered(await bank.charge(context.key, context.sagaId, context.input.price))
        },
        async undo(context) {
          told('charge', 'undo', context)
          await bank.refund(context.key)
        },
        confirm: async ({ key }) =>
          (await bank.find(key)) ? { happened: true, result: 'done' as const } : { happened: false },
        timeout,
        retry,
        undoRetry,
        via,
      })
      .step('tell', {
        run: async (context) => {
          told('tell', 'run', context)
        },
        optional: true,
        timeout,
      })
      .pivot()
      .step('ship', {
        async run(context) {
          told('ship', 'run', context)
          return answered(await carrier.ship(context.key, context.sagaId))
        },
        timeout,
        retry: { delay: '200ms', maxDelay: '5s' },
      }),
  )
}

function answered(answer: Answer): 'done' | ReturnType<typeof reject<'NO' | 'CLOSED'>> {
  if (answer === 'done') return answer
  return reject(answer === 'no' ? 'NO' : 'CLOSED')
}
