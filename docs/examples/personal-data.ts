import {
  decider,
  forgetSubject,
  isForgotten,
  load,
  memorySubjectKeys,
  type Personal,
  personalData,
  send,
} from 'watertight/event-store'
import { memoryStore } from 'watertight/store'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region personal
interface Registered {
  readonly name: Personal<string>
  readonly country: string
}
const nobody: Partial<Registered> = {}

const customer = decider('customer', {
  initial: nobody,
  evolve: { registered: (_, data: Registered) => data },
  decide: { register: (command: Registered, _state) => ({ type: 'registered', data: command }) },
  personal: { fields: { registered: ['name'] } }, // under the key of the stream's id, unless told otherwise
})

const store = memoryStore()
const personal = personalData({ keys: memorySubjectKeys() }) // sqliteSubjectKeys({ file }), to keep them

await send(store, customer, 'c-17', customer.commands.register({ name: 'Ann Archer', country: 'UK' }), { personal })

const { state } = await load(store, customer, 'c-17')
print(`stored: ${'name' in state && typeof state.name === 'object' ? Object.keys(state.name).join() : 'in clear'}`)
print(`opened: ${JSON.stringify(await personal.open(state))}`)

await forgetSubject('c-17', { store, personal })

const { name } = await personal.open(state)
print(isForgotten(name) ? 'forgotten' : String(name))
// #endregion

await store.close()
