import { refuseUnknown } from '../../runtime/option.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import type { Subject, SubjectKey, SubjectKeys } from '../../store/subject-keys.ts'
import { makeSubjectKey } from './subject-cipher.ts'

/** Keys in memory: for tests. They end with the process, and with them all that was sealed. */
export function memorySubjectKeys(options: { readonly runtime?: Runtime } = {}): SubjectKeys {
  refuseUnknown('memorySubjectKeys', options, ['runtime'])
  const { runtime = systemRuntime } = options
  const keys = new Map<string, SubjectKey>()
  const nameOf = ({ tenant, id }: Subject): string => JSON.stringify([tenant, id])
  return {
    find: async (subjects) => subjects.map((subject) => keys.get(nameOf(subject))),
    findOrMake: async (subject) => {
      const found = keys.get(nameOf(subject)) ?? { key: makeSubjectKey() }
      keys.set(nameOf(subject), found)
      return found
    },
    forget: async (subject) => {
      const found = keys.get(nameOf(subject))
      const gone = found && 'forgottenAt' in found ? found : { forgottenAt: runtime.wallTime() }
      keys.set(nameOf(subject), gone)
      return gone
    },
    close: async () => {},
  }
}
