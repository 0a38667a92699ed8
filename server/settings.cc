#include "server/settings.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <span>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "adapters/policy_file/suggest.h"
#include "adapters/policy_file/values.h"
#include "engine/attempt/attempt.h"
#include "engine/base/host_and_port.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

void Flatten(const YAML::Node& node, const std::string& prefix, const std::string& path,
             SettingValues& values, std::vector<std::string>& problems) {
  for (const auto& item : node) {
    const std::string name =
        prefix.empty() ? item.first.Scalar() : absl::StrCat(prefix, ".", item.first.Scalar());
    const YAML::Mark mark = item.first.Mark();
    const std::string origin = absl::StrCat(path, ":", mark.line + 1, ":", mark.column + 1);
    if (item.second.IsMap()) {
      Flatten(item.second, name, path, values, problems);
    } else if (!item.second.IsScalar()) {
      problems.push_back(absl::StrCat(origin, ": '", name, "' must be a single value"));
    } else if (values.contains(name)) {
      problems.push_back(absl::StrCat(origin, ": '", name, "' is set twice"));
    } else {
      values[name] = {item.second.Scalar(), origin};
    }
  }
}

bool IsKnown(std::string_view name) {
  const auto& all = AllSettings();
  return std::any_of(all.begin(), all.end(), [name](const SettingInfo& info) { return info.name == name; });
}

// "; did you mean 'redis.command_timeout'?", or where the list is when none is near.
std::string Mend(std::string_view wrong, std::span<const std::string_view> known) {
  const std::string near = Suggest(wrong, known);
  return near.starts_with("did you mean") ? absl::StrCat("; ", near) : "; --help lists them";
}

// Variables of sections that name no setting. Those without a section are left alone: Kubernetes makes
// LATCHKEY_PORT and the like for a service called latchkey.
absl::Status CheckVariables() {
  std::vector<std::string> known;
  for (const SettingInfo& info : AllSettings()) known.push_back(VariableOf(info.name));
  const std::vector<std::string_view> names(known.begin(), known.end());
  std::vector<std::string> problems;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = std::string_view(*entry).substr(0, std::string_view(*entry).find('='));
    if (!variable.starts_with("LATCHKEY_") || variable.find("__") == std::string_view::npos) continue;
    if (std::find(names.begin(), names.end(), variable) != names.end()) continue;
    problems.push_back(
        absl::StrCat("environment: '", ToAbsl(variable), "' is no setting", Mend(variable, names)));
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
}

// Types values and collects what is wrong with them.
class Typed {
 public:
  explicit Typed(const SettingValues& values) : values_(values) {}

