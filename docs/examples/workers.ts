import { workerPool } from '@watertight/workers'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region workers
const hashing = workerPool<string, string>('hashing', {
  script: `
    import { scryptSync } from 'node:crypto'
    export const hash = (password) => scryptSync(password, 'salt', 32).toString('hex')
  `,
  exported: 'hash',
  max: 1,
  queue: 100,
  maxWait: '2s',
})

const [ann, bob] = await Promise.all([hashing.run('correct horse'), hashing.run('correct horse')])
print(`${ann.length} digits, ${ann === bob ? 'the same' : 'different'}`)

await hashing.close()
// #endregion
