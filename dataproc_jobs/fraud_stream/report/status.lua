-- A batch's rows counted once, however often it comes. KEYS: 1 the job's status, 2 the beginning of the names of what
-- came in five minutes each. ARGV: 1 checkpoint, 2 batch id, 3 the append time up to which everything has been read,
-- 4 its age, 5 how many of the pairs that follow are totals; then pairs of a name and a number.
-- A new checkpoint begins anew. Returns whether this batch counted.
local now = tonumber(redis.call('TIME')[1])
if redis.call('HGET', KEYS[1], 'checkpoint') ~= ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'checkpoint', ARGV[1], 'since', now)
end
if tonumber(ARGV[2]) <= tonumber(redis.call('HGET', KEYS[1], 'counted_batch') or '-1') then return 0 end
redis.call('HSET', KEYS[1], 'counted_batch', ARGV[2], 'read_up_to_ms', ARGV[3], 'lag_ms', ARGV[4])
local recent = KEYS[2] .. math.floor(now / 300)
for place = 6, #ARGV, 2 do
  if place < 6 + 2 * tonumber(ARGV[5]) then
    redis.call('HINCRBY', KEYS[1], ARGV[place], ARGV[place + 1])
  end
  redis.call('HINCRBY', recent, ARGV[place], ARGV[place + 1])
end
redis.call('EXPIRE', recent, 7200)
return 1
