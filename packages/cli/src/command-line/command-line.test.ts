import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runRecorded } from './recording-terminal.fixture.ts'

const DAY = resolve(import.meta.dirname, '../small-day.fixture.ts')
const folder = mkdtempSync(join(tmpdir(), 'command-line-'))

describe('watertight rehearse', () => {
  it('says the verdict first, and ends with 0 when the run was contained', async () => {
    const { code, out } = await runRecorded('rehearse', DAY, '--seed', '7')
    expect(out).toMatch(/^CONTAINED {2}small day \(protected, seed 7\): its one condition held\./)
    expect(code).toBe(0)
  })

  it.each(['--unprotected', '--control'])('%s runs the control: it ends with 1, and says why', async (flag) => {
    const { code, out } = await runRecorded('rehearse', DAY, flag)
    expect(out).toContain('NOT CONTAINED  small day (control, seed 1)')
    expect(out).toContain('letters that are not sent are lost')
    expect(code).toBe(1)
  })

  it('of several seeds says how many were contained, and shows one that was not', async () => {
    const { code, out } = await runRecorded('rehearse', DAY, '--seeds', '1..3', '--set', 'pool=2')
    expect(out).toMatch(/^NOT CONTAINED {2}small day \(protected with pool=2, seed \d\)/)
    expect(out).toMatch(/seeds +[012] of 3 contained; not/)
    expect(code).toBe(1)
  })

  it('writes a report that a browser can open', async () => {
    const report = join(folder, 'out.html')
    const { err } = await runRecorded('rehearse', DAY, '--report', report)
    expect(err).toContain(report)
    expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>[\s\S]*small day \(protected\) stayed contained/)
  })

  it('refuses to overwrite what is no report, before it runs anything', async () => {
    const notes = join(folder, 'notes.html')
    writeFileSync(notes, 'my notes')
    const { code, out, err } = await runRecorded('rehearse', DAY, '--report', notes)
    expect(err).toContain('--yes overwrites it')
    expect([code, out, readFileSync(notes, 'utf8')]).toEqual([2, '', 'my notes'])
  })

  it('compares two configurations, a file among them, and goes by the second', async () => {
    const tight = join(folder, 'tight.json')
    writeFileSync(tight, '{ "pool": 1 }')
    const report = join(folder, 'compared.html')
    const { code, out } = await runRecorded(
      'rehearse',
      DAY,
      '--compare',
      'protected',
      tight,
      '--seeds',
      '1..2',
      '--report',
      report,
    )
    expect(out).toMatch(/^CONTAINED .*\nNOT CONTAINED {2}small day \(tight.json, seed 1\)/)
    expect(out).toMatch(/letter: success +0\.9\d+ +0\.\d+ .*better: protected/)
    expect(readFileSync(report, 'utf8')).toContain('<h2 id="comparison">protected against tight.json</h2>')
    expect(code).toBe(1)
  })

  it('sweeps an option, and lays two over each other', async () => {
    const { out } = await runRecorded(
      'rehearse',
      DAY,
      '--sweep',
      'pool=1..10',
      '--grid',
      'pool=1,10',
      'attempts=1,2',
      '--points',
      '2',
      '--seeds',
      '1',
    )
    expect(out).toMatch(/pool +goodput +p99 +contained/)
    expect(out).toMatch(/attempts \\ pool +1 +10/)
  })
})

describe('watertight tune', () => {
  it('finds better options, and saves them for a comparison', async () => {
    const saved = join(folder, 'better.json')
    const { code, out } = await runRecorded(
      'tune',
      DAY,
      '--unprotected',
      '--vary',
      'pool=1..12',
      '--runs',
      '16',
      '--seeds',
      '3',
      '--save',
      saved,
    )
    expect(out).toMatch(/^BETTER {2}small day: one option changed/)
    expect(JSON.parse(readFileSync(saved, 'utf8'))).toEqual({ attempts: 4, pool: expect.any(Number) })
    expect(code).toBe(0)
  })

  it('ends with 1 when nothing is better, and saves nothing', async () => {
    const saved = join(folder, 'worse.json')
    const { code, out } = await runRecorded(
      'tune',
      DAY,
      '--vary',
      'pool=1..2',
      '--runs',
      '4',
      '--seeds',
      '2',
      '--save',
      saved,
    )
    expect(out).toMatch(/^NOTHING BETTER/)
    expect(() => readFileSync(saved)).toThrow('ENOENT')
    expect(code).toBe(1)
  })
})

describe('wrong usage', () => {
  it.each([
    [['rehears', 'x.ts'], /unknown command 'rehears'\n\(Did you mean rehearse\?\)/],
    [['rehearse', DAY, '--sed', '7'], /unknown option '--sed'\n\(Did you mean (?:one of )?--se/],
    [['rehearse'], /missing required argument 'file'\n\(watertight rehearse --help says more\)/],
    [['rehearse', DAY, '--seed', '1', '--seeds', '1..2'], /--seed or --seeds, not both/],
    [['rehearse', DAY, '--seeds', '5..1'], /ends before it begins/],
    [['rehearse', DAY, '--compare', 'protected'], /--compare takes two configurations, and here are 1/],
    [['rehearse', DAY, '--compare', 'protected', 'control', '--set', 'pool=1'], /leave out --set/],
    [['rehearse', DAY, '--compare', 'protected', 'nowhere.json'], /there is no file nowhere.json/],
    [['rehearse', DAY, '--grid', 'pool=1..2'], /--grid takes two/],
    [['rehearse', DAY, '--points', '0', '--sweep'], /write a positive whole number/],
    [['rehearse', DAY, '--set', 'poool=1'], /no poool; .* attempts, pool/],
    [['rehearse', DAY, '--set', 'pool=1..4'], /--set takes one value/],
    [
      ['rehearse', DAY, '--scenario', 'smal day'],
      /has no scenario smal day; it has small day; did you mean small day\?/,
    ],
    [['tune', DAY], /'--vary <path=values>' not specified/],
    [['completion', 'csh'], /Allowed choices are bash, zsh, fish/],
  ] as const)('%s is told in a line, and ends with 2', async (args, line) => {
    const { code, out, err } = await runRecorded(...args)
    expect(err).toMatch(line)
    expect([code, out]).toEqual([2, ''])
  })
})

describe('help', () => {
  it.each(['rehearse', 'tune', 'doctor', 'completion'])('of %s has examples', async (command) => {
    const { code, out } = await runRecorded(command, '--help')
    expect(out).toContain(`$ watertight ${command}`.replace('$ watertight completion', 'watertight completion'))
    expect(code).toBe(0)
  })

  it('is there without a command too, where it is wrong usage', async () => {
    expect(await runRecorded()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage: watertight') })
    expect((await runRecorded('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
