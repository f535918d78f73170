-- One alert, counted once. KEYS: 1 live alert, 2 alerts of the hour (sorted set of transaction ids by event time),
-- 3 their number, 4 accounts with a live alert, 5 expiry of each of those, 6 stream for the page, 7 the mark up to which
-- the card's payments were erased, if they were.
-- ARGV: 1 account, 2 transaction id, 3 event time (ms), 4 live alert (JSON), 5 alert (JSON), 6 alert life (s),
-- 7 count life (s), 8 stream length, 9 Kafka partition, 10 offset there. Returns the alerts of the hour, and whether this
-- one is new.
local mark = redis.call('GET', KEYS[7])
if mark and ARGV[10] ~= '' and tonumber(ARGV[10]) < (cjson.decode(mark).ends[ARGV[9]] or 0) then
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
redis.call('SADD', KEYS[4], ARGV[1])
redis.call('ZADD', KEYS[5], now + tonumber(ARGV[6]), ARGV[1])
redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[8], '*', 'alert', ARGV[5], 'count', count)
return {count, 1}
