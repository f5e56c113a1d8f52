import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { access, constants, mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { shopStores } from '../process/shop-stores.ts'
import { EXIT, inOneLine, PlainFailure } from './plain-failure.ts'

const LOCK = 'shop.lock'
const SQLITE_MAGIC = 'SQLite format 3\0'

/** Where the processes of one shop keep their databases and logs. */
export interface DataFolder {
  readonly path: string
  /** Whether this run made it, and may remove it again. */
  readonly temporary: boolean
  /** Databases of an earlier run that are in it. */
  readonly databases: readonly string[]
  /** Lets others use the folder. Safe to call twice, and while the process exits. */
  unlock(): void
  remove(): Promise<void>
}

/**
 * Makes the folder ready and locks it for this process; without `path` a new temporary one is made.
 *
 * @throws PlainFailure (exit code 1) when it cannot be written, is in use by another shop, or holds a database file that is none.
 */
export async function openDataFolder(path: string | undefined): Promise<DataFolder> {
  const folder = path === undefined ? await mkdtemp(join(tmpdir(), 'watertight-shop-')) : resolve(path)
  try {
    await makeFolder(folder)
    await access(folder, constants.W_OK)
  } catch (error) {
    throw new PlainFailure(`the data folder ${folder} cannot be written: ${inOneLine(error)}`, EXIT.failed, {
      cause: error,
    })
  }
  const unlock = lock(folder)
  try {
    const databases = (await readdir(folder)).filter((name) => name.endsWith('.db')).toSorted()
    for (const name of databases) await requireDatabase(join(folder, name))
    return {
      path: folder,
      temporary: path === undefined,
      databases,
      unlock,
      async remove() {
        await shopStores(folder).drop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Folder by folder: the recursive `mkdir` of Node never returns where a parent is there but refuses with ENOENT, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  if (existsSync(path)) return
  await makeFolder(dirname(path))
  await mkdir(path)
}

function lock(folder: string): () => void {
  const path = join(folder, LOCK)
  try {
    takeLock(path, folder)
  } catch (error) {
    if (error instanceof PlainFailure) throw error
    throw new PlainFailure(`the data folder ${folder} cannot be written: ${inOneLine(error)}`, EXIT.failed, {
      cause: error,
    })
  }
  let held = true
  return () => {
    if (held) rmSync(path, { force: true })
    held = false
  }
}

function takeLock(path: string, folder: string): void {
  try {
    const file = openSync(path, 'wx')
    writeSync(file, String(process.pid))
    closeSync(file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const owner = Number(readFileSync(path, 'utf8'))
    if (owner !== process.pid && isAlive(owner))
      throw new PlainFailure(`the data folder ${folder} is in use by process ${owner}`, EXIT.failed)
    // Its owner was killed before it could remove it.
    rmSync(path, { force: true })
    takeLock(path, folder)
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function requireDatabase(path: string): Promise<void> {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(SQLITE_MAGIC.length), 0, SQLITE_MAGIC.length, 0)
    if (bytesRead > 0 && buffer.toString('latin1', 0, bytesRead) !== SQLITE_MAGIC)
      throw new PlainFailure(`${path} is damaged: it does not begin like a SQLite database`, EXIT.failed)
  } finally {
    await file.close()
  }
}
