import { loadPeer } from '../peers.ts'

/** What is downloaded: a whole entry, or what is left of it when only some names are imported. */
export interface Check {
  readonly name: string
  /** The built entry. */
  readonly entry: string
  /** The names that are imported, as in `{ pipeline, retry }`. Default: all of the entry. */
  readonly imports?: string
}

/** What a browser downloads for one {@link Check}. */
export interface Weight {
  readonly name: string
  /** Minified and gzipped, in bytes. */
  readonly gzipped: number
  /** What of each source file is left after minifying, before gzip: bytes by path. */
  readonly modules: ReadonlyMap<string, number>
  /** How many modules of Node it would look for in vain. */
  readonly nodeImports: number
}

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly imports: readonly { readonly path: string }[]
        readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>
      }
    >
  >
}

/** One check in size-limit's own terms; it leaves the `esbuildMetafile` there. */
interface SizeLimitCheck {
  readonly name: string
  readonly files: string[]
  readonly gzip: true
  readonly import?: Readonly<Record<string, string>>
  readonly modifyEsbuildConfig: (config: object) => object
  readonly esbuildMetafile?: Metafile
}

interface SizeLimit {
  default(plugins: readonly unknown[], config: { checks: SizeLimitCheck[] }): Promise<readonly { size: number }[]>
}

/** Weighs each check with size-limit, on esbuild: what its command line would print, and where the bytes come from. */
export async function weigh(checks: readonly Check[]): Promise<readonly Weight[]> {
  const sizeLimit = await loadPeer<SizeLimit>('size-limit')
  const esbuild = await loadPeer<{ readonly default: unknown }>('@size-limit/esbuild')
  const file = await loadPeer<{ readonly default: unknown }>('@size-limit/file')
  const config = { checks: checks.map(asSizeLimitCheck) }
  const sizes = await sizeLimit.default([esbuild.default, file.default], config)
  return config.checks.map(({ name, esbuildMetafile }, index) => {
    const outputs = Object.values(esbuildMetafile?.outputs ?? {})
    return {
      name,
      gzipped: sizes[index]?.size ?? Number.NaN,
      modules: bytesByModule(outputs),
      nodeImports: outputs.flatMap(({ imports }) => imports).filter(({ path }) => path.startsWith('node:')).length,
    }
  })
}

function asSizeLimitCheck({ name, entry, imports }: Check): SizeLimitCheck {
  return {
    name,
    files: [entry],
    gzip: true,
    ...(imports === undefined ? {} : { import: { [entry]: imports } }),
    // As a module: a script without a name would export nothing, and nothing would be left of it.
    modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', target: 'es2024', external: ['node:*'] }),
  }
}

function bytesByModule(outputs: readonly Metafile['outputs'][string][]): ReadonlyMap<string, number> {
  const modules = outputs
    .flatMap(({ inputs }) => Object.entries(inputs))
    .map(([path, { bytesInOutput }]): [string, number] => [path.replace(/^.*\/dist\//, ''), bytesInOutput])
    .filter(([, bytes]) => bytes > 0)
  return new Map(modules.toSorted(([, a], [, b]) => b - a))
}
