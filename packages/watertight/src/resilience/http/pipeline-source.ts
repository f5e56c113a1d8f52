import { invalidOption } from '../../runtime/option.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { LivePipeline } from '../live-pipeline.ts'
import { Pipeline } from '../pipeline.ts'
import { Registry } from '../registry/registry.ts'

const KINDS = [Registry, Pipeline, LivePipeline]

/**
 * Which pipeline a request goes through: a registry is asked by origin (`https://api.example:8443`); a function decides by
 * itself, also by path; one pipeline takes all.
 */
export type PipelineSource<T = never> =
  | Registry<T>
  | Pipeline<T>
  | LivePipeline<T>
  | ((url: URL) => Pipeline<T> | LivePipeline<T>)

/** @throws WatertightError `INVALID_OPTION` when requests have nothing to go through. */
export function requireSource<T>(source: PipelineSource<T>): PipelineSource<T> {
  if (typeof source === 'function' || KINDS.some((kind) => source instanceof kind)) return source
  throw invalidOption('source', source, 'a registry, a pipeline, or a function that finds one')
}

/** The live pipeline for a request to `url`. @throws what the registry or the function throws. */
export function pipelineFor<T>(source: PipelineSource<T>, url: URL, runtime: Runtime): LivePipeline<T> {
  if (source instanceof Registry) return source.get(url.origin)
  const chosen = typeof source === 'function' ? source(url) : source
  return chosen instanceof Pipeline ? chosen.on(runtime) : chosen
}
