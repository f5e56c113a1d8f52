export { VirtualRuntime, type VirtualRuntimeOptions } from './virtual-runtime.ts'
