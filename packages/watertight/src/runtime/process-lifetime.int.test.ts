import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const runtime = new URL('./index.ts', import.meta.url).href

/** Runs code in a process of its own; what it writes until it ends by itself. */
const run = async (code: string, before = ''): Promise<string> => {
  const program = `${before}\nconst { systemRuntime: runtime } = await import(${JSON.stringify(runtime)})\n${code}`
  const args = ['--conditions=watertight-source', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
  return stdout.trim()
}

describe('a process', () => {
  it('ends while only unheld timers are armed', async () => {
    expect(await run(`runtime.timer(60_000, () => {}, false); console.log('ends')`)).toBe('ends')
  })

  it('ends when its held timers have been cancelled, and not when the longest of them would have fired', async () => {
    const code = `for (let i = 0; i < 100; i++) runtime.timer(60_000 + i, () => {}, true).cancel(); console.log('ends')`
    expect(await run(code)).toBe('ends')
  })

  it('lives until its held timers have fired, and the turns they ask for', async () => {
    const code = `
      runtime.timer(60_000, () => console.log('not waited for'), false)
      runtime.timer(20, () => runtime.turn(() => console.log('fired')), true)`
    expect(await run(code)).toBe('fired')
  })

  it('survives a callback that throws, and says so', async () => {
    const code = `
      process.on('warning', ({ name, message }) => console.log(name + ': ' + message))
      runtime.timer(1, () => { throw new Error('boom') }, true)
      runtime.timer(1, () => console.log('next'), true)`
    // The two may be due on different ticks, and the warning comes in between then.
    expect((await run(code)).split('\n').toSorted()).toEqual([
      'WatertightReport: an error that belongs to no call: Error: boom',
      'next',
    ])
  })

  it('needs neither setImmediate nor AsyncLocalStorage, which a browser does not have', async () => {
    const code = `
      console.log(runtime.context === undefined)
      runtime.timer(5, () => console.log('timer'), true)
      runtime.turn(() => console.log('turn'))`
    expect(await run(code, `process.getBuiltinModule = undefined; globalThis.setImmediate = undefined`)).toBe(
      'true\nturn\ntimer',
    )
  })
})
