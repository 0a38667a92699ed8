-- Appends revocations to the list of KEYS[1], newest first, and drops a few of the oldest whose tokens have all
-- expired. ARGV: time to live in ms, then the revocations, packed; the last value of each is until when it is
-- needed, in ms. Answers how many there are now.
local time = redis.call('TIME')
local now = time[1] * 1000
local length = 0
for i = 2, #ARGV do length = redis.call('LPUSH', KEYS[1], ARGV[i]) end
for _ = 1, 8 do
  local oldest = redis.call('LINDEX', KEYS[1], -1)
  if not oldest then break end
  local ok, revocation = pcall(cmsgpack.unpack, oldest)
  if ok and type(revocation) == 'table' and (revocation[#revocation] or 0) > now then break end
  redis.call('LTRIM', KEYS[1], 0, -2)
  length = length - 1
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return length
