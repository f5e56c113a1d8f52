import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Figure, Suite } from '../suite.ts'
import { type Check, weigh, type Weight } from './size-limit.ts'

const ROOT = join(import.meta.dirname, '../../..')
const PACKAGE = join(ROOT, 'packages/watertight')
const BYTES_PER_KB = 1_000

const entry = join(PACKAGE, 'dist/index.js')
const everything: Check = { name: 'everything', entry }
const three: Check = {
  name: 'breaker_retry_timeout',
  entry,
  imports: '{ pipeline, circuitBreaker, retry, timeout }',
}
const timeoutAlone: Check = { name: 'timeout', entry, imports: '{ pipeline, timeout }' }

const LIMITS_KB: ReadonlyMap<string, number> = new Map([
  [everything.name, 30],
  [three.name, 9],
])

/** What the library weighs in a browser, by size-limit: of the built package, as a bundler of its users finds it. */
export const sizeSuite: Suite = {
  name: 'size',
  strict: true,
  async run(progress) {
    progress('building the package')
    build()
    progress('bundling, minifying, gzipping')
    const weights = await weigh([everything, three, timeoutAlone])
    return [
      ...weights.map(gzipped),
      ...weights.slice(0, 1).map(importsOfNode),
      ...weights.filter(({ name }) => LIMITS_KB.has(name)).flatMap(modules),
    ]
  },
}

/** @throws Error when the package does not build. */
function build(): void {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [compiler, '-b', PACKAGE], {
    stdio: ['ignore', process.stderr, process.stderr],
  })
  if (status !== 0) throw new Error('packages/watertight does not build: what is not built cannot be weighed')
}

function gzipped({ name, gzipped: bytes }: Weight): Figure {
  const limit = LIMITS_KB.get(name)
  const figure: Figure = { name: `${name}_gzipped`, value: bytes / BYTES_PER_KB, unit: 'KB' }
  return limit === undefined ? figure : { ...figure, goal: { atMost: limit } }
}

function importsOfNode({ nodeImports }: Weight): Figure {
  return { name: 'imports_of_node', value: nodeImports, unit: 'imports', goal: { atMost: 0 } }
}

/** Where the bytes are: minified, before gzip. */
function modules({ name, modules: bytes }: Weight): Figure[] {
  return [...bytes].map(([module, value]) => ({ name: `${name}: ${module}`, value, unit: 'bytes' }))
}
