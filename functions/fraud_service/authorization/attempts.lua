-- The facts of a payment attempt, found once and kept. KEYS: 1 facts of the transaction, 2 attempts of its sender
-- (sorted set of transaction ids by event time in microseconds), 3 the copy of the lists, from 4 on the actions of its
-- card, one key for each version of its token. ARGV: 1 transaction id, 2 event time, 3 now, 4 window, 5 tolerance for out-of-order (all in
-- microseconds), 6 life (s), 7 most attempts remembered, 8 fingerprint, 9 now (RFC 3339), 10 the fields of the
-- copy that are about the payment (JSON), 11 the lists that Firestore knows it to be on, or `?`, then for each card key
-- the state that Firestore holds and its life in the cache (s), or two empty strings. Returns the facts as JSON;
-- `states` and `listed` are left out while they have to be read from Firestore first.

-- What another has left under a key of ours is no fact: null where it holds another type, or no JSON object.
local function read(key)
  local held = redis.call('TYPE', key).ok == 'string' and redis.call('GET', key)
  local is_json, document = pcall(cjson.decode, held)
  if is_json and type(document) == 'table' then return document end
end

-- Count this attempt in, and forget what no other can need.
local function velocity()
  local at, now, window, tolerance = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
  redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1])
  local count = redis.call('ZCOUNT', KEYS[2], string.format('(%.0f', at - window), ARGV[2])
  -- an event time ahead of the clock outdates nothing
  local clock = math.min(now, tonumber(redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]))
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', clock - tolerance - window))
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -tonumber(ARGV[7]) - 1)
  redis.call('EXPIRE', KEYS[2], ARGV[6])
  return count, at >= clock - tolerance
end

-- Read the card's states, each from Firestore's where Redis has no copy yet; nil if one is missing.
local function card_states()
  local states = {}
  for index = 4, #KEYS do
    local state, recorded, life = read(KEYS[index]), ARGV[2 * index + 4], ARGV[2 * index + 5]
    if not state or not tonumber(state.revision) then
      if recorded == '' then return nil end
      redis.call('SET', KEYS[index], recorded, 'EX', life)
      state = cjson.decode(recorded)
    end
    -- what is kept under a transaction does not say whose card it was
    states[#states + 1] =
      {card_token = '', revision = state.revision, action = state.action, expires_at = state.expires_at}
  end
  return states
end

-- Tell which lists the payment is on, such as `BLOCK device`, with commas between; nil where there is no whole copy.
local function lists()
  if redis.call('HEXISTS', KEYS[3], 'lists:whole') == 0 then
    return ARGV[11] ~= '?' and ARGV[11] or nil
  end
  local fields, hits = cjson.decode(ARGV[10]), {}
  local entries = redis.call('HMGET', KEYS[3], unpack(fields))
  for index, entry in ipairs(entries) do
    local held = entry and cjson.decode(entry)
    if held and held.listing ~= '' and (held.ends == cjson.null or tonumber(ARGV[2]) < held.ends * 1000000) then
      hits[#hits + 1] = held.listing .. ' ' .. string.match(fields[index], '^(%a+):')
    end
  end
  return table.concat(hits, ',')
end

local facts = read(KEYS[1])
if facts and facts.states and facts.listed then return redis.call('GET', KEYS[1]) end
if not facts or not facts.fingerprint then
  local count, complete
  local kind = redis.call('TYPE', KEYS[2]).ok
  if kind == 'zset' or kind == 'none' then count, complete = velocity() else complete = false end
  facts = {looked_at = ARGV[9], fingerprint = ARGV[8], velocity_60s = count, velocity_complete = complete}
end
facts.states = facts.states or card_states()
facts.listed = facts.listed or lists()
local document = cjson.encode(facts)
redis.call('SET', KEYS[1], document, 'EX', ARGV[6])
return document
