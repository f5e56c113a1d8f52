import type { Runtime } from '../../runtime/runtime.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import { Pipeline } from '../pipeline.ts'
import { Registry } from '../registry/registry.ts'

/**
 * Which pipeline a request goes through: a registry is asked by origin (`https://api.example:8443`); a function decides by
 * itself, also by path; one pipeline takes all.
 */
export type PipelineSource<T = never> =
  | Registry<T>
  | Pipeline<T>
  | LivePipeline<T>
  | ((url: URL) => Pipeline<T> | LivePipeline<T>)

/** The live pipeline for a request to `url`. @throws what the registry or the function throws. */
export function pipelineFor<T>(source: PipelineSource<T>, url: URL, runtime: Runtime): LivePipeline<T> {
  if (source instanceof Registry) return source.get(url.origin)
  const chosen = typeof source === 'function' ? source(url) : source
  return chosen instanceof Pipeline ? chosen.on(runtime) : chosen
}
