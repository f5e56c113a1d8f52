import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, type KnownAnswer } from './known-answer.ts'
import { knownAnswers } from './known-answers.ts'
import { withAnswers } from './validation-table.ts'

const DOCUMENT = resolve(import.meta.dirname, '../../docs/simulation-validation.md')

const known = (published: number, changes: Partial<KnownAnswer> = {}): KnownAnswer => ({
  group: 'made up',
  name: 'a figure',
  unit: 's',
  published,
  source: 'nobody',
  within: 0.03,
  exact: true,
  seeds: 4,
  measure: (seed) => Promise.resolve(10 + (seed % 2 === 0 ? 0.1 : -0.1)),
  ...changes,
})

describe('an answer', () => {
  it.each([
    ['agrees when it is near enough both ways', known(10.1), true],
    ['is too far off the tolerance', known(10.1, { within: 0.001 }), false],
    ['is too many standard errors away', known(10.25), false],
    ['need not be within standard errors of a published simulation', known(10.25, { exact: false }), true],
  ])('%s', async (_what, question, agrees) => {
    expect((await ask(question)).agrees).toBe(agrees)
  })

  it('is the same for the same seeds, to the last digit', async () => {
    const quick = knownAnswers.filter(({ group }) => group === '100 writers of one row')
    for (const question of quick) expect(await ask(question, 2)).toEqual(await ask(question, 2))
  })

  it('is not far off already with few seeds', async () => {
    const far: string[] = []
    for (const question of knownAnswers.filter(({ seeds }) => seeds === 10)) {
      const { mean } = await ask(question, 1)
      if (Math.abs(mean / question.published - 1) > 0.03) far.push(question.name)
    }
    expect(far).toEqual([])
  })
})

describe('the document of known answers', () => {
  it('shows each of them, and none that was too far off', () => {
    const document = readFileSync(DOCUMENT, 'utf8')
    for (const { name } of knownAnswers) expect(document).toContain(`| ${name} |`)
    expect(document).not.toContain('too far')
  })

  it('is changed between its marks only', () => {
    const document = 'before\n<!-- known answers: written by npm run validate -->\nold\n<!-- end -->\nafter\n'
    const made = withAnswers(document, [])
    expect(made).toBe('before\n<!-- known answers: written by npm run validate -->\n<!-- end -->\nafter\n')
    expect(() => withAnswers('nothing', [])).toThrow(/must hold/)
  })
})
