export {
  type OpenSearchReadModel,
  openSearchReadModel,
  type OpenSearchReadModelOptions,
} from './open-search-read-model.ts'
