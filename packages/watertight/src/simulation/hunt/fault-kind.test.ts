import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  CALL_FAULTS,
  FAULT_KINDS,
  HINT_FAULTS,
  MESSAGE_FAULTS,
  PROCESS_FAULTS,
  READ_FAULTS,
  WRITE_FAULTS,
} from './fault-kind.ts'
import { ANOMALIES } from './history.ts'

const guide = readFileSync(new URL('../../../../../docs/hunting.md', import.meta.url), 'utf8')

describe('the guide to hunting', () => {
  it.each([...Object.entries(FAULT_KINDS), ...Object.entries(ANOMALIES)])('says what %s is', (name, what) => {
    expect(guide).toContain(`| \`${name}\` | ${what} |`)
  })
})

describe('the kinds of fault', () => {
  it('all happen somewhere', () => {
    const rates = [WRITE_FAULTS, READ_FAULTS, HINT_FAULTS, CALL_FAULTS, MESSAGE_FAULTS, PROCESS_FAULTS]
    const somewhere = new Set(rates.flatMap((menu) => Object.keys(menu)))
    expect([...somewhere].toSorted()).toEqual(Object.keys(FAULT_KINDS).toSorted())
  })
})
