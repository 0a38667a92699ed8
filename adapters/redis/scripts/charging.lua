-- What charge.lua and networkcharge.lua do to counters, as engine/signal/shard.cc does.

local function id_of(ask, slot) return ask[1] * 65536 + (ask[2] == 1 and slot or ask[3]) end

local function admits(asks, record, slot, now, life)
  for _, ask in ipairs(asks) do
    local id = id_of(ask, slot)
    local series = find_series(record, resolve(record, id))
    local weight = is_distinct(id) and 1 or ask[5]
    for _, limit in ipairs(ask[7]) do
      if refuses(limit, series, weight, now, life) then return false end
    end
  end
  return true
end

-- A record without room for another series first lets go of those whose charges no window sees any more.
-- Whether anything was let go.
local function make_room(asks, record, now)
  local changed = false
  for _, ask in ipairs(asks) do
    if #record[SERIES] < SERIES_MAX then return changed end
    for _, series in ipairs(record[SERIES]) do
      if math.floor(series[1] / 65536) == ask[1] and forget(series, ask[9], now) then changed = true end
    end
    if drop_empty(record) then changed = true end
  end
  return changed
end

-- Whether anything was charged.
local function charge_all(asks, record, slot, now)
  local charged = false
  for _, ask in ipairs(asks) do
    if ask[4] == 1 then
      local series = find_or_add(record, id_of(ask, slot))
      forget(series, ask[9], now)
      charge(series, now, ask[5], ask[6], ask[8], ask[9], ask[10])
      charged = true
    end
  end
  return charged
end

