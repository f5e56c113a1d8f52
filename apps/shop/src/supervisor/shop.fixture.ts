import { choosePorts } from './ports.ts'
import { leaveNothingBehind, onSignal } from './shutdown.ts'
import { Supervisor } from './supervisor.ts'

// A supervisor in a process of its own, for the tests that kill it. Arguments: data folder, module of the children.

const [dataFolder = '', module = ''] = process.argv.slice(2)
leaveNothingBehind(() => {})
onSignal((exitCode) => process.exit(exitCode))
const shop = new Supervisor({
  ports: await choosePorts(),
  dataFolder,
  protection: 'protected',
  seed: 0,
  module,
  roles: ['mail', 'users'],
})
await shop.start()
process.stdout.write('up\n')
process.on('SIGUSR2', () => {
  throw new Error('an error that nobody caught')
})
