-- What settle.lua and networkchange.lua do to counters, as engine/signal/shard.cc does. An effect is { series, member,
-- weight, kind, windows, horizon, members_max }.

local GIVE_BACK, CLEAR, ADD = 0, 1, 2

local function apply_effect(effect, record, charged_at, now, tolerance)
  local kind = effect[4]
  if kind == ADD then
    local series = find_or_add(record, effect[1])
    forget(series, effect[6], now)
    charge(series, now, effect[3], effect[2], effect[5], effect[6], effect[7])
    return
  end
  -- What no window sees any more is not taken: another charge may stand in its place.
  local ever = is_ever(effect[1])
  if kind == GIVE_BACK and not ever and effect[6] > 0 and charged_at <= now - effect[6] then return end
  local series = find_series(record, resolve(record, effect[1]))
  if not series then return end
  if kind == GIVE_BACK then
    give_back(series, charged_at, effect[3], effect[2], effect[7], tolerance)
  else
    erase(series, 2, #series - 1)
  end
end

