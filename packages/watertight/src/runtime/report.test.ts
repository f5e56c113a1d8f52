import { describe, expect, it } from 'vitest'
import { makeReport } from './report.ts'

interface Written {
  readonly message: string
  readonly type: string
  readonly detail: string
}

const setUp = (): { clock: { now: number }; written: Written[]; report: (error: unknown) => void } => {
  const clock = { now: 0 }
  const written: Written[] = []
  const process = {
    emitWarning: (message: string, options: { type: string; detail: string }) => {
      written.push({ message, ...options })
    },
  }
  return { clock, written, report: makeReport(() => clock.now, { process }) }
}

const emitWarning = (): never => {
  throw new Error('no warnings here')
}

describe('the default report', () => {
  it('writes a process warning with the error and its stack', () => {
    const { written, report } = setUp()
    report(new Error('a broken listener'))
    expect(written).toEqual([
      {
        message: 'an error that belongs to no call: Error: a broken listener',
        type: 'WatertightReport',
        detail: expect.stringContaining('report.test'),
      },
    ])
  })

  it('uses reportError where there is no process', () => {
    const reported: unknown[] = []
    const failure = new Error('a broken listener')
    makeReport(() => 0, { reportError: (error) => reported.push(error) })(failure)
    expect(reported).toEqual([failure])
  })

  it('writes at most 20 errors a second, and says how many it left out', () => {
    const { clock, written, report } = setUp()
    for (let i = 0; i < 100; i++) report(`failure ${i}`)
    expect(written).toHaveLength(20)
    clock.now = 1_000
    report('after')
    report('and again')
    expect(written.slice(20).map(({ message }) => message)).toEqual([
      'an error that belongs to no call: after (80 more were left out before it)',
      'an error that belongs to no call: and again',
    ])
  })

  it.each([undefined, null, Symbol('odd'), Object.create(null), 7n])(
    'never throws, whatever it is given (%#)',
    (error) => {
      const { report } = setUp()
      expect(() => report(error)).not.toThrow()
    },
  )

  it('never throws, whatever is wrong with the host', () => {
    expect(() => makeReport(() => 0, { process: { emitWarning } })(new Error('other'))).not.toThrow()
    expect(() => makeReport(() => 0, {})('nobody to tell')).not.toThrow()
  })
})
