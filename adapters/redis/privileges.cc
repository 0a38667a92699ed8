#include "adapters/redis/privileges.h"

namespace latchkey {

const std::vector<Privilege>& EnginePrivileges() {
  static const std::string key(kProbeKey);
  // Every key that is written gets a time to live, whatever comes after.
  static const std::vector<Privilege> privileges = {
      {"ping", {"PING"}},
      {"client|setname", {"CLIENT", "SETNAME", "latchkey-doctor"}},
      {"select", {"SELECT", "0"}},
      {"info", {"INFO", "server"}},
      {"role", {"ROLE"}},
      {"cluster|slots", {"CLUSTER", "SLOTS"}},
      {"asking", {"ASKING"}},
      {"time", {"TIME"}},
      {"eval", {"EVAL", "return 1", "1", key}},
      // The script that EVAL has just made known.
      {"evalsha", {"EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "1", key}},
      {"set", {"SET", key, "1", "PX", "5000"}},
      {"get", {"GET", key}},
      {"del", {"DEL", key}},
      {"lpush", {"LPUSH", key, "1"}},
      {"pexpire", {"PEXPIRE", key, "5000"}},
      {"lrange", {"LRANGE", key, "0", "0"}},
      {"lindex", {"LINDEX", key, "0"}},
      {"ltrim", {"LTRIM", key, "1", "0"}},  // Leaves nothing.
      {"xadd", {"XADD", key, "NOMKSTREAM", "*", "f", "1"}},
      {"xtrim", {"XTRIM", key, "MAXLEN", "0"}},
      {"hgetall", {"HGETALL", key}},
      {"xlen", {"XLEN", key}},
      {"xrange", {"XRANGE", key, "-", "+", "COUNT", "1"}},
      {"xrevrange", {"XREVRANGE", key, "+", "-", "COUNT", "1"}},
      {"hset", {"HSET", key, "f", "1"}},
      {"hget", {"HGET", key, "f"}},
      {"hlen", {"HLEN", key}},
      {"hscan", {"HSCAN", key, "0"}},
      {"hdel", {"HDEL", key, "f"}},  // Leaves nothing.
      {"zadd", {"ZADD", key, "1", "m"}},
      {"zrangebyscore", {"ZRANGEBYSCORE", key, "-inf", "0"}},
      {"zrem", {"ZREM", key, "m"}},  // Leaves nothing.
      {"wait", {"WAIT", "0", "1"}},
  };
  return privileges;
}

const std::vector<Privilege>& ForeignPrivileges() {
  static const std::vector<Privilege> privileges = {
      {"flushall", {"FLUSHALL", "NEITHER-SYNC-NOR-ASYNC"}},
      {"config|set", {"CONFIG", "SET", "no-such-setting-of-redis", "1"}},
      {"acl|setuser", {"ACL", "SETUSER", "nobody", "no-such-rule-of-redis"}},
      {"shutdown", {"SHUTDOWN", "NEITHER-SAVE-NOR-NOSAVE"}},
      {"scan", {"SCAN", "no-cursor"}},
      {"replicaof", {"REPLICAOF", "NO", "PORT"}},
  };
  return privileges;
}

}  // namespace latchkey