  std::string Text(std::string_view name) { return Find(name).text; }
  bool YesNo(std::string_view name) {
    const SettingValue& value = Find(name);
    if (value.text == "true" || value.text == "yes") return true;
    if (value.text != "false" && value.text != "no") Bad(name, value, "true or false");
    return false;
  }
  int64_t Whole(std::string_view name, int64_t min, int64_t max) {
    const SettingValue& value = Find(name);
    int64_t number = 0;
    if (!absl::SimpleAtoi(value.text, &number) || number < min || number > max) {
      Bad(name, value, absl::StrCat("a whole number from ", min, " to ", max));
    }
    return number;
  }
  Duration Span(std::string_view name, Duration min, Duration max, const char* range) {
    const SettingValue& value = Find(name);
    const Duration span =
        value.text == "0" ? Duration::zero() : DurationFromText(value.text).value_or(Duration(-1));
    if (span < min || span > max) Bad(name, value, absl::StrCat("a span ", range, ", as 500ms or 2m"));
    return span;
  }
  // One of these words: "off, ocsf or ecs".
  std::string Choice(std::string_view name, const char* words) {
    const SettingValue& value = Find(name);
    const std::vector<std::string> all = absl::StrSplit(absl::StrReplaceAll(words, {{" or ", ", "}}), ", ");
    if (std::find(all.begin(), all.end(), value.text) == all.end()) Bad(name, value, words);
    return value.text;
  }
  std::string Listening(std::string_view name) {
    const SettingValue& value = Find(name);
    const bool socket_file = value.text.starts_with("unix:") && value.text.size() > 5;
    if (!socket_file && !IsHostAndPort(value.text)) {
      Bad(name, value, "host:port, as 127.0.0.1:7450, [::1]:7450 or 127.0.0.1:0 (any port), or unix:PATH");
    }
    return value.text;
  }
  std::string ListeningOrNowhere(std::string_view name) {
    const SettingValue& value = Find(name);
    if (!value.text.empty() && !IsHostAndPort(value.text)) {
      Bad(name, value, "host:port, as 127.0.0.1:9450 or [::1]:9450, or empty");
    }
    return value.text;
  }
  // "10%", above zero and at most all, as a share.
  double Share(std::string_view name) {
    const SettingValue& value = Find(name);
    double percent = 0;
    const bool good =
        value.text.ends_with('%') &&
        absl::SimpleAtod(ToAbsl(std::string_view(value.text).substr(0, value.text.size() - 1)), &percent) &&
        percent > 0 && percent <= 100;
    if (!good) Bad(name, value, "a share such as 10%, above 0% and at most 100%");
    return percent / 100;
  }
  void Require(bool condition, std::string problem) {
    if (!condition) problems_.push_back(std::move(problem));
  }
  [[nodiscard]] absl::Status status() const {
    if (problems_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrJoin(problems_, "\n"));
  }

 private:
  const SettingValue& Find(std::string_view name) { return values_.find(name)->second; }
  void Bad(std::string_view name, const SettingValue& value, std::string wanted) {
    problems_.push_back(
        absl::StrCat(value.origin, ": '", ToAbsl(name), "' is '", value.text, "', but must be ", wanted));
  }

  const SettingValues& values_;
  std::vector<std::string> problems_;
};

void ReadRecording(Typed& in, RecordingSettings& out) {
  using std::chrono::hours;
  const std::string mode = in.Choice("recording.mode", "off, sampled or full");
  out.on = mode != "off";
  const double share = in.Share("recording.share");
  out.share = mode == "sampled" ? share : 1;
  out.bytes_max = in.Whole("recording.bytes_max", 1 << 20, int64_t{1} << 40);
  out.age_max = in.Span("recording.age_max", hours(1), hours(24 * 400), "from 1h to 400d");
  out.show_names = in.YesNo("recording.show_names");
}

void ReadDelivery(Typed& in, DeliverySettings& out) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  using std::chrono::seconds;
  out.targets = in.Text("delivery.targets");
  out.private_networks = in.Text("delivery.private_networks");
  out.allow_http = in.YesNo("delivery.allow_http");
  out.ca_file = in.Text("delivery.ca_file");
  out.timeout = in.Span("delivery.timeout", milliseconds(100), minutes(2), "from 100ms to 2m");
  out.attempts_max = in.Whole("delivery.attempts_max", 1, 1'000'000);
  out.age_max = in.Span("delivery.age_max", minutes(1), hours(24 * 30), "from 1m to 30d");
  out.queue_entries = in.Whole("delivery.queue_entries", 1, 1'000'000);
  out.queue_bytes = in.Whole("delivery.queue_bytes", 1 << 16, int64_t{1} << 34);
  out.lease = in.Span("delivery.lease", seconds(2), minutes(5), "from 2s to 5m");
  out.owner_notice_every =
      in.Span("delivery.owner_notice_every", milliseconds(0), hours(24 * 90), "from 1h to 90d, or 0");
  in.Require(out.owner_notice_every == Duration::zero() || out.owner_notice_every >= hours(1),
             "'delivery.owner_notice_every' must be 0 or at least 1h");
}

