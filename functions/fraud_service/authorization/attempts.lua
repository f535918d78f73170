-- The facts of a payment attempt, found once and kept. KEYS: 1 facts of the transaction, 2 attempts of its sender
-- (sorted set of transaction ids by event time in microseconds), 3 the copy of the lists, 4 attempts of its card, 5 of
-- its device (as 2, each id behind 40 digits that stand for the account, or the card), from 6 on the actions of its
-- card, one key for each version of its token. ARGV: 1 transaction id, 2 event time, 3 now, 4 the sender's window, 5
-- tolerance for out-of-order (all in microseconds), 6 life (s), 7 most attempts remembered, 8 fingerprint, 9 now
-- (RFC 3339), 10 the fields of the copy that are about the payment (JSON), 11 the lists that Firestore knows it to be
-- on, or `?`, 12 the window of card and device, 13 the account, 14 the card's mark, then for each card key the state
-- that Firestore holds and its life in the cache (s), or two empty strings. Returns the facts as JSON; `states` and
-- `listed` are left out while they have to be read from Firestore first.

-- What another has left under a key of ours is no fact: null where it holds another type, or no JSON object.
local function read(key)
  local held = redis.call('TYPE', key).ok == 'string' and redis.call('GET', key)
  local is_json, document = pcall(cjson.decode, held)
  if is_json and type(document) == 'table' then return document end
end

-- Take this attempt into a set, and forget what no other can need. Returns what lies in its window, and whether that is
-- all; what another has left under the key is not counted.
local function attempts(key, member, window, life)
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'zset' and kind ~= 'none' then return nil, false end
  local at, now, tolerance = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
  redis.call('ZADD', key, 'NX', ARGV[2], member)
  local found = redis.call('ZRANGEBYSCORE', key, string.format('(%.0f', at - window), ARGV[2])
  -- an event time ahead of the clock outdates nothing
  local clock = math.min(now, tonumber(redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')[2]))
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', clock - tolerance - window))
  redis.call('ZREMRANGEBYRANK', key, 0, -tonumber(ARGV[7]) - 1)
  redis.call('EXPIRE', key, life)
  return found, at >= clock - tolerance
end

-- Count the distinct values that an attempt's card or device was seen with.
local function spread(key, value)
  local found, complete = attempts(key, redis.sha1hex(value) .. ARGV[1], tonumber(ARGV[12]), 2 * ARGV[6])
  local seen, count = {}, 0
  for _, member in ipairs(found or {}) do
    local one = string.sub(member, 1, 40)
    if not seen[one] then seen[one], count = true, count + 1 end
  end
  return found and count, complete
end

-- Read the card's states, each from Firestore's where Redis has no copy yet; nil if one is missing.
local function card_states()
  local states = {}
  for index = 6, #KEYS do
    local state, recorded, life = read(KEYS[index]), ARGV[2 * index + 3], ARGV[2 * index + 4]
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
  local of_sender, all_of_sender = attempts(KEYS[2], ARGV[1], tonumber(ARGV[4]), ARGV[6])
  local accounts, all_of_card = spread(KEYS[4], ARGV[13])
  local cards, all_of_device = spread(KEYS[5], ARGV[14])
  facts = {
    looked_at = ARGV[9], fingerprint = ARGV[8], velocity_60s = of_sender and #of_sender or nil,
    card_accounts_1h = accounts or nil, device_cards_1h = cards or nil,
    velocity_complete = all_of_sender and all_of_card and all_of_device
  }
end
facts.states = facts.states or card_states()
facts.listed = facts.listed or lists()
local document = cjson.encode(facts)
redis.call('SET', KEYS[1], document, 'EX', ARGV[6])
return document
