-- ApplyNetworkCharge of engine/signal/shard.cc.
-- KEYS: the network's shard. ARGV[1], packed: now, token_life, keep, dry_run, index of the expected lane, number of lanes;
-- of each lane the number and the bytes of its network counters, and these.
-- Answers { network, now, charged, a '1' or '0' for each lane: whether it is admitted }.

local _, life, keep, dry_run, expected, lanes, pos = unpack('>I6I6Bc0BBB', request)
local network, network_bytes = read(KEYS[1])
if not network then return network_bytes end

local changed, counters, places = false, {}, {}
for i = 1, lanes do
  local bytes
  counters[i], bytes, places[i] = unpack('>BI2', request, pos)
  pos = places[i] + bytes
  if make_room(network, places[i], counters[i]) then changed = true end
end
local admitted = {}
for i = 1, lanes do
  admitted[i] = admits(network, places[i], counters[i], 0, life) and '1' or '0'
end
expected = expected + 1
local any = not each_counter(places[expected], counters[expected], 0, function(_, charged) return not charged end)
local charged = any and dry_run == 0 and admitted[expected] == '1'
if charged then
  prune(network, life)
  charge_all(network, places[expected], counters[expected], 0)
  network_bytes = write(KEYS[1], network, keep)
elseif changed then
  network_bytes = encode(network)
end
return { network_bytes, now, charged and 1 or 0, table.concat(admitted) }
