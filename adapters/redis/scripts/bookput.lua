-- Puts a change of a document into a book of the ledger, if the document is as expected, and appends it to the
-- book's log. KEYS: log (stream), documents (hash), ends (sorted set), claims (hash); all of one slot. ARGV: time to
-- live in ms, now in ms, most documents, most entries, position to go above, mark, id, expected position, keep (1 or
-- 0), end in ms, claim, bytes. Answers the position of the change; 0 when nothing was changed, -1 when the book is full.
-- A document is "<position> <mark> <end> <claim> <bytes>".
local log, documents, ends, claims = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ttl, now, most, entries_max, above = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local mark, id, expected, keep, finish, claim, bytes =
  ARGV[6], ARGV[7], tonumber(ARGV[8]), ARGV[9], ARGV[10], ARGV[11], ARGV[12]

local function claim_of(document) return string.match(document, '^%d+ %x+ %-?%d+ (%S*) ') end
local function forget(one, document)
  local held = claim_of(document)
  if held ~= '' then redis.call('HDEL', claims, held) end
  redis.call('HDEL', documents, one)
  redis.call('ZREM', ends, one)
end

for _, one in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', ARGV[2], 'LIMIT', 0, 100)) do
  local document = redis.call('HGET', documents, one)
  if document then forget(one, document) else redis.call('ZREM', ends, one) end
end

local present = redis.call('HGET', documents, id)
local version = present and tonumber(string.match(present, '^%d+')) or 0
if version ~= expected then return 0 end
if claim ~= '' then
  local holder = redis.call('HGET', claims, claim)
  if holder and holder ~= id then return 0 end
end
if version == 0 and keep == '1' and redis.call('HLEN', documents) >= most then return -1 end

local latest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local position = latest and tonumber(string.match(latest[1], '^%d+')) or 0
if above > position then position = above end
position = string.format('%.0f', position + 1)
if present then forget(id, present) end
if keep == '1' then
  redis.call('HSET', documents, id, table.concat({position, mark, finish, claim, bytes}, ' '))
  redis.call('ZADD', ends, finish, id)
  if claim ~= '' then redis.call('HSET', claims, claim, id) end
end
redis.call('XADD', log, 'MAXLEN', entries_max, position .. '-0', 'm', mark, 'i', id, 'k', keep, 'e', finish,
           'c', claim, 'b', bytes)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ttl) end
return tonumber(position)
