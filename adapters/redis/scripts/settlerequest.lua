-- What settle.lua and quicksettle.lua are asked. KEYS: the account's shard, the network's. ARGV[1], packed: now, token_life,
-- keep, reservation_id, charged_at, lane, sub, slot_id, settlement, tag + 1 or 0, series that counts what is not verified,
-- numbers of account and network effects, bytes of the account's; the limit on what is not verified; source and
-- device, each 0 or 1, id, slots_max, length of its name, name; then the effects, the account's first. An effect is
-- series, member, weight, kind, horizon, members_max, number of windows, and these.
-- Where the network's shard is on another server there is no KEYS[2] and no network effect.
-- Answers { account, network, now, state, given_back, charged_at of what was settled }.

local SETTLE, PROOF, EFFECT = '>I6I6Bc0I6I6BI2I6BI3I4BBI2', '>BI6I4Bc0', '>I4I6I6BI6I2B'
local SUCCESS, WRONG, NOT_VERIFIED = 0, 1, 2
local SETTLED, ALREADY, EXPIRED = 0, 1, 2
local GIVE_BACK, CLEAR, ADD = 0, 1, 2
