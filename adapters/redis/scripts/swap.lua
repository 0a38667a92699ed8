-- Compare and set: KEYS[1] becomes ARGV[2] for ARGV[3] milliseconds if it is still ARGV[1]. The empty string
-- stands for a key that is not there.
-- Answers { 1 } when done, else { 0, now, the bytes that are there }.
local bytes = redis.call('GET', KEYS[1]) or ''
if bytes ~= ARGV[1] then
  local time = redis.call('TIME')
  return { 0, time[1] * 1000 + math.floor(time[2] / 1000), bytes }
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return { 1 }
