-- What all scripts on records begin with.
--
-- They are the rules of engine/signal in Lua: what shard.cc, limit.cc and series.cc do. The contract suite and
-- shard_agreement_test hold both against each other; change them together. The bounds (SERIES_MAX, …) are set by
-- scripts.cc from the engine's constants, in front of this text.

local unpack, call = struct.unpack, redis.call
local DEVICE, RECOVERED, FAMILIAR, CHALLENGED, STRANGER = 0, 1, 2, 3, 4
local DISTINCT, EVER = 2147483648, 1073741824  -- Bits of a series' id.

-- What a script is asked is packed by request_codec.cc, big-endian: numbers of fixed widths cost Lua a fifth of what
-- tables cost. The first number of each request is the time that it is for, or all ones: this server's own. `keep` is text, as SET
-- wants it, behind its length. Counters come as the bytes of their windows and limits, these, and the counters themselves:
--   counter  id (signature and place), weight in three bytes and one of bits (1: is charged, 2: its place is the slot's), `enough`,
--            horizon, member behind its length (none where charges are counted, not members)
--   windows and limits of a counter: members_max, their two numbers, and then these:
--   limit    above, window, consequence, hold, first, max, quiet, factor
-- While all that a series holds and the weight together are at most `enough`, no limit of the counter refuses, an entry can
-- hold it, and no member has to go: it is the lowest of these.
local COUNTER = '>I4I4I3I6Bc0'
local LIMIT, LIMIT_BYTES, WINDOW_BYTES = '>I6I6BI6I6I6I6d', 45, 6
local request = ARGV[1]

-- The head of a record's bytes (flat_record_codec.h): version, epoch, bytes of slots, series, reservations, wrong tags
-- and spent ids.
local HEADER, HEADER_BYTES = '>BI6I2I3I2I2I2', 18
local EMPTY = '\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
local NETWORK = '\2\0\0\0\0\0\0\0\0'  -- What the record of a network begins with: it has series only.
local ROOMY, SMALLEST = SERIES_MAX * 15, 15  -- Bytes of series that are not more than SERIES_MAX, and of the smallest one.

-- Milliseconds of Unix time.
local now = unpack('>I6', request)
if now == 281474976710655 then
  local time = call('TIME')
  local micros = time[2] + 0
  now = time[1] * 1000 + (micros - micros % 1000) / 1000
end
