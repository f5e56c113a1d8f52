import { mix32 } from './mix32.ts'

/** Draws a number in [0, 1): by the key (stream, call, path), or the next one of the stream when `call` is left out. */
export type KeyedRandom = (stream: string, call?: number, path?: number) => number

interface Stream {
  readonly high: number
  readonly low: number
  drawn: number
}

const BY_ORDER = 0x9e3779b9
const BY_KEY = 0x85ebca6b

/**
 * Random numbers by key: the same (seed, stream, call, path) gives the same number, whatever else was drawn before. Two runs
 * that differ in one setting therefore share all their other draws, and their difference needs few seeds to show.
 *
 * `stream` names a purpose ('jitter', 'arrivals'): each name is remembered, so put what is unbounded (requests, keys) into
 * `call` and `path`, which are whole numbers. Without `call` the stream counts its own draws, which never coincide with
 * those made by an explicit `call`. Not for secrets.
 *
 * A counter-based generator: two 32-bit lanes, mixed by the finaliser of MurmurHash3 after each part of the key; 53 bits out.
 *
 * @example
 * const random = keyedRandom(7)
 * random('jitter', request, attempt) === random('jitter', request, attempt) // true
 */
export function keyedRandom(seed: string | number): KeyedRandom {
  const streams = new Map<string, Stream>()
  // A number and its text are different seeds: 7 is not '7'.
  const root = `${typeof seed}:${seed}`

  const stream = (name: string): Stream => {
    const known = streams.get(name)
    if (known !== undefined) return known
    const made = { ...hash(`${root.length}:${root}${name}`), drawn: 0 }
    streams.set(name, made)
    return made
  }

  return (name, call, path = 0) => {
    const from = stream(name)
    const domain = call === undefined ? BY_ORDER : BY_KEY
    const first = call ?? from.drawn++

    let a = mix32(from.high ^ domain)
    let b = mix32(from.low + domain)
    a = mix32(a ^ Math.imul(first, 0xcc9e2d51))
    b = mix32((b ^ Math.imul(highWord(first), 0x1b873593)) + a)
    a = mix32(a + b)
    a = mix32(a ^ Math.imul(path, 0xcc9e2d51))
    b = mix32((b ^ Math.imul(highWord(path), 0x1b873593)) + a)
    a = mix32(a + b)
    return ((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53
  }
}

function hash(text: string): { readonly high: number; readonly low: number } {
  let high = 0x6a09e667
  let low = 0xbb67ae85
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    high = mix32(high ^ Math.imul(unit, 0xcc9e2d51))
    low = mix32(low + Math.imul(unit, 0x1b873593) + high)
  }
  return { high, low }
}

/** The bits of a whole number above its lowest 32, which is all that bitwise operators see. */
function highWord(whole: number): number {
  return Math.floor(whole / 2 ** 32)
}
