-- A batch's rows counted once, however often it comes. KEYS: 1 the job's status. ARGV: 1 checkpoint, 2 batch id,
-- 3 the append time up to which everything has been read, 4 its age, then pairs of a disposition and its rows.
-- A new checkpoint begins anew. Returns whether this batch counted.
if redis.call('HGET', KEYS[1], 'checkpoint') ~= ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'checkpoint', ARGV[1], 'since', redis.call('TIME')[1])
end
if tonumber(ARGV[2]) <= tonumber(redis.call('HGET', KEYS[1], 'counted_batch') or '-1') then return 0 end
redis.call('HSET', KEYS[1], 'counted_batch', ARGV[2], 'read_up_to_ms', ARGV[3], 'lag_ms', ARGV[4])
for place = 5, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[1], ARGV[place], ARGV[place + 1])
end
return 1
