-- A charge, where it is an ordinary one.
--
-- That is an attempt by a stranger, from a familiar source or on a known device, admitted with room to spare in every
-- limit. No tables are made of the records, and no functions: their bytes are read and changed in place, which costs
-- Redis a quarter. Whatever else comes up, before anything is written, breaks out of the loop to charge.lua behind it.

repeat
  local find, sub, pack = string.find, string.sub, struct.pack
  local _, life, keep, reservation, tag, dry_run, forced, lanes, pos = unpack(CHARGE, request)
  local bytes, network_bytes = call('GET', KEYS[1]), KEYS[2] and call('GET', KEYS[2])
  if not bytes or bytes == '' then bytes = EMPTY end
  if not network_bytes or network_bytes == '' then network_bytes = EMPTY end
  if dry_run + forced > 0 or lanes == 0 or #bytes < HEADER_BYTES or #network_bytes < HEADER_BYTES then break end
  -- Where the parts of the account's record end; a network's has series only.
  local version, epoch, slots_end, series_end, reservations_end, tags, spent = unpack(HEADER, bytes)
  slots_end = slots_end + HEADER_BYTES
  series_end = series_end + slots_end
  reservations_end = reservations_end + series_end
  local of_network, network_epoch, network_slots, network_series, network_rest = unpack('>BI6I2I3I6', network_bytes)
  if version ~= 2 or reservations_end + tags + spent ~= #bytes or of_network ~= 2 or
     network_epoch + network_slots + network_rest > 0 or network_series + HEADER_BYTES ~= #network_bytes or
     series_end - slots_end >= ROOMY or network_series >= ROOMY or
     reservations_end - series_end >= RESERVATIONS_MAX * 18 then
    break
  end

  -- The strongest lane whose proof holds.
  local lane, slot, networks, counters, admitted, ordinary = nil, nil, 0, 0, -1, true
  repeat
    local id, proof_epoch, fresh_for, closed, accounts, bytes_of_both, of_the_network, at
    lane, id, proof_epoch, _, fresh_for, _, closed, accounts, networks, bytes_of_both, of_the_network, at =
      unpack(LANE, request, pos)
    admitted = admitted + 1
    if lane == STRANGER then
      slot = 0
    elseif lane == DEVICE and spent == 0 or lane == FAMILIAR then
      local place, known = HEADER_BYTES + 1, false
      while place < slots_end and not known do
        local kind, known_id, index, _, seen, name = unpack('>BI6I2I6I6B', bytes, place)
        known = kind == lane and known_id == id
        if known and (lane == DEVICE and proof_epoch >= epoch or lane == FAMILIAR and seen + fresh_for > now) then
          slot = index
        end
        place = place + 22 + name
      end
      ordinary = known or lane == FAMILIAR
    else
      ordinary = false
    end
    if closed == 1 then ordinary = false end
    if slot then
      pos, counters = at, networks + accounts
    else
      pos = at + bytes_of_both
    end
  until slot or not ordinary or admitted == lanes - 1
  if not slot or not ordinary then break end

  -- What no rule can see any more goes, as in prune().
  local reservations, shared, i = sub(bytes, series_end + 1, reservations_end), nil, 1
  while i < #reservations do
    local id, at, of_lane, of_slot, of_tag = unpack('>I6I6BI2I3', reservations, i)
    if at + life <= now then
      reservations = sub(reservations, 1, i - 1) .. sub(reservations, i + 18)
    else
      if of_tag == tag and tag ~= 0 and of_lane == lane and of_slot == slot and not shared then shared = id end
      i = i + 18
    end
  end
  for k = reservations_end + tags + 7, #bytes, 12 do
    if unpack('>I6', bytes, k) <= now then ordinary = false end
  end

  -- Each counter's series gets one entry more, the network's first.
  local all, of_network_now, changed = sub(network_bytes, HEADER_BYTES + 1), nil, false
  for n = 1, counters do
    if n == networks + 1 then
      of_network_now, all = all, sub(bytes, slots_end + 1, series_end)
    end
    local id, by_slot, charged, weight, member, enough, horizon, members_max, windows, limits, after =
      unpack(COUNTER, request, pos)
    pos = after + WINDOW_BYTES * windows + LIMIT_BYTES * limits
    if by_slot == 1 then id = id - id % 65536 + slot end
    charged = charged == 1 and not shared
    if charged and n <= networks then changed = true end
    local plain, at, size, entries, width = id < DISTINCT, 1, #all, nil, nil
    while at < size do
      local each
      each, entries = unpack('>I4I2', all, at)
      width = each < DISTINCT and 9 or 15
      if each == id then break end
      at = at + 6 + entries * width
    end
    if weight == 0 or weight > COUNT_MAX then ordinary = false break end
    if at > size then
      if (plain and weight or 1) > enough then ordinary = false break end
      if charged then
        if plain then
          all = all .. pack('>I4I2I6I3', id, 1, now, weight)
        else
          all = all .. pack('>I4I2I6I3I6', id, 1, now, weight, member)
        end
      end
    else
      local first = at + 6
      local over = first + entries * width  -- Behind its last entry.
      local sum = 1 + entries
      if plain then
        sum = weight
        for k = first + 6, over - 3, 9 do sum = sum + unpack('>I3', all, k) end
      end
      if sum > enough or sum > COUNT_MAX or entries == 0 then ordinary = false break end
      if charged then
        local oldest = unpack('>I6', all, first)
        local last = entries == 1 and oldest or unpack('>I6', all, over - width)
        if id % DISTINCT >= EVER then oldest = horizon > 0 and last or now + 1 end
        if last > now or oldest <= now - horizon then ordinary = false break end
        if plain then
          if entries >= EXACT_ENTRIES then ordinary = false break end
          all = sub(all, 1, at + 3) .. pack('>I2', entries + 1) .. sub(all, first, over - 1) .. pack('>I6I3', now, weight) ..
                sub(all, over)
        else
          -- A member counts from its latest charge.
          local packed, known = pack('>I6', member), nil
          local like = find(all, packed, first + 9, true)
          if like and like < over then
            for k = first + 9, over - 6, 15 do
              if unpack('>I6', all, k) == member then known = k - 9 break end
            end
          end
          if known then
            weight = weight + unpack('>I3', all, known + 6)
            if weight > COUNT_MAX then ordinary = false break end
            all = sub(all, 1, known - 1) .. sub(all, known + 15, over - 1) .. pack('>I6I3', now, weight) .. packed ..
                  sub(all, over)
          else
            if entries >= members_max then ordinary = false break end
            all = sub(all, 1, at + 3) .. pack('>I2', entries + 1) .. sub(all, first, over - 1) ..
                  pack('>I6I3', now, weight) .. packed .. sub(all, over)
          end
        end
      end
    end
  end
  if not ordinary then break end
  local series = all
  if counters == networks then
    series, of_network_now = sub(bytes, slots_end + 1, series_end), all
  end

  if not shared then reservations = reservations .. pack('>I6I6BI2I3', reservation, now, lane, slot, tag) end
  bytes = pack(HEADER, 2, epoch, slots_end - HEADER_BYTES, #series, #reservations, tags, spent) ..
          sub(bytes, HEADER_BYTES + 1, slots_end) .. series .. reservations .. sub(bytes, reservations_end + 1)
  call('SET', KEYS[1], bytes, 'PX', keep)
  if changed then
    network_bytes = pack(HEADER, 2, 0, 0, #of_network_now, 0, 0, 0) .. of_network_now
    call('SET', KEYS[2], network_bytes, 'PX', keep)
  elseif network_bytes == EMPTY then
    network_bytes = ''
  end
  return { bytes, network_bytes, now, admitted, slot, shared or reservation, shared and 1 or 0, admitted }
until true
