-- ApplySettle of engine/signal/shard.cc. What is asked and answered stands in settlerequest.lua.

local function remember(record, lane, id, slots_max, name)
  local slots, oldest, taken, indexes = record[SLOTS], nil, 0, {}
  for i = 1, #slots, 6 do
    if slots[i] == lane then
      if slots[i + 1] == id then
        slots[i + 4] = math.max(slots[i + 4], now)
        if name ~= '' then slots[i + 5] = name end
        return
      end
      taken = taken + 1
      indexes[slots[i + 2]] = true
      if not oldest or slots[i + 4] < slots[oldest + 4] then oldest = i end
    end
  end
  if taken < slots_max then
    local index = 0
    while indexes[index] do index = index + 1 end
    add(slots, lane, id, index, now, now, name)
  elseif oldest and slots[oldest + 4] <= now then
    slots[oldest + 1], slots[oldest + 3], slots[oldest + 4], slots[oldest + 5] = id, now, now, name
  end
end

-- Whether this wrong password (`tag` is one more than its tag) was known as wrong; remembers it if not.
local function known_wrong(record, lane, sub, tag)
  local tags, of_slot, oldest = record[WRONG_TAGS], 0, nil
  for i = 1, #tags, 4 do
    if tags[i] == lane and tags[i + 1] == sub then
      if tags[i + 2] == tag - 1 then
        tags[i + 3] = math.max(tags[i + 3], now)
        return true
      end
      of_slot = of_slot + 1
      oldest = oldest or i
    end
  end
  if of_slot >= WRONG_TAGS_PER_SLOT_MAX then erase(tags, oldest, 4) end
  add(tags, lane, sub, tag - 1, now)
  return false
end

local function may_give_back_unverified(record, id, limit_at)
  local series = find_or_add(record[SERIES], id)
  if refuses(limit_at, series, 1, 0) then return false end
  local _, window = unpack(LIMIT, request, limit_at)
  charge(series, 1, 0, { window }, window, 0)
  return true
end

-- The proof at `pos` of the request, or nil, and what comes behind it.
local function proof_at(pos)
  local given, id, slots_max, name, after = unpack(PROOF, request, pos)
  return given == 1 and { id, slots_max, name } or nil, after
end

local _, life, keep, reservation, charged_at, lane, sub, slot_id, settlement, tag, not_verified, of_account, of_network,
  account_effects, limit_at = unpack(SETTLE, request)
local source, device, effects
source, effects = proof_at(limit_at + LIMIT_BYTES)
device, effects = proof_at(effects)
local account, account_bytes = read(KEYS[1])
if not account then return account_bytes end
local network, network_bytes = read(KEYS[2])
if not network then return network_bytes end
local account_changed = prune(account, life)
local network_changed = prune(network, life)

local reservations, found = account[RESERVATIONS], nil
for i = 1, #reservations, 5 do
  if reservations[i] == reservation then found = i break end
end
local state = SETTLED
if not found then state = charged_at + life <= now and EXPIRED or ALREADY end
local give = found ~= nil
if found then
  if settlement == WRONG then
    give = tag ~= 0 and known_wrong(account, lane, sub, tag)
  elseif settlement == NOT_VERIFIED then
    give = may_give_back_unverified(account, not_verified, limit_at)
  end
  -- An attempt that shares a reservation was charged when the first one with it was.
  charged_at = reservations[found + 1]
  erase(reservations, found, 5)
end

local success = settlement == SUCCESS
local rest = success and found ~= nil
apply_effects(account, effects, of_account, give, rest, charged_at, 0)
if apply_effects(network, effects + account_effects, of_network, give, rest, charged_at, 0) then network_changed = true end
if success then
  local slots = account[SLOTS]
  if slot_id ~= 0 then
    for i = 1, #slots, 6 do
      if slots[i] == lane and slots[i + 1] == slot_id then slots[i + 4] = math.max(slots[i + 4], now) end
    end
  end
  if source then remember(account, FAMILIAR, source[1], source[2], source[3]) end
  if device then remember(account, DEVICE, device[1], device[2], device[3]) end
end
account_changed = prune(account, life) or account_changed or found or success
network_changed = prune(network, life) or network_changed
if account_changed then account_bytes = write(KEYS[1], account, keep) end
if network_changed then network_bytes = write(KEYS[2], network, keep) end
return { account_bytes, network_bytes, now, state, give and 1 or 0, charged_at }
