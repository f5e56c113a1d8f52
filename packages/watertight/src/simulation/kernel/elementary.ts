const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
/** Which of the two words of a double holds its exponent depends on the machine. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const INVERSE_LN2 = 1.4426950408889634
const TWO_54 = 2 ** 54

/**
 * The natural logarithm, by the same operations on every platform: `Math.log` may differ in its last digit from one version
 * of an engine to the next, and with it every trace of a run. Within 1 ulp.
 *
 * After `e_log.c` of fdlibm (Sun Microsystems, 1993).
 */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN
  if (x === Infinity) return x

  const normal = x >= 2.2250738585072014e-308
  double[0] = normal ? x : x * TWO_54
  const exponentAndTop = words[HIGH] as number
  const top = exponentAndTop & 0xfffff
  const half = (top + 0x95f64) & 0x100000
  words[HIGH] = top | (half ^ 0x3ff00000)
  const k = (exponentAndTop >> 20) - (normal ? 1023 : 1077) + (half >> 20)
  const f = double[0] - 1

  if ((0xfffff & (2 + top)) < 3) {
    if (f === 0) return k * LN2_HIGH + k * LN2_LOW
    const rest = f * f * (0.5 - (1 / 3) * f)
    return k === 0 ? f - rest : k * LN2_HIGH - (rest - k * LN2_LOW - f)
  }
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373))
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)))
  const rest = even + odd
  if (((top - 0x6147a) | (0x6b851 - top)) > 0) {
    const square = 0.5 * f * f
    if (k === 0) return f - (square - s * (square + rest))
    return k * LN2_HIGH - (square - (s * (square + rest) + k * LN2_LOW) - f)
  }
  if (k === 0) return f - s * (f - rest)
  return k * LN2_HIGH - (s * (f - rest) - k * LN2_LOW - f)
}

/**
 * e to the power of `x`, by the same operations on every platform. Within 1 ulp, subnormal results apart.
 *
 * After `e_exp.c` of fdlibm (Sun Microsystems, 1993).
 */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x
  if (x > 709.782712893384) return Infinity
  if (x < -745.1332191019411) return 0

  const k = Math.trunc(INVERSE_LN2 * x + (x < 0 ? -0.5 : 0.5))
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const t = r * r
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8))))
  const y = 1 - (low - (r * c) / (2 - c) - high)
  // In two steps, so that neither power of two leaves the range of normal numbers.
  const first = k >> 1
  return y * powerOfTwo(first) * powerOfTwo(k - first)
}

function powerOfTwo(exponent: number): number {
  words[1 - HIGH] = 0
  words[HIGH] = (exponent + 1023) << 20
  return double[0] as number
}
