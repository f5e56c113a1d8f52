import { expect, it } from 'vitest'
import { rehearse } from 'watertight/simulation'
import { shopValentine } from './valentine.ts'

it("keeps the shop contained on Valentine's Day by its own pipelines, where the unprotected shop fails", async () => {
  const { verdict, control } = await rehearse(shopValentine, { seed: 1 })
  expect(verdict.conditions.filter(({ held }) => !held)).toEqual([])
  expect(control?.verdict.conditions.filter(({ held }) => !held).map(({ name }) => name)).toEqual([
    'p99 of what succeeded',
    'browse is unchanged',
  ])
})

it('gives the same trace for the same seed', async () => {
  const [first, again] = [
    await rehearse(shopValentine, { seed: 2, control: false }),
    await rehearse(shopValentine, { seed: 2, control: false }),
  ]
  expect(again.traceHash).toBe(first.traceHash)
})
