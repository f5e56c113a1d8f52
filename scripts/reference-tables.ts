import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * The tables of options and events in `docs/`, made from the sources, so that they cannot say anything else:
 * `<!-- options: TimeoutOptions -->` and `<!-- events: timeout. -->` stand above a table, `<!-- end -->` below it.
 */
const ROOT = resolve(import.meta.dirname, '..')
const RESILIENCE = join(ROOT, 'packages/watertight/src/resilience')
const TABLE = /(<!-- (options|events): (\S+) -->\n)[\s\S]*?(<!-- end -->)/g
const NAME = 'What `update`, `state()` and events call the policy. Default: its kind.'

interface Property {
  readonly name: string
  readonly type: string
  readonly optional: boolean
  readonly comment: string
}

interface Declared {
  readonly exported: boolean
  readonly extended: readonly string[]
  readonly body: string
}

const sources = globSync('**/*.ts', { cwd: RESILIENCE })
  .filter((path) => !/\.(test|fixture)\.ts$/.test(path))
  .map((path) => readFileSync(join(RESILIENCE, path), 'utf8'))
const interfaces = new Map(sources.flatMap((text) => [...declaredIn(text)]))

/** The exported interfaces whose names end in `Options`: each has to be on a page. */
export const OPTIONS: readonly string[] = [...interfaces]
  .filter(([name, { exported }]) => exported && name.endsWith('Options'))
  .map(([name]) => name)
  .toSorted()

const eventSource = readFileSync(join(RESILIENCE, 'pipeline-events.ts'), 'utf8')

/** Each event of a pipeline, with the names of what it tells beside `pipeline` and `policy`. */
export const EVENTS: ReadonlyMap<string, readonly string[]> = new Map(
  [...eventSource.matchAll(/^ {2}'([\w.]+)':([\s\S]*?)(?=^ {2}'|^\})/gm)].map(([, name, body]) => [
    name as string,
    [
      ...((body as string).includes('OfCall') ? ['call'] : []),
      ...((body as string).includes('Advice') ? ['code', 'message'] : []),
      ...[...(body as string).matchAll(/readonly (\w+)/g)].map(([, field]) => field as string),
    ].filter((field) => field !== 'pipeline'),
  ]),
)

/** The document with its tables as the sources have them. @throws Error for a table of something that is not there. */
export function withTables(document: string): string {
  return document.replace(TABLE, (_, opening: string, kind: string, name: string, closing: string) => {
    const rows = kind === 'options' ? optionRows(name) : eventRows(name)
    return `${opening}${rows.join('\n')}\n${closing}`
  })
}

function optionRows(name: string): readonly string[] {
  return [
    '| option | type | default | what it does |',
    '| --- | --- | --- | --- |',
    ...propertiesOf(name).map((property) => {
      const { meaning, standard } = described(property)
      return `| \`${property.name}\` | \`${cell(property.type)}\` | ${cell(standard)} | ${cell(meaning)} |`
    }),
  ]
}

function eventRows(prefix: string): readonly string[] {
  const found = [...EVENTS].filter(([name]) => name.startsWith(prefix))
  if (found.length === 0) throw new Error(`no event begins with ${prefix}`)
  const rows = found.map(([name, fields]) => `| \`${name}\` | ${fields.map((field) => `\`${field}\``).join(', ')} |`)
  return ['| event | tells |', '| --- | --- |', ...rows]
}

function described({ name, optional, comment }: Property): { readonly meaning: string; readonly standard: string } {
  const text = comment === '' && name === 'name' ? NAME : comment
  const standard = /\bDefault: (.+?)\.(?=\s|$)/.exec(text)
  const meaning = text.replace(/\s*\bDefault: .+?\.(?=\s|$)/, '').trim()
  return { meaning, standard: standard?.[1] ?? (optional ? 'none' : 'required') }
}

function propertiesOf(name: string): readonly Property[] {
  const declared = interfaces.get(name)
  if (declared === undefined) throw new Error(`no interface of resilience/ is called ${name}`)
  return [...parsed(declared.body), ...declared.extended.flatMap(propertiesOf)]
}

function* declaredIn(text: string): Generator<[string, Declared]> {
  for (const found of text.matchAll(/^(export )?interface (\w+)(?:<[^{]*?>)?(?: extends ([^{]+?))? \{$/gm)) {
    const [opening, exported, name, extended = ''] = found
    const start = found.index + opening.length
    const body = text.slice(start, text.indexOf('\n}', start))
    const bases = extended.split(',').map((base) => base.trim())
    yield [name as string, { exported: exported !== undefined, extended: bases.filter((base) => base !== ''), body }]
  }
}

function parsed(body: string): readonly Property[] {
  const member =
    /(?:^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^ {2}readonly (\w+)(\?)?: ([\s\S]*?)(?=\n {2}(?:readonly|\/\*\*)|\n*$(?![\s\S]))/gm
  return [...body.matchAll(member)].map(([, comment = '', name, optional, type]) => ({
    name: name as string,
    optional: optional !== undefined,
    type: (type as string).replaceAll(/\s+/g, ' ').replaceAll('readonly ', '').trim(),
    comment: comment
      .replaceAll(/\n\s*\* ?/g, ' ')
      .replaceAll(/\{@link ([^}]+)\}/g, '`$1`')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  }))
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
