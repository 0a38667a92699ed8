-- What settle.lua and networkchange.lua do to counters, as engine/signal/shard.cc does.

-- Of a plain series: the charge nearest to `at`, if at most `tolerance` away.
local function give_back(series, at, count, member, members_max, tolerance)
  local width, found, nearest = stride(series), nil, tolerance + 1
  local distinct = width == 3
  if distinct and members_max > 0 and (#series - 1) / 3 >= members_max then return end
  for i = 2, #series, width do
    if distinct then
      if series[i + 2] == member then found = i break end
    elseif series[i] > at + tolerance then
      if not found and series[i + 1] > count then found = i end
      break
    elseif math.abs(series[i] - at) < nearest then
      nearest, found = math.abs(series[i] - at), i
    end
  end
  if not found then return end
  series[found + 1] = series[found + 1] - count
  if series[found + 1] <= 0 then erase(series, found, width) end
end

-- Of `count` effects at `pos`: those that give back if `give`, the others if `rest`. Whether any was applied.
local function apply_effects(record, pos, count, give, rest, charged_at, tolerance)
  local all, applied = record[SERIES], false
  for _ = 1, count do
    local id, member, weight, kind, horizon, members_max, windows, after = unpack(EFFECT, request, pos)
    pos = after + WINDOW_BYTES * windows
    if kind == GIVE_BACK and give then
      applied = true
      -- What no window sees any more is not taken: another charge may stand in its place.
      local seen = is_ever(id) or horizon == 0 or charged_at > now - horizon
      local series = seen and find_counted(all, id)
      if series then give_back(series, charged_at, weight, member, members_max, tolerance) end
    elseif kind ~= GIVE_BACK and rest then
      applied = true
      if kind == ADD then
        charge(find_or_add(all, id), weight, member, durations(after, windows), horizon, members_max)
      else
        local series = find_counted(all, id)
        if series then erase(series, 2, #series - 1) end
      end
    end
  end
  return applied
end
