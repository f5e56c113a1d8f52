import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './command-line.ts'
import { INCIDENT_OPTIONS, type IncidentOptions, incidentOptions } from './options.ts'

const optionsOf = (...args: readonly string[]): IncidentOptions =>
  incidentOptions(parseCommandLine(args, INCIDENT_OPTIONS, []))

describe('the options of an incident', () => {
  it('are 40 to 600 requests a second for 36 seconds without any', () => {
    expect(optionsOf()).toEqual({ rate: 40, spike: 600, seconds: 36, seed: 1, keep: false })
  })

  it('can all be given', () => {
    expect(
      optionsOf(
        '--orders',
        'f',
        '--rate=1',
        '--spike=2',
        '--seconds=3',
        '--seed=0',
        '--port=9000',
        '--data',
        'd',
        '--keep',
      ),
    ).toEqual({ orders: 'f', rate: 1, spike: 2, seconds: 3, seed: 0, port: 9000, data: 'd', keep: true })
  })

  it('leave room for a port per process', () => {
    expect(() => optionsOf('--port', '65530')).toThrow(/--port must be a whole number from 1024 to/)
  })
})
