import { setTimeout as sleep } from 'node:timers/promises'
import { bulkhead, pipeline, timeout } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region bulkhead
const mail = pipeline('mail', bulkhead({ concurrent: 2, queue: 1, maxWait: '1s' }))

const send = (who: string) => mail.outcome(() => sleep(20, `mail to ${who}`))

const outcomes = await Promise.all([send('ann'), send('bob'), send('cleo'), send('dan')])
for (const outcome of outcomes) print(outcome.kind === 'refused' ? `refused: ${outcome.detail}` : outcome.kind)
// #endregion

// #region priority
await Promise.all([
  mail.run(() => sleep(20)),
  mail.run(() => sleep(20)),
  mail.run(() => print('the urgent one'), { priority: 'high' }), // first in the queue, before earlier normal ones
])
// #endregion

// #region abandoned
const strict = pipeline('strict', bulkhead({ concurrent: 1 }), timeout({ after: '20ms', abandonedHold: '1m' }))

await strict.outcome(() => sleep(200)) // ignores its signal: still at work when its time is over
print(`answered, and yet ${strict.state().abandoned} permit is taken`)
print((await strict.outcome(() => 'next')).kind)
// #endregion
