import { describe, expect, it } from 'vitest'
import { shortTrace } from './short-trace.ts'

const line = (at: number, text: string): string => `${at.toFixed(1).padStart(9)}  ${text}`

describe('shortTrace', () => {
  it('leaves a short trace as it is', () => {
    const lines = [line(0, 'worker starts'), line(1, 'worker commits a')]
    expect(shortTrace(lines)).toEqual(lines)
  })

  it('says once what is said several times in a row', () => {
    const lines = [1, 2, 3].map((at) => line(at, 'worker commits a'))
    expect(shortTrace([...lines, line(4, 'worker dies')])).toEqual([
      `${line(3, 'worker commits a')} (3 times)`,
      line(4, 'worker dies'),
    ])
  })

  it('leaves quiet lines out before faults, and says how many', () => {
    const lines = Array.from({ length: 60 }, (_, i) =>
      line(i, i % 6 === 0 ? `! fault ${'x'.repeat(i)}` : `worker ${i} commits`),
    )
    const short = shortTrace(lines)
    expect(short.length).toBeLessThan(30)
    expect(short.filter((text) => text.includes('! fault')).length).toBeGreaterThan(8)
    expect(short.some((text) => text.includes('lines left out'))).toBe(true)
  })

  it.each([30, 100, 1_000])('never takes thirty lines, of %i faults either, and keeps the end', (count) => {
    const lines = Array.from({ length: count }, (_, i) => line(i, `! ${String.fromCodePoint(97 + (i % 26))}${i}`))
    const short = shortTrace(lines)
    expect(short.length).toBeLessThan(30)
    expect(short.at(-1)).toBe(lines.at(-1))
  })
})
