import { Script } from '../link/script.ts'

/**
 * A sliding window, by the server's clock, counted in slices: takes `cost` if the window, with all of the slice that it is just
 * leaving, holds no more than `limit` then. So there are never more than `limit` in any window; up to a slice's time longer
 * than the window may pass before a place is free again.
 *
 * Keeps a hash of at most `slices` + 1 counts for a key. Counts of slices that have not come yet mean that the clock was put
 * back: they count for the present one.
 *
 * KEYS: the limit. ARGV: limit, microseconds of a slice, slices, cost. Answer: `[1, 0, now]` or
 * `[0, retry after]`, in microseconds.
 */
export const slidingWindowScript: Script = new Script(`
local limit, width = tonumber(ARGV[1]), tonumber(ARGV[2])
local slices, cost = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local current = math.floor(now / width)
local all = redis.call('HGETALL', KEYS[1])
local counts, gone, total, moved = {}, {}, 0, 0
for at = 1, #all, 2 do
  local slice, count = tonumber(all[at]), tonumber(all[at + 1])
  if slice < current - slices then
    gone[#gone + 1] = all[at]
  else
    if slice > current then
      gone[#gone + 1] = all[at]
      moved = moved + count
      slice = current
    end
    counts[slice] = (counts[slice] or 0) + count
    total = total + count
  end
end
local present = string.format('%.0f', current)
if #gone > 0 then redis.call('HDEL', KEYS[1], unpack(gone)) end
local keep = math.ceil((slices + 1) * width / 1000)
if moved > 0 then
  redis.call('HINCRBY', KEYS[1], present, moved)
  redis.call('PEXPIRE', KEYS[1], keep)
end
local excess = total + cost - limit
if excess <= 0 then
  if cost > 0 then
    redis.call('HINCRBY', KEYS[1], present, cost)
    redis.call('PEXPIRE', KEYS[1], keep)
  end
  return {1, 0, now}
end
for slice = current - slices, current do
  excess = excess - (counts[slice] or 0)
  if excess <= 0 then return {0, (slice + slices + 1) * width - now} end
end
return {0, (slices + 1) * width}
`)
