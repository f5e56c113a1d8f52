import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { htmlReport } from './html-report.ts'
import { plantedRun } from './planted-run.fixture.ts'
import { requireWritable, writeWhole } from './written-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'report-'))
const nobody = { interactive: false, ask: async () => true }
const silent = { yes: false, input: true }
const notes = join(folder, 'notes.html')
writeFileSync(notes, 'my notes')

describe('a report that is written', () => {
  it('is there whole, and leaves nothing beside it', () => {
    const file = join(folder, 'new/folder/out.html')
    writeWhole(file, 'page')
    expect(readFileSync(file, 'utf8')).toBe('page')
    expect(readdirSync(join(folder, 'new/folder'))).toEqual(['out.html'])
  })

  it('replaces an older report without a question', async () => {
    const file = join(folder, 'old.html')
    writeWhole(file, htmlReport({ runs: [plantedRun('control')], findings: [] }))
    await expect(requireWritable(file, silent, nobody)).resolves.toBeUndefined()
  })

  it('does not overwrite anything else, unless it was said so', async () => {
    await expect(requireWritable(notes, silent, nobody)).rejects.toThrow('--yes overwrites it')
    await expect(requireWritable(notes, { yes: true, input: true }, nobody)).resolves.toBeUndefined()
    await expect(requireWritable(folder, { yes: true, input: true }, nobody)).rejects.toThrow('is a folder')
    expect(existsSync(notes)).toBe(true)
  })

  it('is refused before anything runs where it cannot be written', async () => {
    await expect(requireWritable(join(notes, 'out.html'), silent, nobody)).rejects.toThrow('out.html cannot be written')
    await expect(requireWritable('/proc/watertight/out.html', silent, nobody)).rejects.toThrow('cannot be written')
    await expect(requireWritable(join(folder, 'made/out.html'), silent, nobody)).resolves.toBeUndefined()
    expect(existsSync(join(folder, 'made'))).toBe(true)
  })

  it('asks whoever is there, and nobody with --no-input', async () => {
    const asked: string[] = []
    const person = (answer: boolean) => ({
      interactive: true,
      async ask(question: string) {
        asked.push(question)
        return answer
      },
    })
    await expect(requireWritable(notes, silent, person(true))).resolves.toBeUndefined()
    await expect(requireWritable(notes, silent, person(false))).rejects.toThrow('--yes')
    await expect(requireWritable(notes, { yes: false, input: false }, person(true))).rejects.toThrow('--yes')
    expect(asked).toHaveLength(2)
  })
})
