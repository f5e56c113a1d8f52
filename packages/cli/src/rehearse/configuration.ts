import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import {
  type JsonObject,
  type JsonValue,
  readVariation,
  type Scenario,
  withOption,
  withOptions,
} from 'watertight/simulation'
import { PlainFailure } from '../command-line/exit.ts'

/** Options under the name that reports call them by. */
export interface NamedOptions {
  readonly name: string
  readonly options: JsonObject
}

/** The configurations that a scenario has of its own. */
const PROTECTED = 'protected'
const CONTROL = 'control'

/** The options that a run is made with: the scenario's own or its control's, with single values set. */
export function chosenOptions(scenario: Scenario, unprotected: boolean, set: readonly string[]): NamedOptions {
  const own = ownOptions(scenario, unprotected ? CONTROL : PROTECTED)
  if (set.length === 0) return own
  const options = set.reduce<JsonObject>((changed, text) => {
    const { path, value } = readSetting(text)
    return withOption(changed, path, value, shapes(scenario))
  }, own.options)
  return { name: `${own.name} with ${set.join(', ')}`, options }
}

/** What `--compare` names: `protected`, `control`, or a JSON file with what is different from the scenario's own options. */
export function namedOptions(scenario: Scenario, name: string): NamedOptions {
  if (name === PROTECTED || name === CONTROL) return ownOptions(scenario, name)
  return { name: basename(name), options: withOptions(scenario.options, readJson(name), shapes(scenario)) }
}

function ownOptions(scenario: Scenario, name: typeof PROTECTED | typeof CONTROL): NamedOptions {
  if (name === PROTECTED) return { name, options: scenario.options }
  if (scenario.control !== undefined) return { name, options: scenario.control }
  throw new PlainFailure(
    `scenario ${scenario.name} has no control; write: scenario('${scenario.name}', { options, control }, …)`,
  )
}

function shapes({ options, control }: Scenario): readonly JsonObject[] {
  return control === undefined ? [options] : [options, control]
}

function readSetting(text: string): { readonly path: string; readonly value: JsonValue } {
  const variation = readVariation(text)
  const [value, ...others] = 'choices' in variation ? variation.choices : []
  if (value !== undefined && others.length === 0) return { path: variation.path, value }
  throw new PlainFailure(`--set takes one value, such as --set ${variation.path}=5; ${text} has several`)
}

function readJson(file: string): JsonObject {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new PlainFailure(`--compare: there is no file ${file}; name a JSON file, ${PROTECTED} or ${CONTROL}`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new PlainFailure(`--compare: ${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new PlainFailure(`--compare: ${file} must hold an object with the options that are different`)
}
