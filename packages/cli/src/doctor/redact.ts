const HIDDEN = '***'
const SECRET_NAME = /PASSW|SECRET|TOKEN|CREDENTIAL|API_?KEY|PRIVATE|_URL$|_DSN$/i
/** Shorter values would take half of every text with them. */
const LEAST_LENGTH = 6
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi

/**
 * Hides what nobody else should see in a text: the user and password of every URL, and each value in the environment that goes by
 * the name of a secret.
 *
 * @example
 * redact('cannot reach postgres://shop:hunter2@db/shop', process.env) // 'cannot reach postgres://***@db/shop'
 */
export function redact(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  const secrets = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && SECRET_NAME.test(name) ? secretsIn(value) : [],
  )
  return secrets
    .filter((secret) => secret.length >= LEAST_LENGTH)
    .toSorted((one, other) => other.length - one.length)
    .reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text.replaceAll(USER_INFO, `$1${HIDDEN}@`))
}

function secretsIn(value: string): readonly string[] {
  const url = URL.parse(value)
  // Of an address only what opens it is a secret: its host may be shown.
  if (url !== null && url.host !== '') return [url.password, decodeURIComponent(url.password)]
  return [value]
}
