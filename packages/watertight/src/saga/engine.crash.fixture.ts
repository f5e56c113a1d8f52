// Runs one saga on a file, and dies by SIGKILL at the fail-point it is given; without one, it finishes what is there.
// The participant is an append-only file: it does each key once, and an undo closes the key.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { argv, kill, pid } from 'node:process'
import { reject } from '../event-store/rejection.ts'
import { sqliteStore } from '../sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { saga } from './definition.ts'
import { sagaEngine } from './engine.ts'
import type { Input } from './saga-input.ts'

const [, , folder = '', goal = '', failPoint = ''] = argv
const ledger = `${folder}/participant.log`

function dieAt(point: string): void {
  if (point === failPoint) kill(pid, 'SIGKILL')
}

function lines(): readonly string[] {
  return existsSync(ledger) ? readFileSync(ledger, 'utf8').split('\n').filter(Boolean) : []
}

function run(step: string): ({ key }: { readonly key: string }) => unknown {
  return ({ key }) => {
    dieAt(`before-call ${step}`)
    if (lines().includes(`undo ${key}`)) return reject('CLOSED')
    if (!lines().includes(`run ${key}`)) appendFileSync(ledger, `run ${key}\n`)
    dieAt(`after-call ${step}`)
    return key
  }
}

function undo(step: string): ({ key }: { readonly key: string }) => void {
  return ({ key }) => {
    dieAt(`before-undo ${step}`)
    if (!lines().includes(`undo ${key}`)) appendFileSync(ledger, `undo ${key}\n`)
    dieAt(`during-undo ${step}`)
  }
}

const journey = saga('journey', { version: 1 }, (s: Input<string>) =>
  s
    .step('a', { run: run('a'), undo: undo('a') })
    .step('b', {
      run: run('b'),
      undo: undo('b'),
      confirm: ({ key }) => (lines().includes(`run ${key}`) ? { happened: true, result: key } : { happened: false }),
    })
    .step('c', { run: goal === 'compensated' ? () => reject('NO') : run('c'), undo: undo('c') })
    .pivot()
    .step('d', { run: run('d') }),
)

/** Dies before or after the commit of these events is durable. */
function dying(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== 'commit') return value.bind(target)
      return async (commit: Parameters<Store['commit']>[0]) => {
        const types = (commit.appends ?? []).flatMap(({ events }) => events.map(({ type }) => type))
        for (const type of types) dieAt(`before ${type}`)
        const committed = await target.commit(commit)
        for (const type of types) dieAt(`after ${type}`)
        return committed
      }
    },
  })
}

const store = await sqliteStore({ file: `${folder}/orders.db` })
const engine = sagaEngine({ store: dying(store), sagas: [journey], limits: { lease: 300, poll: 20 } })
const handle = await engine.start(journey, '1', 'input')
const { outcome } = await handle.done
appendFileSync(ledger, `end ${outcome}\n`)
await engine.close()
await store.close()
