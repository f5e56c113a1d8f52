import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

const COST = 2 ** 15
const BLOCK_SIZE = 8
const PARALLEL = 1
const HASH_BYTES = 32
const SALT_BYTES = 16

/** Hashes a password with scrypt and a salt of its own: `scrypt$cost$block$parallel$salt$hash`. About 50 ms of CPU, off the main thread. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, HASH_BYTES, { N: COST, r: BLOCK_SIZE, p: PARALLEL })
  return ['scrypt', COST, BLOCK_SIZE, PARALLEL, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** Whether `password` is the one that was hashed, by the parameters in the hash, in constant time. */
export async function passwordMatches(password: string, hashed: string): Promise<boolean> {
  const [scheme, cost, block, parallel, salt, hash] = hashed.split('$')
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined)
    throw new Error('a stored password hash is broken')
  const expected = Buffer.from(hash, 'base64url')
  const options = { N: Number(cost), r: Number(block), p: Number(parallel) }
  const actual = await derive(password, Buffer.from(salt, 'base64url'), expected.length, options)
  return timingSafeEqual(actual, expected)
}

function derive(password: string, salt: Buffer, bytes: number, options: ScryptOptions): Promise<Buffer> {
  const { N = COST, r = BLOCK_SIZE } = options
  // Node refuses more than 32 MiB unless told; scrypt needs 128 * N * r bytes.
  const maxmem = 256 * N * r
  return new Promise((resolve, reject) => {
    // Unicode has several spellings of one letter; keyboards differ in which they send.
    scrypt(password.normalize('NFKC'), salt, bytes, { ...options, maxmem }, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
