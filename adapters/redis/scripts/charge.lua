-- ApplyCharge of engine/signal/shard.cc.
-- KEYS: the account's shard, the network's. ARGV[1], packed: { now or -1, token_life, keep, reservation_id,
-- tag + 1 or 0, dry_run, forced, lanes }; a lane is { lane, proof_id, proof_epoch, slots_max, fresh_for,
-- spent_for, account counters, network counters, closed }. Where the network's shard is on another server there is
-- no KEYS[2] and no network counter.
-- Answers { account, network, now, admitted, sub, reservation_id, shared, lane that was counted or -1 }.

local function is_spent(record, id, now)
  local spent = record[SPENT]
  for i = 1, #spent, 2 do
    if spent[i] == id and spent[i + 1] > now then return true end
  end
  return false
end

-- The index of the slot that the proof leads to (0 without one), or nil when the proof does not hold.
local function find_proof(ask, record, now)
  local lane, id, epoch, fresh_for = ask[1], ask[2], ask[3], ask[5]
  local slots, slot = record[SLOTS], find_slot(record, ask[1], ask[2])
  if lane == DEVICE then
    if epoch < record[EPOCH] or is_spent(record, id, now) then return nil end
    if slot then return slots[slot + 1] end
    if slots_taken(record, lane) >= ask[4] then return nil end
    return free_index(record, lane)
  elseif lane == RECOVERED then
    if not slot or epoch < record[EPOCH] or slots[slot + 3] + fresh_for <= now then return nil end
    return slots[slot + 1]
  elseif lane == FAMILIAR then
    if not slot or slots[slot + 4] + fresh_for <= now then return nil end
    return slots[slot + 1]
  elseif lane == CHALLENGED then
    if is_spent(record, id, now) then return nil end
    return 0
  end
  return 0
end

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
local function reserve(record, id, at, lane, sub, tag)
  local all = record[RESERVATIONS]
  if #all / 5 >= RESERVATIONS_MAX then
    local worst = weakest(all, 5, 2)
    if all[worst + 2] < lane then return end
    erase(all, worst, 5)
  end
  add(all, id, at, lane, sub, tag)
end

local function claim_place(record, device, index, now)
  local slots, seen = record[SLOTS], now
  for i = 1, #slots, SLOT do
    if slots[i] == DEVICE then seen = math.min(seen, slots[i + 4] - 1) end
  end
  add(slots, DEVICE, index, device, now, seen, '')
end

local request = cmsgpack.unpack(ARGV[1])
local now, life, keep, reservation, tag = clock(request[1]), request[2], request[3], request[4], request[5]
local account, account_bytes = read(KEYS[1])
if not account then return account_bytes end
local network, network_bytes = read(KEYS[2])
if not network then return network_bytes end

local account_changed, network_changed = false, false
for _, ask in ipairs(request[8]) do
  if make_room(ask[7], account, now) then account_changed = true end
  if make_room(ask[8], network, now) then network_changed = true end
end
local admitted, last, sub, lane_counted = -1, nil, 0, -1
for i, ask in ipairs(request[8]) do
  local slot = find_proof(ask, account, now)
  if slot then
    last, sub, lane_counted = ask, slot, i - 1
    if ask[9] == 0 and admits(ask[8], network, slot, now, life) and admits(ask[7], account, slot, now, life) then
      admitted = i - 1
      break
    end
  end
end
local counted = admitted >= 0 or (request[7] == 1 and last ~= nil)
if not counted or request[6] == 1 then
  if account_changed then account_bytes = encode(account) end
  if network_changed then network_bytes = encode(network) end
  return { account_bytes, network_bytes, now, admitted, sub, reservation, 0, -1 }
end

prune(account, now, life)
if prune(network, now, life) then network_changed = true end
local lane, shared = last[1], nil
if lane == CHALLENGED then spend_id(account, last[2], now + last[6]) end
if tag ~= 0 then
  local all = account[RESERVATIONS]
  for i = 1, #all, 5 do
    if all[i + 2] == lane and all[i + 3] == sub and all[i + 4] == tag then shared = all[i] break end
  end
end
if not shared then
  if lane == DEVICE and not find_slot(account, lane, last[2]) then claim_place(account, last[2], sub, now) end
  charge_all(last[7], account, sub, now)
  if charge_all(last[8], network, sub, now) then network_changed = true end
  reserve(account, reservation, now, lane, sub, tag)
end
account_bytes = write(KEYS[1], account, keep)
if network_changed then network_bytes = write(KEYS[2], network, keep) end
return { account_bytes, network_bytes, now, admitted, sub, shared or reservation, shared and 1 or 0, lane_counted }
