-- The bytes under all KEYS and the time, at one moment; changes nothing.
-- Answers { now, bytes of KEYS[1], … }, the empty string for a key that is not there.
local time = redis.call('TIME')
local answer = { time[1] * 1000 + math.floor(time[2] / 1000) }
for i, key in ipairs(KEYS) do answer[i + 1] = redis.call('GET', key) or '' end
return answer
