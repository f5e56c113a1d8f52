// Works until it kills itself at a fail-point, before or after the commit there.
import { writeSync } from 'node:fs'
import { argv, kill, pid, stdout } from 'node:process'
import { sqliteStore } from '../sqlite/index.ts'
import { FAIL_POINTS, work } from './read-models.crash.work.fixture.ts'
import { storeWithCommit } from './store-with-commit.fixture.ts'

const [, , file = '', point = '', when = '', count = '1'] = argv
const store = await sqliteStore({ file })
let left = Number(count)
const mortal = storeWithCommit(store, async (commit) => {
  const isLast = FAIL_POINTS[point]?.(commit) === true && --left === 0
  if (isLast && when === 'before') kill(pid, 'SIGKILL')
  const committed = await store.commit(commit)
  if (isLast && when === 'after') kill(pid, 'SIGKILL')
  return committed
})
await work(mortal, (key) => void writeSync(stdout.fd, `${key}\n`))
