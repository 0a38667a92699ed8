-- A look at a stamp (docs/redis-layout.md): raises its counter, or makes the stamp.
-- KEYS[1]: the stamp, packed { 1, environment, id, counter }. ARGV: our environment, an id for a new stamp (empty:
-- none is made), time to live in ms.
-- Answers { environment before or '', id, counter before, counter after, 1 if made, seconds, microseconds }. A
-- stamp of another environment is left as it is.
local time = redis.call('TIME')
local bytes = redis.call('GET', KEYS[1])
local made = 0
local environment, id, counter = '', ARGV[2], 0
if bytes then
  local ok, stamp = pcall(cmsgpack.unpack, bytes)
  if not ok or type(stamp) ~= 'table' or #stamp < 4 then
    return redis.error_reply('LKDATA a stamp that cannot be read')
  end
  environment, id, counter = stamp[2], stamp[3], stamp[4]
else
  made = 1
end
local raised = counter
if made == 1 and ARGV[2] == '' then
  made = 0
elseif made == 1 or environment == ARGV[1] then
  raised = counter + 1
  redis.call('SET', KEYS[1], cmsgpack.pack({ 1, ARGV[1], id, raised }), 'PX', ARGV[3])
end
return { environment, id, counter, raised, made, tonumber(time[1]), tonumber(time[2]) }