void ReadSiem(Typed& in, SiemSettings& out) {
  out.format = in.Choice("siem.format", "off, ocsf or ecs");
  out.path = in.Text("siem.path");
  in.Require(!out.path.empty(), "'siem.path' is empty; - is standard output");
  out.show_names = in.YesNo("siem.show_names");
}

}  // namespace

const std::vector<SettingInfo>& AllSettings() {
  static const std::vector<SettingInfo>* const kAll = new std::vector<SettingInfo>{
      {"listen", "127.0.0.1:7450", "where gRPC is served: host:port (port 0: any) or unix:PATH"},
      {"metrics_listen", "", "where Prometheus metrics are served, as 127.0.0.1:9450; empty: nowhere"},
      {"environment", "dev", "name of the environment; part of every key and token"},
      {"store", "memory",
       "memory, or redis://…, redis+cluster://…, redis+sentinel://…, redis+unix://…; rediss is TLS"},
      {"data_dir", "latchkey-data", "folder of what this node keeps: log, revocations, development keys"},
      {"key_ring", "", "file of the key ring; empty: one is made in data_dir (development only)"},
      {"policy.file", "policies/default.yaml",
       "the policy; with policy.source store it only seeds revision 1"},
      {"policy.source", "file",
       "file: the file rules and is watched; store: revisions come by `latchkey policy apply`"},
      {"tls.certificate", "", "PEM file of the server's certificate; empty: plaintext"},
      {"tls.private_key", "", "PEM file of its private key"},
      {"tls.client_ca", "", "PEM file of the authority that signs clients' certificates (mutual TLS)"},
      {"api_keys", "", "YAML file of callers: name, sha256 of the key, roles"},
      {"insecure", "false", "true: allow plaintext or callers without credentials beyond loopback"},
      {"ready_file", "", "file that is written with the bound address once the service is ready"},
      {"attempt_token_life", "2m", "how long a password check may take before its charge stands"},
      {"drain.linger", "0", "how long to stay reachable after health says NOT_SERVING"},
      {"drain.grace", "5s", "how long running calls may take while the service ends"},
      {"memory.entries", "1000000", "most records of the embedded store"},
      {"memory.bytes", "1073741824", "most bytes of the embedded store"},
      {"redis.password_file", "", "file with the password of the Redis user"},
      {"redis.ca_file", "", "PEM file of the authority of Redis' certificate; empty: the system's"},
      {"redis.certificate", "", "PEM file of the certificate that this node shows to Redis (mutual TLS)"},
      {"redis.private_key", "", "PEM file of its private key"},
      {"redis.sentinel_user", "", "user at the Sentinels; empty: their default user"},
      {"redis.sentinel_password_file", "", "file with the password at the Sentinels; empty: they want none"},
      {"redis.sentinel_tls", "",
       "true or false: TLS to the Sentinels; empty: as the URL says for the servers"},
      {"redis.connect_timeout", "500ms", "longest wait for a connection"},
      {"redis.command_timeout", "20ms", "longest wait for a reply"},
      {"redis.threads", "1", "event loops, each with a connection of its own to every server"},
      {"redis.strangers_in_flight", "64",
       "most charges without a device or recovery on their way to Redis at once; more wait"},
      {"redis.restore_bytes", "67108864", "what a node remembers of records, to put back what Redis loses"},
      {"redis.restore_age", "10m", "how long it remembers them"},
      {"revocations.replicas", "0", "replicas of Redis that must have a revocation before it returns"},
      {"revocations.replica_timeout", "500ms", "how long it waits for them"},
      {"journal.entries", "4096", "decisions that this node can explain afterwards"},
      {"recording.mode", "off", "off, sampled or full: keep what was asked and answered, for backtests"},
      {"recording.share", "10%", "of accounts, when sampled: above 0% to 100%; an account is kept whole"},
      {"recording.bytes_max", "1073741824", "most bytes of the recording; the oldest go first"},
      {"recording.age_max", "7d", "how long a recording is kept: 1h to 400d"},
      {"recording.show_names", "false", "true: the recording has account names and addresses, no pseudonyms"},
      {"delivery.targets", "", "YAML file of who is told what by webhook or security event; empty: nobody"},
      {"delivery.private_networks", "",
       "private networks that targets may be in, as 10.1.0.0/16, 192.168.7.9; others are refused"},
      {"delivery.allow_http", "false", "true: targets may be http://, which anybody on the way can read"},
      {"delivery.ca_file", "", "PEM file of the authority of the targets' certificates; empty: the system's"},
      {"delivery.timeout", "10s", "longest wait for a target's answer"},
      {"delivery.attempts_max", "100", "attempts after which a message is a dead letter"},
      {"delivery.age_max", "24h", "age at which a message is a dead letter: 1m to 30d"},
      {"delivery.queue_entries", "10000", "most messages that wait for one target"},
      {"delivery.queue_bytes", "33554432", "most bytes that are kept for one target, dead letters included"},
      {"delivery.lease", "15s",
       "how long a node that tells for all may be silent before another takes over: 2s to 5m"},
      {"delivery.owner_notice_every", "24h",
       "at most one notice to an account's owner in this time: 1h to 90d; 0: never"},
      {"siem.format", "off", "off, ocsf or ecs: one JSON line a decision, report and incident"},
      {"siem.path", "-", "file that the lines are appended to; -: standard output"},
      {"siem.show_names", "false", "true: these lines have account names and addresses, no pseudonyms"},
      {"log.level", "info", "debug, info, warn or error"},
      {"log.decisions", "false", "true: one JSON line a decision, pseudonymised"},
      {"show_names", "false", "true: statistics show account names and addresses instead of pseudonyms"},
  };
  return *kAll;
}

