-- ApplyCharge of engine/signal/shard.cc. What is asked and answered stands in chargerequest.lua.

local function is_spent(record, id)
  local spent = record[SPENT]
  for i = 1, #spent, 2 do
    if spent[i] == id and spent[i + 1] > now then return true end
  end
  return false
end

local function free_index(slots, lane)
  local taken, index = {}, 0
  for i = 1, #slots, 6 do
    if slots[i] == lane then taken[slots[i + 2]] = true end
  end
  while taken[index] do index = index + 1 end
  return index
end

-- The index of the slot that the proof leads to (0 without one), or nil when the proof does not hold.
local function find_proof(record, lane, id, epoch, slots_max, fresh_for)
  if lane == STRANGER then return 0 end
  if lane == CHALLENGED then return not is_spent(record, id) and 0 or nil end
  local slots = record[SLOTS]
  local slot = find_slot(slots, lane, id)
  if lane == DEVICE then
    if epoch < record[EPOCH] or is_spent(record, id) then return nil end
    if slot then return slots[slot + 2] end
    local taken = 0
    for i = 1, #slots, 6 do
      if slots[i] == lane then taken = taken + 1 end
    end
    if taken >= slots_max then return nil end
    return free_index(slots, lane)
  end
  if not slot then return nil end
  if lane == RECOVERED then
    if epoch < record[EPOCH] or slots[slot + 3] + fresh_for <= now then return nil end
  elseif slots[slot + 4] + fresh_for <= now then
    return nil
  end
  return slots[slot + 2]
end

-- Of too many the one that is spent for the shortest time is dropped.
local function spend_id(record, id, till)
  local spent = record[SPENT]
  if #spent / 2 >= SPENT_MAX then
    local soonest = 1
    for i = 3, #spent, 2 do
      if spent[i + 1] < spent[soonest + 1] then soonest = i end
    end
    erase(spent, soonest, 2)
  end
  add(spent, id, till)
end

-- Remembers a reservation; of too many, the oldest of the weakest lane is forgotten.
local function reserve(record, id, lane, sub, tag)
  local all = record[RESERVATIONS]
  if #all / 5 >= RESERVATIONS_MAX then
    local weakest = 1
    for i = 6, #all, 5 do
      if all[i + 2] > all[weakest + 2] then weakest = i end
    end
    if all[weakest + 2] < lane then return end
    erase(all, weakest, 5)
  end
  add(all, id, now, lane, sub, tag)
end

-- Gives a device that the record does not know a free place. It counts as seen before all others.
local function claim_place(record, device, index)
  local slots, seen = record[SLOTS], now
  for i = 1, #slots, 6 do
    if slots[i] == DEVICE then seen = math.min(seen, slots[i + 4] - 1) end
  end
  add(slots, DEVICE, device, index, now, seen, '')
end

local life, reservation, tag, keep, aside, _, _, _, _, lanes, first = unpack(CHARGE, request, 7)
local dry_run, forced = aside % 2, aside >= 2
tag = unpack('>I3', tag)
local account, account_bytes = read(KEYS[1])
if not account then return account_bytes end
local network, network_bytes = read(KEYS[2])
if not network then return network_bytes end

local account_changed, network_changed = false, false
local asks, pos = {}, first
for i = 1, lanes do
  local name, id, epoch, slots_max, fresh_for, spent_for, closed, accounts, networks, bytes, network_bytes, at =
    unpack(LANE, request, pos)
  asks[i] = { lane = name, id = id, epoch = epoch, slots_max = slots_max, fresh_for = fresh_for, spent_for = spent_for,
              closed = closed == 1, accounts = accounts, networks = networks, network = at, account = at + network_bytes }
  pos = at + bytes
  if make_room(account, asks[i].account, accounts) then account_changed = true end
  if make_room(network, at, networks) then network_changed = true end
end
local admitted, last, sub, counted = -1, nil, 0, -1
for i, ask in ipairs(asks) do
  local slot = find_proof(account, ask.lane, ask.id, ask.epoch, ask.slots_max, ask.fresh_for)
  if slot then
    last, sub, counted = ask, slot, i - 1
    if not ask.closed and admits(network, ask.network, ask.networks, slot, life) and
       admits(account, ask.account, ask.accounts, slot, life) then
      admitted = i - 1
      break
    end
  end
end
if not last or (admitted < 0 and not forced) or dry_run == 1 then
  if account_changed then account_bytes = encode(account) end
  if network_changed then network_bytes = encode(network) end
  return { account_bytes, network_bytes, now, admitted, sub, reservation, 0, -1 }
end

prune(account, life)
if prune(network, life) then network_changed = true end
local lane, shared = last.lane, nil
if lane == CHALLENGED then spend_id(account, last.id, now + last.spent_for) end
if tag ~= 0 then
  local all = account[RESERVATIONS]
  for i = 1, #all, 5 do
    if all[i + 2] == lane and all[i + 3] == sub and all[i + 4] == tag then shared = all[i] break end
  end
end
if not shared then
  if lane == DEVICE and not find_slot(account[SLOTS], lane, last.id) then claim_place(account, last.id, sub) end
  charge_all(account, last.account, last.accounts, sub)
  if charge_all(network, last.network, last.networks, sub) then network_changed = true end
  reserve(account, reservation, lane, sub, tag)
end
account_bytes = write(KEYS[1], account, keep)
if network_changed then network_bytes = write(KEYS[2], network, keep) end
return { account_bytes, network_bytes, now, admitted, sub, shared or reservation, shared and 1 or 0, counted }
