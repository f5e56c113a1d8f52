import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
/** What can be mutated, and what is needed to run it. */
const COPIED = [
  'packages/watertight/package.json',
  'packages/watertight/src',
  'apps/shop/package.json',
  'apps/shop/src',
] as const
const CORE = 'watertight'
const LARGEST_OUTPUT = 64 * 2 ** 20

/** How a program ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A copy of the sources, in which one defect at a time is planted. */
export class MutantWorkshop {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(): Promise<MutantWorkshop> {
    const folder = await mkdtemp(join(tmpdir(), 'watertight-mutants-'))
    for (const path of COPIED) await cp(join(ROOT, path), join(folder, path), { recursive: true })
    const modules = join(folder, 'node_modules')
    await mkdir(modules)
    // The packages of others are the same; the core is the copy.
    for (const name of await readdir(join(ROOT, 'node_modules'))) {
      if (name !== CORE) await symlink(join(ROOT, 'node_modules', name), join(modules, name))
    }
    await symlink(join(folder, 'packages', CORE), join(modules, CORE))
    return new MutantWorkshop(folder)
  }

  /** Plants the defect of a patch; the reason why it cannot be planted, when it cannot. */
  async plant(patch: string): Promise<string | undefined> {
    const { code, stderr } = await this.#run('git', ['apply', patch])
    return code === 0 ? undefined : `its patch does not apply: ${stderr.trim()}`
  }

  async uproot(patch: string): Promise<void> {
    const { code, stderr } = await this.#run('git', ['apply', '--reverse', patch])
    if (code !== 0) throw new Error(`the patch ${patch} cannot be taken back: ${stderr}`)
  }

  /** Hunts in what is planted. */
  hunt(name: string, seeds: number): Promise<Ended> {
    const main = join(this.#folder, 'apps/shop/src/main.ts')
    const command = ['hunt', name, '--seeds', String(seeds), '--json']
    return this.#run(process.execPath, ['--conditions=watertight-source', main, ...command])
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }

  #run(program: string, args: readonly string[]): Promise<Ended> {
    // A repository around the copy would make git look for the patched files elsewhere.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() }
    return new Promise((done) => {
      const child = execFile(
        program,
        args,
        { cwd: this.#folder, env, maxBuffer: LARGEST_OUTPUT },
        (_error, stdout, stderr) => done({ code: child.exitCode ?? -1, stdout, stderr }),
      )
    })
  }
}
