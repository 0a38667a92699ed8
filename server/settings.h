// How a latchkeyd is configured: flag before environment before file before default.
//
// One table (settings.cc) says each setting's name, default and meaning. The file is YAML with the dotted
// names as nested keys; the environment variable of `redis.command_timeout` is
// LATCHKEY_REDIS__COMMAND_TIMEOUT; the flag is --redis-command-timeout. Secrets come from files only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"

namespace latchkey {

struct SettingInfo {
  std::string_view name;      // "redis.command_timeout"
  std::string_view fallback;  // the default, as it would be written
  std::string_view meaning;
};
[[nodiscard]] const std::vector<SettingInfo>& AllSettings();

// "--redis-command-timeout" and "LATCHKEY_REDIS__COMMAND_TIMEOUT".
[[nodiscard]] std::string FlagOf(std::string_view setting);
[[nodiscard]] std::string VariableOf(std::string_view setting);

// A value as written, and where: "default", "flag", "environment" or "latchkey.yaml:3:9".
struct SettingValue {
  std::string text;
  std::string origin;
};
using SettingValues = std::map<std::string, SettingValue, std::less<>>;

// Values of a file; every unknown key and every value that is no scalar is said, with line and column.
[[nodiscard]] absl::StatusOr<SettingValues> ReadSettingsFile(const std::string& path);

struct RecordingSettings {
  bool on = false;
  double share = 1;  // of accounts
  int64_t bytes_max = 0;
  Duration age_max{0};
  bool show_names = false;
};

struct DeliverySettings {
  std::string targets;           // a file; empty: nothing is delivered
  std::string private_networks;  // that may be sent to nevertheless
  bool allow_http = false;
  std::string ca_file;
  Duration timeout{0};
  int64_t attempts_max = 0;
  Duration age_max{0};
  int64_t queue_entries = 0;  // of a target
  int64_t queue_bytes = 0;    // of a target
  Duration lease{0};
  Duration owner_notice_every{0};
};

struct SiemSettings {
  std::string format;  // "off", "ocsf" or "ecs"
  std::string path;
  bool show_names = false;
};

struct ServerSettings {
  std::string listen;
  std::string metrics_listen;
  std::string environment;
  std::string store;  // "memory" or a Redis URL
  std::string data_dir;
  std::string key_ring;
  std::string policy_file;
  bool policy_in_store = false;
  std::string tls_certificate, tls_private_key, tls_client_ca;
  std::string api_keys;
  bool insecure = false;
  std::string ready_file;
  Duration attempt_token_life{0};
  Duration drain_linger{0};
  Duration drain_grace{0};
  int64_t memory_entries = 0;
  int64_t memory_bytes = 0;
  std::string redis_password_file;
  std::string redis_ca_file;
  std::string redis_certificate, redis_private_key;
  std::string redis_sentinel_user, redis_sentinel_password_file;
  std::optional<bool> redis_sentinel_tls;  // nothing: as the URL says
  Duration redis_connect_timeout{0};
  Duration redis_command_timeout{0};
  int64_t redis_threads = 0;
  int64_t redis_strangers_in_flight = 0;
  int64_t restore_bytes = 0;
  Duration restore_age{0};
  int64_t revocation_replicas = 0;
  Duration revocation_timeout{0};
  int64_t journal_entries = 0;
  RecordingSettings recording;
  DeliverySettings delivery;
  SiemSettings siem;
  std::string log_level;
  bool log_decisions = false;
  bool show_names = false;
};

// All values, checked and typed; every mistake is said with its origin.
[[nodiscard]] absl::StatusOr<ServerSettings> ParseSettings(const SettingValues& values);

// Defaults, then the file (none when empty), then the environment, then the flags.
[[nodiscard]] absl::StatusOr<SettingValues> GatherSettings(const std::string& file,
                                                           const std::map<std::string, std::string>& flags);

}  // namespace latchkey
