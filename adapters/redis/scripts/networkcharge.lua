-- ApplyNetworkCharge of engine/signal/shard.cc.
-- KEYS: the network's shard. ARGV[1], packed: { now or -1, token_life, keep, dry_run, index of the expected lane,
-- network counters of each lane }.
-- Answers { network, now, charged, a '1' or '0' for each lane: whether it is admitted }.

local request = cmsgpack.unpack(ARGV[1])
local now, life, keep = clock(request[1]), request[2], request[3]
local network, bytes = read(KEYS[1])
if not network then return bytes end

local changed = false
for _, asks in ipairs(request[6]) do
  if make_room(asks, network, now) then changed = true end
end
local admitted = {}
for i, asks in ipairs(request[6]) do
  admitted[i] = admits(asks, network, 0, now, life) and '1' or '0'
end
local expected, any = request[6][request[5] + 1], false
for _, ask in ipairs(expected) do any = any or ask[4] == 1 end
local charged = any and request[4] == 0 and admitted[request[5] + 1] == '1'
if charged then
  prune(network, now, life)
  charge_all(expected, network, 0, now)
  bytes = write(KEYS[1], network, keep)
elseif changed then
  bytes = encode(network)
end
return { bytes, now, charged and 1 or 0, table.concat(admitted) }