std::string FlagOf(std::string_view setting) {
  return absl::StrCat("--", absl::StrReplaceAll(ToAbsl(setting), {{".", "-"}, {"_", "-"}}));
}

std::string VariableOf(std::string_view setting) {
  return absl::StrCat("LATCHKEY_",
                      absl::AsciiStrToUpper(absl::StrReplaceAll(ToAbsl(setting), {{".", "__"}})));
}

absl::StatusOr<SettingValues> ReadSettingsFile(const std::string& path) {
  SettingValues values;
  std::vector<std::string> problems;
  try {
    const YAML::Node root = YAML::LoadFile(path);
    if (root.IsMap()) {
      Flatten(root, "", path, values, problems);
    } else if (!root.IsNull()) {
      problems.push_back(absl::StrCat(path, ":1:1: the file must be a map of settings"));
    }
  } catch (const YAML::BadFile&) {
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ":", error.mark.line + 1, ":", error.mark.column + 1, ": ", error.msg));
  }
  std::vector<std::string_view> known;
  for (const SettingInfo& info : AllSettings()) known.push_back(info.name);
  for (const auto& [name, value] : values) {
    if (!IsKnown(name))
      problems.push_back(absl::StrCat(value.origin, ": unknown setting '", name, "'", Mend(name, known)));
  }
  if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
  return values;
}

absl::StatusOr<SettingValues> GatherSettings(const std::string& file,
                                             const std::map<std::string, std::string>& flags) {
  LATCHKEY_RETURN_IF_ERROR(CheckVariables());
  SettingValues values;
  for (const SettingInfo& info : AllSettings())
    values[std::string(info.name)] = {std::string(info.fallback), "default"};
  if (!file.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(SettingValues from_file, ReadSettingsFile(file));
    for (auto& [name, value] : from_file) values[name] = std::move(value);
  }
  for (auto& [name, value] : values) {
    if (const char* text = std::getenv(VariableOf(name).c_str()); text != nullptr)
      value = {text, absl::StrCat("environment ", VariableOf(name))};
  }
  for (const auto& [name, text] : flags) values[name] = {text, absl::StrCat("flag ", FlagOf(name))};
  return values;
}

