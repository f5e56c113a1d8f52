import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WordIndex, wordsOf } from './word-index.ts'

const texts = fc.array(fc.array(fc.constantFrom('red', 'blue', 'bowl', 'cup', 'set', 'of', '3'), { maxLength: 4 }), {
  maxLength: 40,
})

describe('WordIndex', () => {
  it('finds what holds every word, whatever the case and the order', () => {
    const index = new WordIndex()
    index.add('PINK POLKADOT BOWL')
    index.add('PINK POLKADOT CUP')
    expect(index.find('bowl Pink', 20)).toEqual([0])
  })

  it('finds nothing for a query without a word', () => {
    const index = new WordIndex()
    index.add('BOWL')
    expect(index.find(' , ', 20)).toEqual([])
  })

  it('finds only whole words', () => {
    const index = new WordIndex()
    index.add('BOWLING')
    expect(index.find('bowl', 20)).toEqual([])
  })

  it('agrees with looking at every text, up to the limit', () => {
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.constantFrom('red', 'bowl', 'cup', '3'), { minLength: 1, maxLength: 3 }),
        (all, words) => {
          const index = new WordIndex()
          for (const text of all) index.add(text.join(' '))
          const matching = all.flatMap((text, i) => (words.every((word) => text.includes(word as never)) ? [i] : []))
          expect(index.find(words.join(' '), 5)).toEqual(matching.slice(0, 5))
        },
      ),
    )
  })

  it('knows letters of every script and digits as words', () => {
    expect(wordsOf("CAFÉ-TISCH 3'ER, Größe")).toEqual(['café', 'tisch', '3', 'er', 'größe'])
  })
})
