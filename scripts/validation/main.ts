import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Answer, ask } from './known-answer.ts'
import { knownAnswers } from './known-answers.ts'
import { withAnswers } from './validation-table.ts'

const DOCUMENT = resolve(import.meta.dirname, '../../docs/simulation-validation.md')
const USAGE_ERROR = 2
const usage = `usage: npm run validate [-- --check | --json]
Asks the simulator what theory and publications have answered, and writes docs/simulation-validation.md.
  --check  writes nothing; fails when the document does not show exactly these answers
  --json   writes nothing; prints one document on standard output
Fails when an answer is too far off.
`

async function run(words: readonly string[]): Promise<number> {
  const [mode = '--write'] = words
  if (words.length > 1 || !['--write', '--check', '--json'].includes(mode)) {
    process.stderr.write(usage)
    return USAGE_ERROR
  }
  const answers: Answer[] = []
  for (const known of knownAnswers) {
    const answer = await ask(known)
    answers.push(answer)
    const { mean, standardError, agrees } = answer
    process.stderr.write(
      `${agrees ? 'agrees ' : 'TOO FAR'}  ${known.name}: ${known.published} published, ${mean.toPrecision(5)} ± ${standardError.toPrecision(2)} seen\n`,
    )
  }
  const apart = answers.filter(({ agrees }) => !agrees).length
  process.stderr.write(`${answers.length - apart} of ${answers.length} known answers are reproduced\n`)
  if (mode === '--json') process.stdout.write(`${JSON.stringify(answers.map(plain), undefined, 2)}\n`)
  const document = readFileSync(DOCUMENT, 'utf8')
  const wanted = withAnswers(document, answers)
  if (mode === '--write') writeFileSync(DOCUMENT, wanted)
  if (mode === '--check' && wanted !== document) {
    process.stderr.write('docs/simulation-validation.md shows other answers: run "npm run validate"\n')
    return 1
  }
  return apart === 0 ? 0 : 1
}

function plain({ known, ...answer }: Answer): object {
  const { group, name, unit, published, source, within, exact } = known
  return { group, name, unit, published, source, within, exact, ...answer }
}

process.exitCode = await run(process.argv.slice(2))
