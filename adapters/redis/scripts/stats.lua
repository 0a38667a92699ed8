-- A board on which each node keeps one line, in place of the one before; a line that is not renewed ends.
-- KEYS[1]: a hash of "<ms>:<text>" by node. ARGV: node, text, how long a line lives in ms, most lines to answer.
-- Answers { node, text, … } of all other nodes that live.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local live = tonumber(ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f:', now) .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local lines = redis.call('HGETALL', KEYS[1])
local others = {}
for i = 1, #lines, 2 do
  local colon = string.find(lines[i + 1], ':', 1, true)
  local written = colon and tonumber(string.sub(lines[i + 1], 1, colon - 1))
  if not written or written + live < now then
    redis.call('HDEL', KEYS[1], lines[i])
  elseif lines[i] ~= ARGV[1] and #others < 2 * tonumber(ARGV[4]) then
    others[#others + 1] = lines[i]
    others[#others + 1] = string.sub(lines[i + 1], colon + 1)
  end
end
return others
