-- Reads a book's log. KEYS: log. ARGV: first position, most entries. Answers the number of entries that are kept, the
-- first of them, the latest, and those from the position on.
local log = KEYS[1]
return {
  redis.call('XLEN', log),
  redis.call('XRANGE', log, '-', '+', 'COUNT', 1),
  redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1),
  redis.call('XRANGE', log, ARGV[1], '+', 'COUNT', ARGV[2]),
}
