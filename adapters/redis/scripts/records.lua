-- Records as tables. The bytes are those of flat_record_codec.h; those of the first version are read too.
--   { epoch, slots, series, reservations, wrong_tags, spent }
-- Flat lists of groups: a slot is lane, id, index, since, seen, name; a reservation id, at, lane, sub, tag + 1 or 0;
-- a wrong tag lane, sub, tag, at; a spent id the id, until. A series is { id, at, count, … } or, distinct,
-- { id, at, count, member, … }.

local EPOCH, SLOTS, SERIES, RESERVATIONS, WRONG_TAGS, SPENT = 1, 2, 3, 4, 5, 6
local SLOT_FORMAT, RESERVATION_FORMAT = '>BI6I2I6I6Bc0', '>I6I6BI2I3'
local WRONG_TAG_FORMAT, SPENT_FORMAT = '>BI2I2I6', '>I6I6'

local function groups_of(packed, format, width)
  local list, pos, size = {}, 1, 0
  while pos <= #packed do
    local group = { unpack(format, packed, pos) }
    for k = 1, width do list[size + k] = group[k] end
    size, pos = size + width, group[width + 1]
  end
  return list
end

local function series_of(packed)
  local all, pos = {}, 1
  while pos <= #packed do
    local id, entries
    id, entries, pos = unpack('>I4I2', packed, pos)
    local series = { id }
    if id < DISTINCT then
      for i = 2, 2 * entries, 2 do series[i], series[i + 1], pos = unpack('>I6I3', packed, pos) end
    else
      for i = 2, 3 * entries, 3 do
        series[i], series[i + 1], series[i + 2], pos = unpack('>I6I3I6', packed, pos)
      end
    end
    all[#all + 1] = series
  end
  return all
end

-- The record of version 1, a table whose times count from its second element.
local function of_first_version(old)
  local base, slots = old[2], old[4]
  for i = 1, #slots, 6 do
    slots[i + 1], slots[i + 2], slots[i + 3], slots[i + 4] = slots[i + 2], slots[i + 1], slots[i + 3] + base, slots[i + 4] + base
  end
  for _, series in ipairs(old[5]) do
    for i = 2, #series, series[1] < DISTINCT and 2 or 3 do series[i] = series[i] + base end
  end
  for i = 2, #old[6], 5 do old[6][i] = old[6][i] + base end
  for i = 4, #old[7], 4 do old[7][i] = old[7][i] + base end
  for i = 2, #old[8], 2 do old[8][i] = old[8][i] + base end
  return { old[3], slots, old[5], old[6], old[7], old[8] }
end

local function of_second_version(bytes)
  local _, epoch, slots, series, reservations, tags, spent, pos = unpack(HEADER, bytes)
  local function next_part(size)
    pos = pos + size
    if pos > #bytes + 1 then error('cut off') end
    return string.sub(bytes, pos - size, pos - 1)
  end
  local record = { epoch, groups_of(next_part(slots), SLOT_FORMAT, 6), series_of(next_part(series)),
                   groups_of(next_part(reservations), RESERVATION_FORMAT, 5),
                   groups_of(next_part(tags), WRONG_TAG_FORMAT, 4), groups_of(next_part(spent), SPENT_FORMAT, 2) }
  if pos ~= #bytes + 1 then error('too long') end
  return record
end

-- The record and its bytes, or nil and an error reply. Without a key or a value, the empty record.
local function read(key)
  local bytes = key and call('GET', key)
  if not bytes or bytes == '' then return { 0, {}, {}, {}, {}, {} }, '' end
  local version, ok, record = string.byte(bytes), nil, nil
  if version == 2 then
    ok, record = pcall(of_second_version, bytes)
  elseif version > 2 and version < 32 then
    return nil, redis.error_reply('LKVERSION record of an unknown version')
  else
    ok, record = pcall(cmsgpack.unpack, bytes)
    if ok and type(record) == 'table' and type(record[1]) == 'number' and record[1] ~= 1 then
      return nil, redis.error_reply('LKVERSION record of an unknown version')
    end
    ok, record = pcall(of_first_version, record)
  end
  if not ok then return nil, redis.error_reply('LKDATA bytes that are not a record') end
  return record, bytes
end

local function pack_groups(list, format, width)
  local parts = {}
  for i = 1, #list, width do
    parts[#parts + 1] = struct.pack(format, list[i], list[i + 1], list[i + 2], list[i + 3], list[i + 4], list[i + 5])
  end
  return table.concat(parts)
end

local function pack_slots(slots)
  local parts = {}
  for i = 1, #slots, 6 do
    local name = slots[i + 5]
    parts[#parts + 1] =
      struct.pack(SLOT_FORMAT, slots[i], slots[i + 1], slots[i + 2], slots[i + 3], slots[i + 4], #name, name)
  end
  return table.concat(parts)
end

local function pack_series(all)
  local parts = {}
  for _, series in ipairs(all) do
    local width = series[1] < DISTINCT and 2 or 3
    parts[#parts + 1] = struct.pack('>I4I2', series[1], (#series - 1) / width)
    for i = 2, #series, width do
      local count = math.min(series[i + 1], COUNT_MAX)
      if width == 2 then
        parts[#parts + 1] = struct.pack('>I6I3', series[i], count)
      else
        parts[#parts + 1] = struct.pack('>I6I3I6', series[i], count, series[i + 2])
      end
    end
  end
  return table.concat(parts)
end

local function encode(record)
  local slots, series = record[SLOTS], record[SERIES]
  local reservations, tags, spent = record[RESERVATIONS], record[WRONG_TAGS], record[SPENT]
  if record[EPOCH] == 0 and #slots + #series + #reservations + #tags + #spent == 0 then return '' end
  slots, series = pack_slots(slots), pack_series(series)
  reservations = pack_groups(reservations, RESERVATION_FORMAT, 5)
  tags, spent = pack_groups(tags, WRONG_TAG_FORMAT, 4), pack_groups(spent, SPENT_FORMAT, 2)
  return struct.pack(HEADER, 2, record[EPOCH], #slots, #series, #reservations, #tags, #spent) .. slots .. series ..
         reservations .. tags .. spent
end

-- Encodes and writes a record; answers its bytes.
local function write(key, record, keep)
  local bytes = encode(record)
  if bytes == '' then
    call('DEL', key)
  else
    call('SET', key, bytes, 'PX', keep)
  end
  return bytes
end

local function find_series(all, id)
  for k = 1, #all do
    local series = all[k]
    if series[1] == id then return series end
  end
end

-- The series of this name, or the one that the crowd shares when the record has no place left; nil without.
local function find_counted(all, id)
  local series = find_series(all, id)
  if series or #all < SERIES_MAX then return series end
  return find_series(all, id - id % 65536 + OVERFLOW_SUB)
end

local function find_or_add(all, id)
  local series = find_counted(all, id)
  if not series then
    if #all >= SERIES_MAX then id = id - id % 65536 + OVERFLOW_SUB end
    series = { id }
    all[#all + 1] = series
  end
  return series
end

local function find_slot(slots, lane, id)
  for i = 1, #slots, 6 do
    if slots[i] == lane and slots[i + 1] == id then return i end
  end
end

local function add(list, ...)
  for _, value in ipairs({ ... }) do list[#list + 1] = value end
end

-- Takes `count` values out of a flat list, from index `at` on.
local function erase(list, at, count)
  local size = #list
  for i = at, size - count do list[i] = list[i + count] end
  for i = size, size - count + 1, -1 do list[i] = nil end
end

-- Takes every group of `width` values out for which gone(index of its first value) holds. Whether any was.
local function erase_if(list, width, first, gone)
  local place, size = first, #list
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

local function drop_empty(record)
  local all = record[SERIES]
  return erase_if(all, 1, 1, function(i) return #all[i] == 1 end)
end

-- Drops what no rule can see any more. Whether anything was dropped.
local function prune(record, life)
  local reservations, spent = record[RESERVATIONS], record[SPENT]
  local late = erase_if(reservations, 5, 1, function(i) return reservations[i + 1] + life <= now end)
  local over = erase_if(spent, 2, 1, function(i) return spent[i + 1] <= now end)
  local empty = drop_empty(record)
  return late or over or empty
end
