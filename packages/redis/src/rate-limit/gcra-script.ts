import { Script } from '../link/script.ts'

/**
 * The generic cell rate algorithm, by the server's clock: takes `cost` if less than `burst` would be unpaid then; or, with
 * `wait`, if that is so in `wait` microseconds at the latest, which reserves the place until then.
 *
 * Keeps one text for a key: the instant when everything taken is paid for, in whole microseconds and a rest in parts of
 * 1/`limit` of one. So a rate that is no whole number of microseconds per call loses and gains nothing by rounding.
 * An instant that lies further ahead than the algorithm can get means that the clock was put back, another server with another
 * clock took over or the limit was narrowed: it is put back to a full burst, also by a call that is refused.
 *
 * KEYS: the limit. ARGV: limit, microseconds, burst, cost, wait. Answer: `[1, wait, now]` or
 * `[0, retry after]`, in microseconds.
 *
 * After ITU-T recommendation I.371, virtual scheduling.
 */
export const gcraScript: Script = new Script(`
local limit, period, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local cost, wait = tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local paid, rest = now, 0
local kept = redis.call('GET', KEYS[1])
if kept then
  local whole, part = string.match(kept, '^(%d+):(%d+)$')
  whole, part = tonumber(whole), tonumber(part)
  local most = now + math.ceil(burst * period / limit) + wait
  if whole > most then
    whole, part = most, 0
    redis.call('SET', KEYS[1], string.format('%.0f:0', most), 'PX', math.ceil((most - now) / 1000) + 1)
  end
  if part >= limit then whole, part = whole + 1, 0 end
  if whole >= now then paid, rest = whole, part end
end
local due = rest + cost * period
local left = due % limit
paid = paid + (due - left) / limit
local over = (paid - now) * limit + left - burst * period
local ready = 0
if over > 0 then ready = math.ceil(over / limit) end
if ready > wait then return {0, ready} end
if cost > 0 then
  redis.call('SET', KEYS[1], string.format('%.0f:%.0f', paid, left), 'PX', math.ceil((paid - now) / 1000) + 1)
end
return {1, ready, now}
`)
