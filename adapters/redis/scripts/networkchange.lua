-- ApplyNetworkChange of engine/signal/shard.cc.
-- KEYS: the network's shard. ARGV[1], packed: now, token_life, keep, charged_at, tolerance, number of effects, and these
-- (settlerequest.lua).
-- Answers { network, now }.

local _, life, keep, charged_at, tolerance, effects, pos = unpack('>I6I6Bc0I6I6B', request)
local network, network_bytes = read(KEYS[1])
if not network then return network_bytes end

apply_effects(network, pos, effects, true, true, charged_at, tolerance)
prune(network, life)
return { write(KEYS[1], network, keep), now }
