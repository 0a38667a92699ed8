-- The rules of engine/signal in Lua: what shard.cc, limit.cc and series.cc do, line by line. The contract
-- suite holds both against each other; change them together.
--
-- A record is the table that record_codec.h describes, with absolute times in the place of offsets:
--   { version, base, epoch, slots, series, reservations, wrong_tags, spent }
-- A counter (`ask`) is { signature, sub_is_slot, sub, charged, weight, member, limits, windows, horizon,
-- members_max }, a limit { above, window, consequence, hold, first, factor, max,
-- quiet }. The bounds (SERIES_MAX, …)
-- are set by scripts.cc from the engine's constants, in front of this text.

local EPOCH, SLOTS, SERIES, RESERVATIONS, WRONG_TAGS, SPENT = 3, 4, 5, 6, 7, 8
local SLOT = 6  -- values of a slot: lane, index, id, since, seen, name
local DEVICE, RECOVERED, FAMILIAR, CHALLENGED = 0, 1, 2, 3
local CHALLENGE, THROTTLE, LOCKOUT = 0, 1, 2

-- ---- records ----

local function is_distinct(id) return id >= 2147483648 end
local function is_ever(id) return math.floor(id / 1073741824) % 2 == 1 end
local function stride(id) return is_distinct(id) and 3 or 2 end

-- Calls change(list, index) for every time in the record.
local function each_time(record, change)
  local list = record[SLOTS]
  for i = 1, #list, SLOT do change(list, i + 3) change(list, i + 4) end
  for _, series in ipairs(record[SERIES]) do
    for i = 2, #series, stride(series[1]) do change(series, i) end
  end
  list = record[RESERVATIONS]
  for i = 1, #list, 5 do change(list, i + 1) end
  list = record[WRONG_TAGS]
  for i = 1, #list, 4 do change(list, i + 3) end
  list = record[SPENT]
  for i = 1, #list, 2 do change(list, i + 1) end
end

-- The record and its bytes, or nil and an error reply. Without a key, the empty record.
local function read(key)
  local bytes = key and redis.call('GET', key)
  if not bytes or bytes == '' then return { 1, 0, 0, {}, {}, {}, {}, {} }, '' end
  local ok, record = pcall(cmsgpack.unpack, bytes)
  if not ok or type(record) ~= 'table' then return nil, redis.error_reply('LKDATA bytes that are not a record') end
  if record[1] ~= 1 then return nil, redis.error_reply('LKVERSION record of an unknown version') end
  if #record ~= 8 then return nil, redis.error_reply('LKDATA bytes that are not a record') end
  local base = record[2]
  each_time(record, function(list, i) list[i] = list[i] + base end)
  return record, bytes
end

-- The bytes of a record, which is of no more use here.
local function encode(record)
  if record[EPOCH] == 0 and #record[SLOTS] == 0 and #record[SERIES] == 0 and #record[RESERVATIONS] == 0 and
     #record[WRONG_TAGS] == 0 and #record[SPENT] == 0 then
    return ''
  end
  local base = math.huge
  each_time(record, function(list, i) if list[i] < base then base = list[i] end end)
  if base == math.huge then base = 0 end
  each_time(record, function(list, i) list[i] = list[i] - base end)
  record[2] = base
  return cmsgpack.pack(record)
end

-- Encodes and writes a record; answers its bytes.
local function write(key, record, keep)
  local bytes = encode(record)
  if bytes == '' then
    redis.call('DEL', key)
  else
    redis.call('SET', key, bytes, 'PX', string.format('%.0f', keep))
  end
  return bytes
end

-- Milliseconds of Unix time: the request's, or this server's own.
local function clock(asked)
  if asked >= 0 then return asked end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Takes `count` values out of a flat list, from index `at` on.
local function erase(list, at, count)
  local size = #list
  for i = at, size - count do list[i] = list[i + count] end
  for i = size, size - count + 1, -1 do list[i] = nil end
end

-- Takes every group of `width` values out for which gone(index of its first value) holds. Whether any was.
local function erase_if(list, width, first, gone)
  local place = first
  local size = #list
  for i = first, size, width do
    if not gone(i) then
      if place ~= i then
        for k = 0, width - 1 do list[place + k] = list[i + k] end
      end
      place = place + width
    end
  end
  for i = size, place, -1 do list[i] = nil end
  return place <= size
end

-- ---- limit.cc ----

local function weight_at(series, i)
  if is_distinct(series[1]) then return 1 end
  return series[i + 1]
end

local function wait_of(limit, j)
  if limit[5] <= 0 then return 0 end
  local ms = limit[5] * tonumber(limit[6]) ^ (j - 1)
  if not (ms < limit[7]) then return limit[7] end
  return math.floor(ms)
end

