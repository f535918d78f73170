-- One alert, counted once. KEYS: 1 live alert, 2 alerts of the hour (sorted set of transaction ids by event time),
-- 3 their number, 4 accounts with a live alert, 5 expiry of each of those, 6 stream for the page, 7 the mark up to which
-- the card's payments were erased, if they were.
-- ARGV: 1 account, 2 transaction id, 3 event time (ms), 4 live alert (JSON), 5 alert (JSON), 6 alert life (s),
-- 7 count life (s), 8 stream length, 9 Kafka partition, 10 offset there. Returns the alerts of the hour, and whether this
-- one is new: 1, 0 where it is not, -1 where another has left something else under one of our keys. What cannot be
-- written beside that is left out.

-- Tell whether a key is free, or holds what we keep there.
local function is_ours(key, kind)
  local held = redis.call('TYPE', key).ok
  return held == 'none' or held == kind
end

-- Return up to which offset the card's payments were erased; what is no mark covers none.
local function erased_up_to()
  local held = is_ours(KEYS[7], 'string') and redis.call('GET', KEYS[7])
  local is_json, mark = pcall(cjson.decode, held)
  local ends = held and is_json and type(mark) == 'table' and mark.ends
  return type(ends) == 'table' and tonumber(ends[ARGV[9]]) or 0
end

if not is_ours(KEYS[2], 'zset') then return {0, -1} end
if ARGV[10] ~= '' and tonumber(ARGV[10]) < erased_up_to() then
  return {redis.call('ZCARD', KEYS[2]), 0}
end
local event_time, count_life = tonumber(ARGV[3]), tonumber(ARGV[7])
local newest = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
local is_newest = newest == nil or newest == false or event_time >= tonumber(newest)
local hour_ago = (is_newest and event_time or tonumber(newest)) - count_life * 1000
if event_time <= hour_ago or redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[2]) == 0 then
  return {redis.call('ZCARD', KEYS[2]), 0}
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', hour_ago)
local count = redis.call('ZCARD', KEYS[2])
redis.call('EXPIRE', KEYS[2], count_life)
redis.call('SET', KEYS[3], count, 'EX', count_life)
if is_newest then
  redis.call('SET', KEYS[1], ARGV[4], 'EX', ARGV[6])
end
local now = tonumber(redis.call('TIME')[1])
local has_set, has_expiry = is_ours(KEYS[4], 'set'), is_ours(KEYS[5], 'zset')
local has_stream = is_ours(KEYS[6], 'stream')
if has_set then redis.call('SADD', KEYS[4], ARGV[1]) end
if has_expiry then redis.call('ZADD', KEYS[5], now + tonumber(ARGV[6]), ARGV[1]) end
if has_stream then
  redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[8], '*', 'alert', ARGV[5], 'count', count)
end
return {count, has_set and has_expiry and has_stream and 1 or -1}
