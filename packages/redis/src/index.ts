export { type OwnRedisClient, redisClient, type RedisClientOptions } from './link/connect.ts'
export type { RedisClient, ScriptInput } from './link/redis-client.ts'
export { RedisLink, redisLink, type RedisLinkOptions } from './link/redis-link.ts'
export { sharedRateLimit, type SharedRateLimitState } from './rate-limit/shared-rate-limit.ts'
export type { SharedRateLimitOptions } from './rate-limit/limit-settings.ts'
export {
  shareBreaker,
  SharedBreaker,
  type SharedBreakerOptions,
  type SharedBreakerState,
} from './circuit-breaker/share-breaker.ts'
export type { Vote } from './circuit-breaker/breaker-vote.ts'
export { type CacheCodec, jsonCodec } from './cache/cache-codec.ts'
export { redisCacheStore, type RedisCacheStoreOptions } from './cache/redis-cache-store.ts'
export { redisReadModel, type RedisReadModelOptions } from './read-model/redis-read-model.ts'
