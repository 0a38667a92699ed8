// What the engine's user has to be allowed in Redis: the commands of deploy/redis/latchkey.acl, one by one.
//
// A test compares this list with the ACL file and with the table of docs/redis-operations.md; another runs
// everything under that file. Whoever sends a new command adds it in these three places.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace latchkey {

struct Privilege {
  std::string_view command;           // As an ACL writes it: "get", "client|setname".
  std::vector<std::string> harmless;  // The command in a form that changes nothing but the key kProbeKey.
};

// In place of the name of a key that is the doctor's own, and ends by itself.
inline constexpr std::string_view kProbeKey = "@key";

// In the order in which the harmless forms work one after the other.
[[nodiscard]] const std::vector<Privilege>& EnginePrivileges();

// What the engine never needs and an attacker who took its password would like; each in a form that Redis
// refuses (or that changes nothing) even where it is allowed. Only NOPERM says that it is not.
[[nodiscard]] const std::vector<Privilege>& ForeignPrivileges();

}  // namespace latchkey