absl::StatusOr<ServerSettings> ParseSettings(const SettingValues& values) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  Typed in(values);
  ServerSettings out;
  out.listen = in.Listening("listen");
  out.metrics_listen = in.ListeningOrNowhere("metrics_listen");
  out.environment = in.Text("environment");
  out.store = in.Text("store");
  out.data_dir = in.Text("data_dir");
  out.key_ring = in.Text("key_ring");
  out.policy_file = in.Text("policy.file");
  out.policy_in_store = in.Choice("policy.source", "file or store") == "store";
  out.tls_certificate = in.Text("tls.certificate");
  out.tls_private_key = in.Text("tls.private_key");
  out.tls_client_ca = in.Text("tls.client_ca");
  in.Require(out.tls_certificate.empty() == out.tls_private_key.empty(),
             "'tls.certificate' and 'tls.private_key' belong together: set both or none");
  in.Require(out.tls_client_ca.empty() || !out.tls_certificate.empty(),
             "'tls.client_ca' needs 'tls.certificate' and 'tls.private_key'");
  out.api_keys = in.Text("api_keys");
  out.insecure = in.YesNo("insecure");
  out.ready_file = in.Text("ready_file");
  out.attempt_token_life = in.Span("attempt_token_life", seconds(1), hours(1), "from 1s to 1h");
  out.drain_linger = in.Span("drain.linger", seconds(0), hours(1), "up to 1h");
  out.drain_grace = in.Span("drain.grace", seconds(0), hours(1), "up to 1h");
  out.memory_entries = in.Whole("memory.entries", 1'000, 1'000'000'000);
  out.memory_bytes = in.Whole("memory.bytes", 1 << 20, int64_t{1} << 40);
  out.redis_password_file = in.Text("redis.password_file");
  out.redis_ca_file = in.Text("redis.ca_file");
  out.redis_certificate = in.Text("redis.certificate");
  out.redis_private_key = in.Text("redis.private_key");
  in.Require(out.redis_certificate.empty() == out.redis_private_key.empty(),
             "'redis.certificate' and 'redis.private_key' belong together: set both or none");
  out.redis_sentinel_user = in.Text("redis.sentinel_user");
  out.redis_sentinel_password_file = in.Text("redis.sentinel_password_file");
  if (!in.Text("redis.sentinel_tls").empty()) out.redis_sentinel_tls = in.YesNo("redis.sentinel_tls");
  out.redis_connect_timeout =
      in.Span("redis.connect_timeout", milliseconds(1), seconds(60), "from 1ms to 60s");
  out.redis_command_timeout =
      in.Span("redis.command_timeout", milliseconds(1), seconds(10), "from 1ms to 10s");
  out.redis_threads = in.Whole("redis.threads", 1, 64);
  out.redis_strangers_in_flight = in.Whole("redis.strangers_in_flight", 1, 100'000);
  out.restore_bytes = in.Whole("redis.restore_bytes", 0, int64_t{1} << 36);
  out.restore_age = in.Span("redis.restore_age", seconds(1), hours(24), "from 1s to 24h");
  out.revocation_replicas = in.Whole("revocations.replicas", 0, 16);
  out.revocation_timeout =
      in.Span("revocations.replica_timeout", milliseconds(1), seconds(30), "from 1ms to 30s");
  out.journal_entries = in.Whole("journal.entries", 0, 1'000'000);
  ReadRecording(in, out.recording);
  ReadDelivery(in, out.delivery);
  ReadSiem(in, out.siem);
  out.log_level = in.Choice("log.level", "debug, info, warn or error");
  out.log_decisions = in.YesNo("log.decisions");
  out.show_names = in.YesNo("show_names");
  if (absl::Status name = CheckName("environment", out.environment); !name.ok())
    in.Require(false, std::string(name.message()));
  LATCHKEY_RETURN_IF_ERROR(in.status());
  return out;
}

}  // namespace latchkey
