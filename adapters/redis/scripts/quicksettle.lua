-- A settlement, where it is an ordinary one: of an attempt that is in flight, and what it changes is in place.
--
-- As in quickcharge.lua, no tables are made of the records and no functions; whatever else comes up, before anything is
-- written, breaks out of the loop to settle.lua behind it.

local SLOT = '>BI6I2I6I6B'  -- Without its name.

repeat
  local sub, pack = string.sub, struct.pack
  local _, life, keep, reservation, _, lane, slot, slot_id, settlement, tag, _, accounts, networks, _, pos =
    unpack(SETTLE, request)
  if settlement == NOT_VERIFIED then break end
  local key, network_key = KEYS[1], KEYS[2]
  local bytes, network_bytes = call('GET', key), network_key and call('GET', network_key)
  if not network_bytes or network_bytes == '' then network_bytes = EMPTY end
  if not bytes or #bytes < HEADER_BYTES or #network_bytes < HEADER_BYTES then break end
  local version, epoch, slots_end, series_end, reservations_end, tags, spent = unpack(HEADER, bytes)
  slots_end = slots_end + HEADER_BYTES
  series_end = series_end + slots_end
  reservations_end = reservations_end + series_end
  local beginning, network_series, rest = unpack('>c9I3I6', network_bytes)
  if version ~= 2 or reservations_end + tags + spent ~= #bytes or beginning ~= NETWORK or rest > 0 or
     network_series + HEADER_BYTES ~= #network_bytes or series_end - slots_end >= ROOMY or network_series >= ROOMY then
    break
  end

  -- Its reservation, and those whose time is over, go.
  local stamp, ordinary, found = pack('>I6', now), true, nil
  local reservations, kept = '', series_end + 1
  for i = kept, reservations_end, 18 do
    local id, at = unpack('>I6I6', bytes, i)
    local own = id == reservation and not found
    if own and at + life > now then found = at end
    if own or at + life <= now then
      if i > kept then reservations = reservations .. sub(bytes, kept, i - 1) end
      kept = i + 18
    end
  end
  if not found then break end
  reservations = reservations .. sub(bytes, kept, reservations_end)
  if spent > 0 then
    for k = reservations_end + tags + 7, #bytes, 12 do
      if unpack('>I6', bytes, k) <= now then ordinary = false end
    end
  end

  local wrong_tags = sub(bytes, reservations_end + 1, reservations_end + tags)
  local success = settlement == SUCCESS
  local give = success
  if not success and tag > 0 then
    local of_place = 0
    for k = 1, tags, 11 do
      local of_lane, of_slot, of_tag, at = unpack('>BI2I2I6', wrong_tags, k)
      if of_lane == lane and of_slot == slot then
        of_place = of_place + 1
        if of_tag == tag - 1 then
          give = true
          if now > at then wrong_tags = sub(wrong_tags, 1, k + 4) .. stamp .. sub(wrong_tags, k + 11) end
          break
        end
      end
    end
    if not give then
      if of_place >= WRONG_TAGS_PER_SLOT_MAX then break end
      wrong_tags = wrong_tags .. pack('>BI2I2I6', lane, slot, tag - 1, now)
    end
  end

  -- The proofs of a success: the one that the attempt was admitted with, and those to remember.
  local slots, effects = sub(bytes, HEADER_BYTES + 1, slots_end), pos + LIMIT_BYTES
  if success and slot_id > 0 then
    local k = 1
    while k < #slots do
      local kind, id, _, _, seen, name = unpack(SLOT, slots, k)
      if kind == lane and id == slot_id and now > seen then slots = sub(slots, 1, k + 14) .. stamp .. sub(slots, k + 21) end
      k = k + 22 + name
    end
  end
  for kept_as = FAMILIAR, DEVICE, DEVICE - FAMILIAR do
    local given, id, slots_max, text, after = unpack(PROOF, request, effects)
    effects = after
    if success and given == 1 then
      local k, known, taken, indexes = 1, false, 0, 0  -- Of the indexes that are taken one bit each.
      while k < #slots do
        local kind, known_id, index, _, seen, name = unpack(SLOT, slots, k)
        if kind == kept_as then
          taken, indexes = taken + 1, indexes + 2 ^ index
          if index > 50 then ordinary = false end
          if known_id == id then
            known = true
            if now > seen then slots = sub(slots, 1, k + 14) .. stamp .. sub(slots, k + 21) end
          end
        end
        k = k + 22 + name
      end
      if known and text ~= '' or not known and taken >= slots_max then
        ordinary = false
      elseif not known then
        local index = 0
        while indexes % 2 == 1 do index, indexes = index + 1, (indexes - 1) / 2 end
        slots = slots .. pack('>BI6I2I6I6Bc0', kept_as, id, index, now, now, #text, text)
      end
    end
  end
  if not ordinary then break end

  -- What is given back and cleared, the account's first.
  local all, of_account, changed = sub(bytes, slots_end + 1, series_end), nil, false
  pos = effects
  for n = 1, give and accounts + networks or 0 do
    if n == accounts + 1 then
      of_account, all = all, sub(network_bytes, HEADER_BYTES + 1)
    end
    local id, member, weight, kind, horizon, members_max, windows, after = unpack(EFFECT, request, pos)
    pos = after + WINDOW_BYTES * windows
    if kind == ADD and success then ordinary = false break end
    -- What no window sees any more is not taken.
    local due = kind == GIVE_BACK and (horizon == 0 or found > now - horizon or id % DISTINCT >= EVER) or kind == CLEAR and success
    local at, size, entries, width = due and 1 or #all, #all, nil, nil
    while at < size do
      local each
      each, entries = unpack('>I4I2', all, at)
      width = each < DISTINCT and 9 or 15
      if each == id then break end
      at = at + 6 + entries * width
    end
    if at < size then
      local first, over = at + 6, at + 6 + entries * width
      if kind == CLEAR then
        all = sub(all, 1, at - 1) .. sub(all, over)
        if of_account then changed = true end
      else
        local place, count
        if width == 9 then
          for k = first, over - 1, 9 do
            local when, charges = unpack('>I6I3', all, k)
            if when == found then
              place, count = k, charges
              break
            elseif when > found then
              ordinary = false
              break
            end
          end
        elseif members_max == 0 or entries < members_max then
          for k = first, over - 1, 15 do
            local charges, who = unpack('>I3I6', all, k + 6)
            if who == member then place, count = k, charges break end
          end
        end
        if not ordinary then break end
        if place then
          if of_account then changed = true end
          count = count - weight
          if count > 0 then
            all = sub(all, 1, place + 5) .. pack('>I3', count) .. sub(all, place + 9)
          elseif entries > 1 then
            all = sub(all, 1, at + 3) .. pack('>I2', entries - 1) .. sub(all, first, place - 1) .. sub(all, place + width)
          else
            all = sub(all, 1, at - 1) .. sub(all, over)
          end
        end
      end
    end
  end
  if not ordinary then break end
  if of_account then
    if changed then
      network_bytes = all ~= '' and pack(HEADER, 2, 0, 0, #all, 0, 0, 0) .. all or EMPTY
      if all ~= '' then
        call('SET', network_key, network_bytes, 'PX', keep)
      else
        call('DEL', network_key)
      end
    end
    all = of_account
  end
  bytes = pack(HEADER, 2, epoch, #slots, #all, #reservations, #wrong_tags, spent) .. slots .. all .. reservations ..
          wrong_tags .. sub(bytes, reservations_end + tags + 1)
  if #bytes == HEADER_BYTES and epoch == 0 then
    bytes = ''
    call('DEL', key)
  else
    call('SET', key, bytes, 'PX', keep)
  end
  if network_bytes == EMPTY then network_bytes = '' end
  return { bytes, network_bytes, now, SETTLED, give and 1 or 0, found }
until true
