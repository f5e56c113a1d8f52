import { createCipheriv, createDecipheriv, createHmac, generateKeySync, hkdfSync } from 'node:crypto'
import { WatertightError } from '../../runtime/error.ts'
import { DEFAULT_TENANT } from '../../store/event.ts'
import type { Subject } from '../../store/subject-keys.ts'
import type { Sealed } from './sealed.ts'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A new key. From the system, never from a runtime: what a seed could repeat is no secret. */
export function makeSubjectKey(): Uint8Array {
  return generateKeySync('aes', { length: KEY_BYTES * 8 }).export()
}

/**
 * Seals a JSON value under a key: AES-256-GCM (NIST SP 800-38D). The nonce is an HMAC of the value, as in RFC 5297 (SIV), so
 * that sealing the same value again gives the same text: an append that is repeated after a lost answer is recognised. All it
 * gives away is that two values of one subject are the same.
 */
export function seal(subject: Subject, key: Uint8Array, value: unknown): Sealed {
  const text = Buffer.from(JSON.stringify(value), 'utf8')
  const bound = boundTo(subject)
  const nonce = createHmac('sha256', derived(key, 'nonce')).update(bound).update(text).digest().subarray(0, NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', derived(key, 'data'), nonce).setAAD(bound)
  const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
  const { tenant, id } = subject
  return {
    $sealed: { subject: id, ...(tenant !== DEFAULT_TENANT && { tenant }), text: sealed.toString('base64') },
  }
}

/** @throws WatertightError `STORE_CORRUPT` when the text was changed, cut, or sealed for somebody else. */
export function unseal(subject: Subject, key: Uint8Array, { $sealed }: Sealed): unknown {
  const bytes = Buffer.from($sealed.text, 'base64')
  const end = bytes.length - TAG_BYTES
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', derived(key, 'data'), nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(boundTo(subject)).setAuthTag(bytes.subarray(end))
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()])
    return JSON.parse(text.toString('utf8'))
  } catch (cause) {
    const why = `Sealed data of subject ${subject.id} does not open with its key: it was changed, cut, or sealed for somebody else.`
    throw new WatertightError('STORE_CORRUPT', why, { source: subject.id, cause })
  }
}

/** Sealed text opens only as what it was sealed for. */
function boundTo({ tenant, id }: Subject): Buffer {
  return Buffer.from(JSON.stringify([tenant, id]), 'utf8')
}

/** Two keys of one: that of the nonces says nothing about that of the data (HKDF, RFC 5869). */
function derived(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, new Uint8Array(), `watertight ${purpose}`, KEY_BYTES))
}
