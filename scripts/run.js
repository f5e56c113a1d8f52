// Plain JavaScript that any Node from 20 can read: says in one line what is missing, or hands over to the real entry.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const OLDEST_MAJOR = 24
const USAGE = 2

if (Number(process.versions.node.split('.')[0]) < OLDEST_MAJOR) {
  process.stderr.write(
    `watertight needs Node ${OLDEST_MAJOR} or newer and this is ${process.version}. "npm ci" installs the right one, unless --ignore-scripts kept it from doing so: run "npm ci" again without it.\n`,
  )
  process.exit(USAGE)
}

const child = spawn(
  process.execPath,
  ['--conditions=watertight-source', '--disable-warning=ExperimentalWarning', ...process.argv.slice(2)],
  {
    // The channel closes when this process dies, however it dies: that ends the child too.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  },
)
// A terminal sends Ctrl-C to the whole group: sent on, it would arrive twice, and a second one means "at once".
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + (constants.signals[signal] ?? 0)))
