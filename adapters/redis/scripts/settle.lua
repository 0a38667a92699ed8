-- ApplySettle of engine/signal/shard.cc.
-- KEYS: the account's shard, the network's. ARGV[1], packed: { now or -1, token_life, keep, reservation_id,
-- charged_at, lane, sub, slot_id, settlement, tag + 1 or 0, account effects, network effects, source, device,
-- not_verified, not_verified_limit }; an effect is { series, member, weight, kind, windows, horizon,
-- members_max }; source and device are { id, slots_max, name } or {}.
-- Where the network's shard is on another server there is no KEYS[2] and no network effect.
-- Answers { account, network, now, state, given_back, charged_at of what was settled }.

local SUCCESS, WRONG, NOT_VERIFIED = 0, 1, 2
local SETTLED, ALREADY, EXPIRED = 0, 1, 2

local function remember(record, lane, proof, now)
  local slots, oldest = record[SLOTS], nil
  for i = 1, #slots, SLOT do
    if slots[i] == lane then
      if slots[i + 2] == proof[1] then
        slots[i + 4] = math.max(slots[i + 4], now)
        if proof[3] ~= '' then slots[i + 5] = proof[3] end
        return
      end
      if not oldest or slots[i + 4] < slots[oldest + 4] then oldest = i end
    end
  end
  if slots_taken(record, lane) < proof[2] then
    add(slots, lane, free_index(record, lane), proof[1], now, now, proof[3])
  elseif oldest and slots[oldest + 4] <= now then
    slots[oldest + 2], slots[oldest + 3], slots[oldest + 4], slots[oldest + 5] = proof[1], now, now, proof[3]
  end
end

-- Whether this wrong password (`tag` is one more than its tag) was known as wrong; remembers it if not.
local function known_wrong(record, lane, sub, tag, now)
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

local function may_give_back_unverified(record, id, limit, now)
  local series = find_or_add(record, id)
  if refuses(limit, series, 1, now, 0) then return false end
  forget(series, limit[2], now)
  charge(series, now, 1, 0, { limit[2] }, limit[2], 0)
  return true
end

local request = cmsgpack.unpack(ARGV[1])
local now, life, keep, reservation = clock(request[1]), request[2], request[3], request[4]
local charged_at, lane, sub, slot_id = request[5], request[6], request[7], request[8]
local settlement, tag = request[9], request[10]
local account, account_bytes = read(KEYS[1])
if not account then return account_bytes end
local network, network_bytes = read(KEYS[2])
if not network then return network_bytes end
local account_changed = prune(account, now, life)
local network_changed = prune(network, now, life)

local reservations, found = account[RESERVATIONS], nil
for i = 1, #reservations, 5 do
  if reservations[i] == reservation then found = i break end
end
local state = SETTLED
if not found then state = charged_at + life <= now and EXPIRED or ALREADY end
local give = found ~= nil
if found then
  if settlement == WRONG then
    give = tag ~= 0 and known_wrong(account, lane, sub, tag, now)
  elseif settlement == NOT_VERIFIED then
    give = may_give_back_unverified(account, request[15], request[16], now)
  end
  -- An attempt that shares a reservation was charged when the first one with it was.
  charged_at = reservations[found + 1]
  erase(reservations, found, 5)
end

local success = settlement == SUCCESS
-- Whether any effect was applied.
local function apply(effects, record)
  local applied = false
  for _, effect in ipairs(effects) do
    local due = success and found ~= nil
    if effect[4] == GIVE_BACK then due = give end
    if due then
      apply_effect(effect, record, charged_at, now, 0)
      applied = true
    end
  end
  return applied
end
apply(request[11], account)
if apply(request[12], network) then network_changed = true end
if success then
  local slots = account[SLOTS]
  if slot_id ~= 0 then
    for i = 1, #slots, SLOT do
      if slots[i] == lane and slots[i + 2] == slot_id then slots[i + 4] = math.max(slots[i + 4], now) end
    end
  end
  if #request[13] > 0 then remember(account, FAMILIAR, request[13], now) end
  if #request[14] > 0 then remember(account, DEVICE, request[14], now) end
end
account_changed = prune(account, now, life) or account_changed or found or success
network_changed = prune(network, now, life) or network_changed
if account_changed then account_bytes = write(KEYS[1], account, keep) end
if network_changed then network_bytes = write(KEYS[2], network, keep) end
return { account_bytes, network_bytes, now, state, give and 1 or 0, charged_at }
