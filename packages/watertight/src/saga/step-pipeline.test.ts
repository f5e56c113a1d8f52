import { describe, expect, it } from 'vitest'
import { circuitBreaker, pipeline, timeout } from '../resilience/index.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import type { StepPipeline } from './step-pipeline.ts'

describe('StepPipeline', () => {
  it('is what a resilience pipeline is', async () => {
    const via: StepPipeline = pipeline('payments', circuitBreaker({ failures: 3, openFor: '1s' }), timeout('1s'))
    const runtime = new VirtualRuntime()
    const outcome = await runtime.run(Promise.resolve(via.on(runtime).outcome(() => 'paid')))
    expect(outcome).toMatchObject({ kind: 'success', value: 'paid' })
  })
})
