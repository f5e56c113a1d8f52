import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isScenario, type Scenario } from 'watertight/simulation'
import { EXIT, PlainFailure } from '../command-line/exit.ts'
import { didYouMean } from '../command-line/nearest.ts'

const SOURCE = /\.[cm]?[tj]s$/

/**
 * The scenario of a file: the only one it exports, or the one called `name`, by its own name or that of its export. The file is
 * TypeScript or JavaScript, and runs as it is.
 *
 * @throws PlainFailure with one line that says what is wrong, and what would be right.
 */
export async function loadScenario(file: string, name?: string): Promise<Scenario> {
  const path = resolve(file)
  requireFile(file, path)
  const found = exported(await imported(file, path))
  if (found.size === 0) {
    throw new PlainFailure(`${file} exports no scenario; write: export const day = scenario('day', { … }, (sim) => …)`)
  }
  const all = [...found.values()]
  const names = [...new Set(all.map((scenario) => scenario.name))]
  if (name === undefined) {
    const [only, ...others] = new Set(all)
    if (only !== undefined && others.length === 0) return only
    throw new PlainFailure(`${file} exports ${names.length} scenarios; choose one with --scenario: ${names.join(', ')}`)
  }
  const chosen = found.get(name) ?? all.find((scenario) => scenario.name === name)
  if (chosen !== undefined) return chosen
  throw new PlainFailure(`${file} has no scenario ${name}; it has ${names.join(', ')}${didYouMean(name, names)}`)
}

function requireFile(file: string, path: string): void {
  if (!existsSync(path)) {
    const folder = dirname(path)
    const beside = existsSync(folder) ? readdirSync(folder).filter((entry) => SOURCE.test(entry)) : []
    throw new PlainFailure(`there is no file ${file}${didYouMean(basename(path), beside)}`)
  }
  if (statSync(path).isDirectory()) {
    const inside = readdirSync(path).find((entry) => SOURCE.test(entry))
    const such = inside === undefined ? '' : `, such as ${join(file, inside)}`
    throw new PlainFailure(`${file} is a folder; name a file in it${such}`)
  }
}

async function imported(file: string, path: string): Promise<object> {
  try {
    return (await import(pathToFileURL(path).href)) as object
  } catch (error) {
    throw new PlainFailure(`${file} cannot be run: ${oneLine(error)}`, EXIT.usage, error)
  }
}

function exported(module: object): ReadonlyMap<string, Scenario> {
  const found = new Map<string, Scenario>()
  for (const [name, value] of Object.entries(module)) if (isScenario(value)) found.set(name, value)
  return found
}

const PLACE = /(?:file:\/\/)?\/[^\s()]*?([^/\s()]+\.[cm]?[tj]s:\d+)/

/** An error of a module in one line, with the place where it is: a syntax error's stands before its message, others' in the stack. */
function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = PLACE.exec(error.stack ?? '')?.[1]
  const [message = ''] = error.message.split('\n')
  const kind = error instanceof SyntaxError ? 'syntax error: ' : ''
  return `${kind}${message}${place === undefined || message.includes(place) ? '' : ` (${place})`}`
}
