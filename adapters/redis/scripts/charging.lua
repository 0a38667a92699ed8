-- What charge.lua and networkcharge.lua do to counters, as engine/signal/shard.cc does.

local function each_counter(pos, counters, slot, visit)
  local bytes, at = unpack('>I2', request, pos)  -- Of its windows and limits.
  pos = at + bytes
  for _ = 1, counters do
    local id, how, _, horizon, member, after = unpack(COUNTER, request, pos)
    local members_max, windows, limits, first = unpack('>I2BB', request, at)
    local flags = how % 256
    local weight = (how - flags) / 256
    if flags >= 2 then id = id - id % 65536 + slot end
    member = member ~= '' and unpack('>I6', member) or 0
    if visit(id, flags % 2 == 1, weight, member, horizon, members_max, first, windows, limits) == false then return false end
    pos, at = after, first + WINDOW_BYTES * windows + LIMIT_BYTES * limits
  end
  return true
end

local function admits(record, pos, counters, slot, life)
  return each_counter(pos, counters, slot, function(id, _, weight, _, _, _, at, windows, limits)
    local series = find_counted(record[SERIES], id)
    if id >= DISTINCT then weight = 1 end
    for i = 0, limits - 1 do
      if refuses(at + WINDOW_BYTES * windows + i * LIMIT_BYTES, series, weight, life) then return false end
    end
  end)
end

-- A record without room for another series first lets go of those whose charges no window sees any more.
-- Whether anything was let go.
local function make_room(record, pos, counters)
  local all, changed = record[SERIES], false
  each_counter(pos, counters, 0, function(id, _, _, _, horizon)
    if #all < SERIES_MAX then return false end
    local signature = math.floor(id / 65536)
    for _, series in ipairs(all) do
      if math.floor(series[1] / 65536) == signature and forget(series, horizon) then changed = true end
    end
    if drop_empty(record) then changed = true end
  end)
  return changed
end

-- Whether anything was charged.
local function charge_all(record, pos, counters, slot)
  local any = false
  each_counter(pos, counters, slot, function(id, charged, weight, member, horizon, members_max, at, windows)
    if not charged then return end
    any = true
    charge(find_or_add(record[SERIES], id), weight, member, durations(at, windows), horizon, members_max)
  end)
  return any
end
