import { Script } from '../link/script.ts'

/**
 * What all scripts of one cache keep, in one slot of a cluster:
 * - the clock: `birth:invalidations`. A clock that was lost is born anew, and nothing of its former life is put there any more;
 * - an entry: a hash of its text `v`, when it was put there `p`, when its load began `b`, and the version of each of its tags `t`;
 * - the version of a tag: `birth:invalidations:unique`, of its last invalidation. An entry whose tag has another one, or none,
 *   is gone: so a tag that Redis had to evict forgets entries, and never brings them back;
 * - the mark of a key: the clock at its last invalidation, for as long as a load may take;
 * - the lock of a key: the token of the load under way.
 */
const SHARED = `
local function now_us()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local function parts(text)
  local birth, count = string.match(text or '', '^(%d+):(%d+)')
  return birth, tonumber(count)
end
-- From the clock's key, which ends in c: whatever the client has put before it stands before the tags too.
local function tag_key(tag) return string.sub(KEYS[1], 1, -2) .. 't:' .. tag end
local function whole(number) return string.format('%.0f', number) end
local function read_clock(key, keep)
  local now = now_us()
  local clock = redis.call('GET', key)
  if not clock then
    clock = whole(now) .. ':0'
    redis.call('SET', key, clock, 'PX', keep)
  end
  return clock, now
end
`

/**
 * Looks for an entry; where there is none, takes the lock of the key if it is free or already held with this token.
 *
 * KEYS: clock, entry, lock. ARGV: token, lock ms, clock ms.
 * Answer: `[clock, now in us, text or null, age in ms, 1 if this token has the lock]`.
 */
export const lookScript: Script = new Script(`${SHARED}
local clock, now = read_clock(KEYS[1], ARGV[3])
local kept = redis.call('HMGET', KEYS[2], 'v', 'p', 't')
local text = kept[1]
if text then
  for tag, version in pairs(cjson.decode(kept[3])) do
    if redis.call('GET', tag_key(tag)) ~= version then text = false end
  end
  if text then return {clock, whole(now), text, math.max(0, math.floor((now - tonumber(kept[2])) / 1000)), 0} end
  redis.call('DEL', KEYS[2])
end
local holder = redis.call('GET', KEYS[3])
if not holder then
  redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  holder = ARGV[1]
end
return {clock, whole(now), false, 0, holder == ARGV[1] and 1 or 0}
`)

/**
 * Puts an entry there, unless its key or one of its tags was invalidated after its load began, the load took too long to
 * know, or an entry is there whose load began later. Gives the lock back.
 *
 * KEYS: clock, entry, lock, mark. ARGV: clock and us of the stamp, token, text, ms to keep, longest load in ms, tags as a
 * JSON list. Answer: 1, or 0 when it was refused.
 */
export const putScript: Script = new Script(`${SHARED}
if redis.call('GET', KEYS[3]) == ARGV[3] then redis.call('DEL', KEYS[3]) end
local now = now_us()
local birth, count = parts(ARGV[1])
local begun, keep, longest = tonumber(ARGV[2]), tonumber(ARGV[5]), tonumber(ARGV[6])
if parts(redis.call('GET', KEYS[1])) ~= birth then return 0 end
if now - begun > longest * 1000 then return 0 end
local function since(text)
  local born, number = parts(text)
  return born == birth and number > count
end
if since(redis.call('GET', KEYS[4])) then return 0 end
local later = tonumber(redis.call('HGET', KEYS[2], 'b') or 0)
if later > begun and later <= now then return 0 end
local versions, any = {}, false
for _, tag in ipairs(cjson.decode(ARGV[7])) do
  local key = tag_key(tag)
  local version = redis.call('GET', key)
  if since(version) then return 0 end
  versions[tag] = version or (birth .. ':0:' .. whole(now))
  any = true
end
for tag, version in pairs(versions) do
  local key = tag_key(tag)
  local left = redis.call('PTTL', key)
  redis.call('SET', key, version, 'PX', whole(math.max(left, keep, 2 * longest)))
end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], 'v', ARGV[4], 'p', whole(now), 'b', whole(begun), 't', any and cjson.encode(versions) or '{}')
redis.call('PEXPIRE', KEYS[2], keep)
return 1
`)

/**
 * Forgets the entry of a key, and lets no load put one back that began before. Whoever waits for such a load may load itself.
 *
 * KEYS: clock, entry, lock, mark. ARGV: clock ms, mark ms. Answer: number of entries.
 */
export const forgetKeyScript: Script = new Script(`${SHARED}
local birth, count = parts((read_clock(KEYS[1], ARGV[1])))
local clock = birth .. ':' .. whole(count + 1)
redis.call('SET', KEYS[1], clock, 'PX', ARGV[1])
redis.call('SET', KEYS[4], clock, 'PX', ARGV[2])
redis.call('DEL', KEYS[3])
return redis.call('DEL', KEYS[2])
`)

/**
 * Forgets all entries of a tag, however many there are, in one step.
 *
 * KEYS: clock, tag. ARGV: clock ms, mark ms.
 */
export const forgetTagScript: Script = new Script(`${SHARED}
local clock, now = read_clock(KEYS[1], ARGV[1])
local birth, count = parts(clock)
clock = birth .. ':' .. whole(count + 1)
redis.call('SET', KEYS[1], clock, 'PX', ARGV[1])
local left = math.max(redis.call('PTTL', KEYS[2]), tonumber(ARGV[2]))
redis.call('SET', KEYS[2], clock .. ':' .. whole(now), 'PX', whole(left))
return 0
`)

/** Gives a lock back. KEYS: lock. ARGV: token. */
export const unlockScript: Script = new Script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`)
