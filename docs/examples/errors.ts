import { circuitBreaker, isWatertightError, pipeline } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const payments = pipeline('payments', circuitBreaker({ failures: 1 }))
const charge = () => Promise.reject(new Error('connection reset'))
await payments.outcome(charge)

// #region codes
try {
  await payments.run(charge)
} catch (error) {
  if (isWatertightError(error, 'CIRCUIT_OPEN')) print('payments is down: the order waits')
  else throw error
}
// #endregion