local function hold_runs(limit, series, now, life)
  local above, window, hold = limit[1], limit[2], limit[4]
  if hold == 0 or above == 0 or not series then return false end
  local count, oldest, width = 0, 2, stride(series[1])
  for i = 2, #series, width do
    count = count + weight_at(series, i)
    while window ~= 0 and series[oldest] <= series[i] - window do
      count = count - weight_at(series, oldest)
      oldest = oldest + width
    end
    if count >= above and series[i] <= now - life and series[i] + hold > now then return true end
  end
  return false
end

-- `series` may be nil.
local function refuses(limit, series, weight, now, life)
  local above, window, consequence, quiet = limit[1], limit[2], limit[3], limit[8]
  local count, settled, last = 0, 0, nil
  if series then
    for i = 2, #series, stride(series[1]) do
      if window == 0 or series[i] > now - window then
        local each = weight_at(series, i)
        if quiet > 0 and last and series[i] - last >= quiet then count, settled = 0, 0 end
        count = count + each
        if series[i] <= now - life then settled = settled + each end
        last = series[i]
      end
    end
  end
  if quiet > 0 and last and now - last >= quiet then count, settled, last = 0, 0, nil end
  local full = count + weight > above
  if consequence == CHALLENGE then return full end
  if consequence == LOCKOUT then return full or hold_runs(limit, series, now, life) end
  if not full then return false end
  if settled + weight <= above then return true end
  return last ~= nil and now < last + wait_of(limit, math.max(1, count - above + 1))
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

local function merge_neighbours(series, windows, horizon, now)
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

local function charge(series, at, count, member, windows, horizon, members_max)
  if count <= 0 then return end
  if not is_distinct(series[1]) then
    insert(series, 2, at, count)
    if (#series - 1) / 2 <= EXACT_ENTRIES then return end
    if is_ever(series[1]) then return merge_oldest(series, EXACT_ENTRIES) end
    merge_neighbours(series, windows, horizon, at)
    merge_oldest(series, ENTRIES_MAX)
    return
  end
  local known
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

-- Of a plain series: the charge nearest to `at`, if at most `tolerance` away.
local function give_back(series, at, count, member, members_max, tolerance)
  local distinct = is_distinct(series[1])
  local width, found, nearest = stride(series[1]), nil, tolerance + 1
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

-- Whether anything was forgotten.
local function forget(series, horizon, now)
  if is_ever(series[1]) then
    local size = #series
    if horizon == 0 or size == 1 or series[size - stride(series[1]) + 1] > now - horizon then return false end
    erase(series, 2, size - 1)
    return true
  end
  return erase_if(series, stride(series[1]), 2, function(i) return series[i] <= now - horizon end)
end

-- ---- shard.cc, what both scripts need ----

local function find_series(record, id)
  for i, series in ipairs(record[SERIES]) do
    if series[1] == id then return series, i end
  end
end

-- The series of this name, or the one that the crowd shares when the record has no place left.
local function resolve(record, id)
  if #record[SERIES] < SERIES_MAX or find_series(record, id) then return id end
  return id - id % 65536 + OVERFLOW_SUB
end

local function find_or_add(record, id)
  id = resolve(record, id)
  local series = find_series(record, id)
  if not series then
    series = { id }
    table.insert(record[SERIES], series)
  end
  return series
end

local function find_slot(record, lane, id)
  local slots = record[SLOTS]
  for i = 1, #slots, SLOT do
    if slots[i] == lane and slots[i + 2] == id then return i end
  end
end

local function slots_taken(record, lane)
  local slots, taken = record[SLOTS], 0
  for i = 1, #slots, SLOT do
    if slots[i] == lane then taken = taken + 1 end
  end
  return taken
end

local function free_index(record, lane)
  local slots, taken = record[SLOTS], {}
  for i = 1, #slots, SLOT do
    if slots[i] == lane then taken[slots[i + 1]] = true end
  end
  local index = 0
  while taken[index] do index = index + 1 end
  return index
end

local function add(list, ...)
  for _, value in ipairs({ ... }) do list[#list + 1] = value end
end

-- The first group of the weakest lane in a flat list that keeps its lane `offset` values into each group.
local function weakest(list, width, offset)
  local found = 1
  for i = 1 + width, #list, width do
    if list[i + offset] > list[found + offset] then found = i end
  end
  return found
end

local function drop_empty(record)
  local series = record[SERIES]
  return erase_if(series, 1, 1, function(i) return #series[i] == 1 end)
end

-- Whether anything was pruned.
local function prune(record, now, life)
  local reservations, spent = record[RESERVATIONS], record[SPENT]
  local late = erase_if(reservations, 5, 1, function(i) return reservations[i + 1] + life <= now end)
  local over = erase_if(spent, 2, 1, function(i) return spent[i + 1] <= now end)
  local empty = drop_empty(record)
  return late or over or empty
end
