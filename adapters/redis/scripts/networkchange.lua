-- ApplyNetworkChange of engine/signal/shard.cc.
-- KEYS: the network's shard. ARGV[1], packed: { now or -1, token_life, keep, charged_at, tolerance, effects }.
-- Answers { network, now }.

local request = cmsgpack.unpack(ARGV[1])
local now, life, keep = clock(request[1]), request[2], request[3]
local network, bytes = read(KEYS[1])
if not network then return bytes end

for _, effect in ipairs(request[6]) do apply_effect(effect, network, request[4], now, request[5]) end
prune(network, now, life)
return { write(KEYS[1], network, keep), now }
