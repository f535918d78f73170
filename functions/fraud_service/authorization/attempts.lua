-- The facts of a payment attempt, found once and kept. KEYS: 1 facts of the transaction, 2 attempts of its sender
-- (sorted set of transaction ids by event time in microseconds), from 3 on the actions of its card, one key for each
-- version of its token. ARGV: 1 transaction id, 2 event time, 3 now, 4 window, 5 tolerance for out-of-order (all in
-- microseconds), 6 life (s), 7 most attempts remembered, 8 fingerprint, 9 now (RFC 3339), then for each card key the
-- state that Firestore holds and its life in the cache (s), or two empty strings. Returns the facts as JSON; `states`
-- is left out while some state has to be read from Firestore first.

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
  for index = 3, #KEYS do
    local copy, recorded, life = redis.call('GET', KEYS[index]), ARGV[2 * index + 4], ARGV[2 * index + 5]
    if not copy then
      if recorded == '' then return nil end
      redis.call('SET', KEYS[index], recorded, 'EX', life)
      copy = recorded
    end
    local state = cjson.decode(copy)
    -- what is kept under a transaction does not say whose card it was
    states[#states + 1] =
      {card_token = '', revision = state.revision, action = state.action, expires_at = state.expires_at}
  end
  return states
end

local kept = redis.call('GET', KEYS[1])
local facts = kept and cjson.decode(kept)
if facts and facts.states then return kept end
if not facts then
  local count, complete = velocity()
  facts = {looked_at = ARGV[9], fingerprint = ARGV[8], velocity_60s = count, velocity_complete = complete}
end
facts.states = card_states()
local document = cjson.encode(facts)
redis.call('SET', KEYS[1], document, 'EX', ARGV[6])
return document
