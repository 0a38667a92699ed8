-- A charge, where it is an ordinary one.
--
-- That is an attempt by a stranger, from a familiar source or on a known device, admitted with room to spare in every
-- limit. No tables are made of the records, and no functions, which costs Redis a fifth: their bytes are read where they are,
-- and each record is put together once, of the pieces that stay and of what is new, since every string on the way costs its
-- length. Whatever else comes up, before anything is written, breaks out of the loop to charge.lua behind it.

-- What is compared, not counted with, comes as bytes.
local QUICK_LANE, QUICK_COUNTER, NO_TAG = '>Bc7I6I4I6I6BBBI2I2', '>c4I4I3I6Bc0', '\0\0\0'

repeat
  local find, sub, char, pack = string.find, string.sub, string.char, struct.pack
  local life, reservation, tag, keep, aside, networks, counters, pos, account_pos, lanes, first = unpack(CHARGE, request, 7)
  if aside > 0 or lanes == 0 then break end
  local key, network_key = KEYS[1], KEYS[2]
  local bytes, network_bytes = call('GET', key), network_key and call('GET', network_key)
  -- Where the parts of the account's record end; a network's has series only.
  local version, epoch, slots_end, series_end, reservations_end, tags, spent
  if bytes then
    if #bytes < HEADER_BYTES then break end
    version, epoch, slots_end, series_end, reservations_end, tags, spent = unpack(HEADER, bytes)
    slots_end = slots_end + HEADER_BYTES
    series_end = series_end + slots_end
    reservations_end = reservations_end + series_end
    if version ~= 2 or reservations_end + tags + spent ~= #bytes or
       reservations_end - series_end >= RESERVATIONS_MAX * 18 then
      break
    end
  else
    bytes, epoch, slots_end, series_end, reservations_end, spent = EMPTY, 0, HEADER_BYTES, HEADER_BYTES, HEADER_BYTES, 0
  end
  local beginning, network_series, rest
  if network_bytes then
    if #network_bytes < HEADER_BYTES then break end
    beginning, network_series, rest = unpack('>c9I3I6', network_bytes)
    if beginning ~= NETWORK or rest > 0 or network_series + HEADER_BYTES ~= #network_bytes then break end
  else
    network_bytes, network_series = EMPTY, 0
  end

  -- The strongest lane whose proof holds.
  local slot, admitted, place = 0, lanes - 1, '\4\0\0'
  if pos == 0 or slots_end > HEADER_BYTES then
    local lane, proof, proof_epoch, fresh_for, closed, bytes_of_both, of_the_network, at, skipped, _
    local ordinary = true
    slot, admitted, pos = nil, -1, first
    repeat
      lane, proof, proof_epoch, _, fresh_for, _, closed, counters, networks, bytes_of_both, of_the_network, at =
        unpack(QUICK_LANE, request, pos)
      admitted = admitted + 1
      if lane == STRANGER then
        slot = 0
      elseif lane == DEVICE and spent == 0 or lane == FAMILIAR then
        local k = HEADER_BYTES + 1
        local known = find(bytes, proof, k, true)
        while known and known < slots_end and known ~= k do
          k = k + 22 + unpack('B', bytes, k + 21)
          if k > known then known = find(bytes, proof, k, true) end
        end
        if known and known < slots_end then
          local index, _, seen = unpack('>I2I6I6', bytes, known + 7)
          if lane == DEVICE and proof_epoch >= epoch or lane == FAMILIAR and seen + fresh_for > now then slot = index end
        else
          ordinary = lane == FAMILIAR
        end
      else
        ordinary = false
      end
      if closed == 1 then ordinary = false end
      pos = at + bytes_of_both
    until slot or not ordinary or admitted == lanes - 1
    if not slot or not ordinary then break end
    skipped, account_pos = unpack('>I2', request, at + of_the_network)
    account_pos = account_pos + skipped
    if networks > 0 then
      skipped, pos = unpack('>I2', request, at)
      pos = pos + skipped
    end
    place = pack('>BI2', lane, slot)
  end
  if series_end - slots_end + SMALLEST * counters > ROOMY or network_series + SMALLEST * networks > ROOMY then break end

  -- What no rule can see any more goes, as in prune().
  local stamp, ordinary, shared = pack('>I6', now), true, nil
  local reservations, reserved, kept = '', reservations_end - series_end, series_end + 1
  for i = kept, reservations_end, 18 do
    local at, of_place, of_tag = unpack('>I6c3c3', bytes, i + 6)
    if at + life <= now then
      if i > kept then reservations = reservations .. sub(bytes, kept, i - 1) end
      kept, reserved = i + 18, reserved - 18
    elseif of_tag == tag and of_place == place and tag ~= NO_TAG and not shared then
      shared = unpack('>I6', bytes, i)
    end
  end
  if spent > 0 then
    for k = reservations_end + tags + 7, #bytes, 12 do
      if unpack('>I6', bytes, k) <= now then ordinary = false end
    end
  end

  -- Each counter's series gets one entry more, the network's first. Mostly the series stand in the order of the counters, so
  -- the next one is expected at `next_at`. What of the record lies before `from` is in `out` already; `added` are
  -- new series, which come behind all others.
  local once, charges = stamp .. '\0\0\1', not shared
  local record, start, stop, left = network_bytes, HEADER_BYTES + 1, #network_bytes, networks
  local next_at, from, out, added, grown, network_now = start, start, '', '', 0, network_bytes
  for part = 1, 2 do
    for _ = 1, left do
      local id, how, enough, horizon, member, after = unpack(QUICK_COUNTER, request, pos)
      local at, charged, weight, entry, name, entries, oldest, sum = next_at, charges, 1, once, nil, nil, nil, nil
      pos = after
      if how ~= 257 then
        local flags = how % 256
        weight = (how - flags) / 256
        if weight == 0 then ordinary = false break end
        if weight > 1 then entry = stamp .. pack('>I3', weight) end
        if flags >= 2 then id = sub(id, 1, 2) .. sub(place, 2) end
        charged = charged and flags % 2 == 1
      end
      if at + 14 <= stop then name, entries, oldest, sum = unpack('>c4I2I6I3', record, at) end
      while name ~= id do
        local k = next_at
        at = k < stop and find(record, id, k, true)
        while at and at + 14 <= stop and at ~= k do
          local kind, size = unpack('>BxxxI2', record, k)
          k = k + 6 + size * (kind < 128 and 9 or 15)
          if k > at then at = find(record, id, k, true) end
        end
        if at and at + 14 <= stop then
          name, entries, oldest, sum = unpack('>c4I2I6I3', record, at)
        else
          at = nil
          -- It is new, unless it is among those that were passed or are new themselves; then all are looked through once more.
          local passed = next_at > start and find(record, id, start, true)
          if (not passed or passed >= next_at) and (added == '' or not find(added, id, 1, true)) then break end
          record = sub(record, 1, start - 1) .. out .. sub(record, from, stop) .. added
          from, next_at, stop, out, added = start, start, #record, '', ''
        end
      end
      if not at then
        if (member == '' and weight or 1) > enough then ordinary = false break end
        if charged then
          added = added .. id .. '\0\1' .. entry .. member
          grown = grown + 15 + #member
        end
      else
        local width, last, known = 9 + #member, oldest, nil
        local over = at + 6 + entries * width  -- Behind its last entry.
        if entries == 0 or over - 1 > stop then ordinary = false break end
        if member == '' then
          sum = sum + weight
          for k = at + 15, over - 9, 9 do
            local each
            last, each = unpack('>I6I3', record, k)
            sum = sum + each
          end
          if entries >= EXACT_ENTRIES then ordinary = false break end
        else
          sum = entries + 1
          if entries > 1 then last = unpack('>I6', record, over - 15) end
          known = find(record, member, at + 15, true)
          while known and known < over and (known - at) % 15 ~= 0 do known = find(record, member, known + 1, true) end
          if known and known >= over then known = nil end
          if entries == 255 then ordinary = false break end
        end
        if sum > enough then ordinary = false break end
        next_at = over
        if charged then
          -- A series that counts ever is forgotten as a whole.
          if last > now or
             oldest <= now - horizon and (unpack('B', id) % 128 < 64 or horizon > 0 and last <= now - horizon) then
            ordinary = false
            break
          end
          local passed = at > from and sub(record, from, at - 1) or ''
          if known then
            -- A member counts from its latest charge.
            weight = weight + unpack('>I3', record, known - 3)
            if weight > COUNT_MAX then ordinary = false break end
            out = out .. passed .. sub(record, at, known - 10) .. sub(record, known + 6, over - 1) .. stamp .. pack('>I3', weight) ..
                  member
          else
            out = out .. passed .. id .. char(0, entries + 1) .. sub(record, at + 6, over - 1) .. entry .. member
            grown = grown + width
          end
          from = over
        end
      end
    end
    if not ordinary then break end
    if part == 1 then
      if out ~= '' or added ~= '' or record ~= network_bytes then
        network_now = NETWORK .. pack('>I3', network_series + grown) .. '\0\0\0\0\0\0' .. out ..
                      (from <= stop and sub(record, from, stop) or '') .. added
      end
      start = slots_end + 1
      record, stop, left, pos, next_at, from = bytes, series_end, counters, account_pos, start, start
      out, added, grown = '', '', 0
    end
  end
  if not ordinary then break end

  local reservation_bytes = sub(request, 13, 18)
  reserved = reserved + 18
  if shared then
    reservation, reserved, reservation_bytes, stamp, place, tag = shared, reserved - 18, '', '', '', ''
  end
  bytes = sub(bytes, 1, 9) .. pack('>I3I2', series_end - slots_end + grown, reserved) .. sub(bytes, 15, slots_end) .. out ..
          (from <= stop and sub(record, from, stop) or '') .. added .. reservations .. sub(bytes, kept, reservations_end) ..
          reservation_bytes .. stamp .. place .. tag .. (reservations_end < #bytes and sub(bytes, reservations_end + 1) or '')
  call('SET', key, bytes, 'PX', keep)
  if network_now ~= network_bytes then
    call('SET', network_key, network_now, 'PX', keep)
  elseif network_now == EMPTY then
    network_now = ''
  end
  return { bytes, network_now, now, admitted, slot, reservation, shared and 1 or 0, admitted }
until true
