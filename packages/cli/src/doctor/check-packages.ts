import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Check, Finding } from './check.ts'

const CORE = 'watertight'
const SCOPE = '@watertight'
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/

/** What the check reads of a package. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The packages of ours that a program in the folder finds: whether they are there, and made for each other. */
export const checkPackages: Check = async ({ folder }) => fits(installed(folder))

/** Whether packages were made for each other: each names the version of the core that it needs. */
export function fits(manifests: readonly Manifest[]): readonly Finding[] {
  const core = manifests.find(({ name }) => name === CORE)
  if (core === undefined) {
    return [
      {
        check: 'packages',
        status: 'failed',
        found: `${CORE} is not installed here`,
        hint: `npm install ${CORE}, or go to the folder of your project`,
      },
    ]
  }
  return manifests.map(({ name, version, peerDependencies }) => {
    const needed = peerDependencies?.[CORE]
    if (needed === undefined || !EXACT.test(needed) || needed === core.version) {
      return { check: name, status: 'ok', found: `version ${version}` }
    }
    return {
      check: name,
      status: 'failed',
      found: `version ${version} was made for ${CORE} ${needed}, and here is ${core.version}`,
      hint: `npm install ${name}@${core.version} ${CORE}@${core.version}`,
    }
  })
}

function installed(folder: string): readonly Manifest[] {
  const found = new Map<string, Manifest>()
  for (let at = folder; ; at = dirname(at)) {
    for (const name of packagesIn(join(at, 'node_modules'))) {
      const file = join(at, 'node_modules', name, 'package.json')
      // As Node finds packages: the nearest one counts.
      if (existsSync(file) && !found.has(name)) found.set(name, JSON.parse(readFileSync(file, 'utf8')) as Manifest)
    }
    if (dirname(at) === at) return [...found.values()]
  }
}

function packagesIn(modules: string): readonly string[] {
  const scope = join(modules, SCOPE)
  return [
    CORE,
    ...(existsSync(scope)
      ? readdirSync(scope)
          .toSorted()
          .map((name) => `${SCOPE}/${name}`)
      : []),
  ]
}
