import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  adaptiveConcurrency,
  bulkhead,
  cache,
  circuitBreaker,
  hedge,
  queuePool,
  rateLimiter,
  retry,
  throttling,
} from '../packages/watertight/src/resilience/index.ts'

/**
 * The tables of options and events in `docs/`, made from the sources, so that they cannot say anything else:
 * `<!-- options: TimeoutOptions -->` (`own options`: without those it extends) and `<!-- events: timeout. -->` stand above a table,
 * `<!-- end -->` below it; likewise `<!-- state: BulkheadState -->`. `<!-- advice: pairs -->` is the table of policies that seldom stand inside each other on purpose.
 */
const ROOT = resolve(import.meta.dirname, '..')
const RESILIENCE = join(ROOT, 'packages/watertight/src/resilience')
const TABLE = /(<!-- (own options|options|state|events|advice): (\S+) -->\n)[\s\S]*?(<!-- end -->)/g
const NAME = 'What `update`, `state()` and events call the policy. Default: its kind.'

interface Property {
  readonly name: string
  readonly type: string
  readonly optional: boolean
  readonly comment: string
}

interface Declared {
  readonly extended: readonly string[]
  readonly body: string
}

const sources = [
  'packages/redis/src',
  'packages/workers/src',
  'packages/opensearch/src',
  'packages/postgres/src',
  'packages/watertight/src/resilience',
  'packages/watertight/src/event-store',
  'packages/watertight/src/sqlite',
].flatMap((folder) =>
  globSync('**/*.ts', { cwd: join(ROOT, folder) })
    .filter((path) => !/\.(test|fixture)\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, folder, path), 'utf8') })),
)
const interfaces = new Map(sources.flatMap(({ text }) => [...declaredIn(text)]))

const face = sources
  .filter(({ path }) => path === 'index.ts')
  .map(({ text }) => text)
  .join('\n')

/** The shape of what undici dispatches: nothing that anybody sets here. */
const NOT_OURS = 'DispatchOptions'

/** The public interfaces whose names end in `Options`: each has to be on a page. */
export const OPTIONS: readonly string[] = [...interfaces.keys()]
  .filter((name) => name.endsWith('Options') && name !== NOT_OURS && new RegExp(`\\b${name}\\b`).test(face))
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

const adviceSource = readFileSync(join(RESILIENCE, 'advice.ts'), 'utf8')

/** The codes of what a pipeline says about a doubtful order. */
export const ADVICE: readonly string[] = [...adviceSource.matchAll(/\| '([a-z-]+)'/g)].map(([, code]) => code as string)

/** One policy of each kind that has doubts about what stands inside it. */
const OUTER = [
  retry(),
  circuitBreaker(),
  bulkhead({ concurrent: 1 }),
  queuePool({ core: 1 }),
  adaptiveConcurrency({ algorithm: 'vegas' }),
  rateLimiter({ limit: 1 }),
  throttling(),
  hedge({ after: '1s', idempotent: true }),
  cache({ ttl: '1m' }),
]

/** The document with its tables as the sources have them. @throws Error for a table of something that is not there. */
export function withTables(document: string): string {
  return document.replace(TABLE, (_, opening: string, kind: string, name: string, closing: string) => {
    const rows = rowsOf(kind, name)
    return `${opening}${rows.join('\n')}\n${closing}`
  })
}

function rowsOf(kind: string, name: string): readonly string[] {
  if (kind === 'events') return eventRows(name)
  if (kind === 'state') return stateRows(name)
  return kind === 'advice' ? adviceRows() : optionRows(name, kind === 'own options')
}

function adviceRows(): readonly string[] {
  const rows = OUTER.flatMap(({ kind, doubts = [] }) =>
    doubts.map(([inside, code, why]) => `| \`${code}\` | \`${kind}\` | \`${inside}\` | ${why} |`),
  )
  return ['| code | outside | inside | doubt |', '| --- | --- | --- | --- |', ...rows]
}

function stateRows(name: string): readonly string[] {
  const rows = propertiesOf(name).map(
    (field) => `| \`${field.name}\` | ${cell(field.comment || `\`${field.type}\``)} |`,
  )
  return ['| `state()` | what it is |', '| --- | --- |', ...rows]
}

function optionRows(name: string, own: boolean): readonly string[] {
  const properties = propertiesOf(name)
  const inheritedNames = new Set((interfaces.get(name)?.extended ?? []).flatMap(inherited).map((one) => one.name))
  return [
    '| option | type | default | what it does |',
    '| --- | --- | --- | --- |',
    ...properties
      .filter((property) => !own || !inheritedNames.has(property.name))
      .map((property) => {
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
  return [...parsed(declared.body), ...declared.extended.flatMap(inherited)]
}

/** Properties of a base: `KeyedOptions`, or `Omit<KeyedOptions, 'name'>`. */
function inherited(base: string): readonly Property[] {
  const [, whole, omitted = ''] = /^Omit<(\w+), (.+)>$/.exec(base) ?? []
  if (whole === undefined) return propertiesOf(base)
  return propertiesOf(whole).filter(({ name }) => !omitted.includes(`'${name}'`))
}

function* declaredIn(text: string): Generator<[string, Declared]> {
  for (const found of text.matchAll(/^(?:export )?interface (\w+)(?:<[^{]*?>)?(?: extends ([^{]+?))? \{$/gm)) {
    const [opening, name, extended = ''] = found
    const start = found.index + opening.length
    const body = text.slice(start, text.indexOf('\n}', start))
    const bases = extended.split(/,\s*(?![^<]*>)/).map((base) => base.trim())
    yield [name as string, { extended: bases.filter((base) => base !== ''), body }]
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
