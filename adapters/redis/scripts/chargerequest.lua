-- What charge.lua and quickcharge.lua are asked. KEYS: the account's shard, the network's. ARGV[1], packed: now, token_life,
-- reservation_id, tag + 1 or 0, keep, 1 for dry_run and 2 for forced; the stranger's numbers of network and account counters,
-- and where in ARGV[1] both are, or four times 0; number of lanes; a lane is its number, that and proof_id as a slot begins
-- with them, proof_epoch, slots_max, fresh_for, spent_for, closed, numbers of account and network counters, bytes of both
-- together and of the network's; then these counters, the network's first. Where the network's shard is on another server there
-- is no KEYS[2] and no network counter. The stranger's counters are told where an account without slots leaves no other lane,
-- and that may be charged.
-- Answers { account, network, now, admitted, sub, reservation_id, shared, lane that was counted or -1 }.

local CHARGE, LANE = '>I6I6c3Bc0BBBI2I2B', '>BxI6I6I4I6I6BBBI2I2'
