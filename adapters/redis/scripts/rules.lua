-- Limits and series as limit.cc and series.cc have them.

local CHALLENGE, LOCKOUT = 0, 2

local function is_ever(id) return id % DISTINCT >= EVER end
local function stride(series) return series[1] < DISTINCT and 2 or 3 end

-- ---- limit.cc ----

local function wait_of(first, factor, max, j)
  if first <= 0 then return 0 end
  local ms = first * factor ^ (j - 1)
  if not (ms < max) then return max end
  return math.floor(ms)
end

local function hold_runs(above, window, hold, series, life)
  if hold == 0 or above == 0 or not series then return false end
  local width = stride(series)
  local count, oldest, plain = 0, 2, width == 2
  for i = 2, #series, width do
    count = count + (plain and series[i + 1] or 1)
    while window ~= 0 and series[oldest] <= series[i] - window do
      count = count - (plain and series[oldest + 1] or 1)
      oldest = oldest + width
    end
    if count >= above and series[i] <= now - life and series[i] + hold > now then return true end
  end
  return false
end

-- Whether the limit at `pos` of the request refuses; `series` may be nil.
local function refuses(pos, series, weight, life)
  local above, window, consequence, hold, first, max, quiet, factor = unpack(LIMIT, request, pos)
  local count, settled, last = 0, 0, nil
  if series then
    local width = stride(series)
    for i = 2, #series, width do
      local at = series[i]
      if window == 0 or at > now - window then
        local each = width == 2 and series[i + 1] or 1
        if quiet > 0 and last and at - last >= quiet then count, settled = 0, 0 end
        count = count + each
        if at <= now - life then settled = settled + each end
        last = at
      end
    end
  end
  if quiet > 0 and last and now - last >= quiet then count, settled, last = 0, 0, nil end
  local full = count + weight > above
  if consequence == CHALLENGE then return full end
  if consequence == LOCKOUT then return full or hold_runs(above, window, hold, series, life) end
  if not full then return false end
  if settled + weight <= above then return true end
  return last ~= nil and now < last + wait_of(first, factor, max, math.max(1, count - above + 1))
end

-- ---- series.cc ----

local function bucket_width(windows, horizon, age)
  if #windows == 0 then return 1 end
  local seen_by = windows[#windows]
  local hold = math.max(0, horizon - seen_by)
  for _, window in ipairs(windows) do
    if window + hold > age then seen_by = window break end
  end
  local _, exponent = math.frexp(math.max(1, math.floor(seen_by / 8)))
  return math.ldexp(1, exponent - 1)
end

local function merge_neighbours(series, windows, horizon)
  local size = #series
  local older = size - 2 * math.min((size - 1) / 2, RECENT_ENTRIES)  -- The last value of those that may merge.
  local place, kept_width, kept_bucket = 0, -1, -1
  for i = 2, size, 2 do
    local at, count = series[i], series[i + 1]
    local width = bucket_width(windows, horizon, now - at)
    local bucket = math.floor(at / width)
    if i < older and width == kept_width and bucket == kept_bucket then
      series[place] = at
      series[place + 1] = series[place + 1] + count
    else
      place = place == 0 and 2 or place + 2
      series[place], series[place + 1] = at, count
    end
    kept_width, kept_bucket = width, bucket
  end
  for i = size, place + 2, -1 do series[i] = nil end
end

-- Makes one entry of the oldest ones, so that at most `max` are left.
local function merge_oldest(series, max)
  local extra = (#series - 1) / 2 - max
  if extra <= 0 then return end
  local sum = 0
  for i = 1, extra do sum = sum + series[2 * i + 1] end
  erase(series, 2, 2 * extra)
  series[3] = series[3] + sum
end

-- Puts an entry behind all that are not later.
local function insert(series, width, at, count, member)
  local place = #series + 1
  while place > 2 and series[place - width] > at do
    for k = 0, width - 1 do series[place + k] = series[place - width + k] end
    place = place - width
  end
  series[place], series[place + 1] = at, count
  if width == 3 then series[place + 2] = member end
end

-- Whether anything was forgotten.
local function forget(series, horizon)
  local size, oldest = #series, now - horizon
  if is_ever(series[1]) then
    if horizon == 0 or size == 1 or series[size - stride(series) + 1] > oldest then return false end
    erase(series, 2, size - 1)
    return true
  end
  return erase_if(series, stride(series), 2, function(i) return series[i] <= oldest end)
end

-- Charges now, after forgetting what has left the horizon. `windows` is a list.
local function charge(series, count, member, windows, horizon, members_max)
  forget(series, horizon)
  if count <= 0 then return end
  if series[1] < DISTINCT then
    insert(series, 2, now, count)
    if (#series - 1) / 2 <= EXACT_ENTRIES then return end
    if is_ever(series[1]) then return merge_oldest(series, EXACT_ENTRIES) end
    merge_neighbours(series, windows, horizon)
    merge_oldest(series, ENTRIES_MAX)
    return
  end
  local known, at = nil, now
  for i = 2, #series, 3 do
    if series[i + 2] == member then known = i break end
  end
  if known then
    count = count + series[known + 1]
    at = math.max(at, series[known])
    erase(series, known, 3)
  elseif #series > 1 and (#series - 1) / 3 >= members_max then
    erase(series, 2, 3)
  end
  insert(series, 3, at, count, member)
end

-- A list of `count` durations at `pos` of the request.
local function durations(pos, count)
  local list = {}
  for i = 1, count do list[i], pos = unpack('>I6', request, pos) end
  return list
end
