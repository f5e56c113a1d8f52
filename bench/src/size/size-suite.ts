import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { loadPeer } from '../peers.ts'
import type { Figure, Suite } from '../suite.ts'

interface Esbuild {
  build(options: object): Promise<{
    readonly outputFiles: readonly { readonly contents: Uint8Array }[]
    readonly metafile: {
      readonly outputs: Readonly<Record<string, { readonly imports: readonly { readonly path: string }[] }>>
    }
  }>
}

interface Bundle {
  readonly kb: number
  readonly nodeImports: number
}

const ROOT = join(import.meta.dirname, '../../..')
const BYTES_PER_KB = 1_024

/** What a browser downloads for `code`, minified and gzipped, and how many modules of Node it would look for in vain. */
async function bundle(code: string): Promise<Bundle> {
  const esbuild = await loadPeer<Esbuild>('esbuild')
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: code, resolveDir: join(ROOT, 'bench') },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['watertight-source'],
    external: ['node:*'],
  })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  return {
    kb: gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / BYTES_PER_KB,
    nodeImports: imports.filter(({ path }) => path.startsWith('node:')).length,
  }
}

/** What the library weighs in a browser. */
export const sizeSuite: Suite = {
  name: 'size',
  async run(progress) {
    progress('everything')
    const all = await bundle(`export * from 'watertight'`)
    progress('breaker, retry and timeout')
    const three = await bundle(
      `import { circuitBreaker, pipeline, retry, timeout } from 'watertight'
       export const call = pipeline('call', retry(), circuitBreaker(), timeout('1s'))`,
    )
    progress('one timeout')
    const one = await bundle(`import { pipeline, timeout } from 'watertight'
       export const call = pipeline('call', timeout('1s'))`)
    const kb = (name: string, value: number, goal?: Figure['goal']): Figure => ({
      name,
      value,
      unit: 'KB',
      ...(goal && { goal }),
    })
    return [
      kb('everything_gzipped', all.kb, { atMost: 30 }),
      kb('breaker_retry_timeout_gzipped', three.kb, { atMost: 9 }),
      kb('timeout_gzipped', one.kb),
      { name: 'imports_of_node', value: all.nodeImports, unit: 'imports', goal: { atMost: 0 } },
    ]
  },
}
