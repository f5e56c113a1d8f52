import { Script } from '../link/script.ts'

/**
 * Casts the vote of one process and counts those that are younger than `ttl`, by the server's clock. Votes: `open`, `closed`, or
 * `none` to take one's vote back.
 *
 * Keeps a hash of `vote:us` by process, no longer than the last vote counts.
 *
 * KEYS: the breaker. ARGV: process, vote, ttl in ms. Answer: `[open, closed]`.
 */
export const voteScript: Script = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local ttl = tonumber(ARGV[3])
if ARGV[2] == 'none' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], ttl)
end
local votes = redis.call('HGETALL', KEYS[1])
local open, closed = 0, 0
for at = 1, #votes, 2 do
  local vote, cast = string.match(votes[at + 1], '^(%a+):(%d+)$')
  local age = now - tonumber(cast)
  if age < 0 or age > ttl * 1000 then
    redis.call('HDEL', KEYS[1], votes[at])
  elseif vote == 'open' then
    open = open + 1
  else
    closed = closed + 1
  end
end
return {open, closed}
`)
