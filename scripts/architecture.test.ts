import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findCycle, importedFile, isTest, type SourceFile, sourcesBelow } from './sources.ts'

const ROOT = resolve(import.meta.dirname, '..')
const CORE = 'packages/watertight/src'

/** What each floor of the core may import beside itself. An import goes down only. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  resilience: ['runtime'],
  store: ['runtime'],
  'event-store': ['runtime', 'store'],
  saga: ['runtime', 'resilience', 'store', 'event-store'],
  sqlite: ['runtime', 'store'],
  simulation: ['runtime', 'resilience', 'store', 'event-store', 'saga'],
  testing: ['runtime', 'resilience', 'store', 'event-store', 'saga', 'simulation'],
}

/** Runs in browsers and at the edge: nothing of Node. */
const BROWSER_SAFE: ReadonlySet<string> = new Set(['runtime', 'resilience'])
const NODE_ENTRY = `${CORE}/runtime/node.ts`

/** Clocks, timers and chance: only the runtime floor touches them. */
const AMBIENT =
  /\b(?:Date\b|performance\b|setTimeout\b|setInterval\b|setImmediate\b|queueMicrotask\b|process\.(?:hrtime|nextTick)\b|Math\.random\b|crypto\.(?:random|getRandom)\w*|AbortSignal\.timeout\b)/

/** The kernel of the simulator keeps simulated code from them, and stands on one of them itself. */
const KEEPS_FROM_AMBIENT: ReadonlySet<string> = new Set(
  ['batches.ts', 'real-world.ts', 'virtual-globals.ts'].map((name) => `${CORE}/simulation/kernel/${name}`),
)

const core = sourcesBelow(CORE)
const everything = [...sourcesBelow('packages'), ...sourcesBelow('apps'), ...sourcesBelow('scripts')]
const production = core.filter((file) => !isTest(file.path))
const floorOf = (path: string): string => path.slice(CORE.length + 1).split('/')[0] as string

interface Manifest {
  readonly name: string
  readonly dependencies?: object
  readonly peerDependencies?: object
  readonly devDependencies?: object
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest

const offences = (files: readonly SourceFile[], judge: (file: SourceFile) => readonly string[]): readonly string[] =>
  files.flatMap((file) => judge(file).map((offence) => `${file.path}: ${offence}`))

describe('the floors of the core', () => {
  it('are all known to this test', () => {
    const folders = new Set(core.map((file) => floorOf(file.path)).filter((name) => !name.endsWith('.ts')))
    expect([...folders].toSorted()).toEqual(Object.keys(FLOORS).toSorted())
  })

  it('import downwards only', () => {
    const upwards = offences(production, (file) => {
      const floor = floorOf(file.path)
      const allowed = FLOORS[floor]
      if (allowed === undefined) return []
      return file.imports.filter((specifier) => {
        const target = importedFile(file.path, specifier)
        return target !== undefined && floorOf(target) !== floor && !allowed.includes(floorOf(target))
      })
    })
    expect(upwards).toEqual([])
  })

  it('touch no clock, timer or chance of the platform outside runtime/', () => {
    const touching = offences(
      production.filter((file) => floorOf(file.path) !== 'runtime' && !KEEPS_FROM_AMBIENT.has(file.path)),
      (file) => file.code.split('\n').filter((line) => AMBIENT.test(line)),
    )
    expect(touching).toEqual([])
  })

  it('need nothing of Node in what a browser runs', () => {
    const node = offences(
      production.filter((file) => BROWSER_SAFE.has(floorOf(file.path)) && file.path !== NODE_ENTRY),
      (file) => file.imports.filter((specifier) => specifier.startsWith('node:')),
    )
    expect(node).toEqual([])
  })

  it('have no dependency', () => {
    expect(Object.keys(manifestOf('packages/watertight'))).not.toContain('dependencies')
    const packages = offences(production, (file) =>
      file.imports.filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:')),
    )
    expect(packages).toEqual([])
  })
})

describe('every source', () => {
  it('is in no import cycle', () => {
    const edges = new Map(
      everything.map((file) => [
        file.path,
        file.imports.flatMap((specifier) => importedFile(file.path, specifier) ?? []),
      ]),
    )
    expect(findCycle(edges)).toBeUndefined()
  })

  it('imports only packages that its own package.json declares', () => {
    const builtins = new Set(builtinModules)
    const undeclared = offences(everything, (file) => {
      const folder = file.path.startsWith('scripts/') ? '.' : file.path.split('/').slice(0, 2).join('/')
      const own = manifestOf(folder)
      const root = manifestOf('.')
      const declared = new Set([
        own.name,
        ...Object.keys(own.dependencies ?? {}),
        ...Object.keys(own.peerDependencies ?? {}),
        ...(isTest(file.path) || file.path.includes('/testing/') || file.path.startsWith('scripts/')
          ? Object.keys({ ...root.devDependencies, ...own.devDependencies })
          : []),
      ])
      return file.imports.filter((specifier) => {
        if (specifier.startsWith('.') || specifier.startsWith('node:') || builtins.has(specifier)) return false
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/')
        return !declared.has(name)
      })
    })
    expect(undeclared).toEqual([])
  })

  it('has a name that says what is inside', () => {
    const empty = everything.filter((file) => /\/(utils?|helpers?|common|misc|types|manager)\.ts$/.test(file.path))
    expect(empty.map((file) => file.path)).toEqual([])
  })
})

describe('this check itself', () => {
  it('finds a cycle', () => {
    expect(
      findCycle(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b', 'c', 'b'])
  })

  it('knows the platform clocks it looks for', () => {
    for (const line of [
      'Date.now()',
      'new Date()',
      'performance.now()',
      'setTimeout(f, 1)',
      'Math.random()',
      'crypto.randomUUID()',
    ])
      expect(line).toMatch(AMBIENT)
    expect('timer.cancel(); validated.push(update)').not.toMatch(AMBIENT)
  })
})
