// store dump: what the records of a store hold. Asks Redis itself, or reads the bytes of one record or the
// log of the embedded store; never latchkeyd.
#include "absl/strings/str_cat.h"
#include "adapters/memory/ledger_copy.h"
#include "adapters/redis/record_reader.h"
#include "adapters/sodium/key_ring_file.h"
#include "adapters/sodium/siphash_key_hasher.h"
#include "adapters/system/system_clock.h"
#include "cli/files.h"
#include "cli/record_json.h"
#include "cli/store_verbs.h"
#include "cli/table.h"
#include "cli/words.h"
#include "engine/attempt/attempt_keys.h"
#include "engine/attempt/source.h"
#include "engine/base/status_macros.h"
#include "engine/signal/record_codec.h"

namespace latchkey::cli {
namespace {

using Json = nlohmann::ordered_json;

struct DumpFlags {
  std::string store;
  std::string password_file;
  std::string ca_file;
  std::string environment = "dev";
  std::string key_ring;
  std::string account;
  std::string network;
  std::string log;
  std::string bytes_file;
  int64_t most = 100;
  bool names = false;
};

// Gathers records and shows them at the end: one JSON array, or a line each.
class Dump {
 public:
  Dump(const DumpFlags& flags, const Session& session) : flags_(flags), session_(session) {}

  // Whether there is room for more.
  bool Add(const std::string& key, std::string_view bytes, const std::string& expires) {
    const absl::StatusOr<Record> record = DecodeRecord(bytes);
    Json json = {{"key", key}, {"bytes", bytes.size()}};
    if (!expires.empty()) json["expires"] = expires;
    if (record.ok()) {
      json.update(RecordJson(*record, flags_.names ? NamesInRecord::kShown : NamesInRecord::kHidden));
    } else {
      json["error"] = std::string(record.status().message());
    }
    int64_t charges = 0;
    if (record.ok()) {
      for (const Series& series : record->series) {
        for (const Entry& entry : series.entries) charges += series.id.distinct() ? 1 : entry.count;
      }
    }
    const auto number = [](size_t count) { return absl::StrCat(count); };
    table_.Add({key, number(bytes.size()), expires, record.ok() ? number(record->slots.size()) : "",
                record.ok() ? number(record->series.size()) : "", record.ok() ? absl::StrCat(charges) : "",
                record.ok() ? number(record->reservations.size()) : std::string(record.status().message())});
    records_.push_back(std::move(json));
    return static_cast<int64_t>(records_.size()) < flags_.most;
  }

  void Show() const {
    if (session_.json()) {
      session_.out() << records_.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
      return;
    }
    table_.Print(session_.out());
    session_.out() << Counted(static_cast<int64_t>(records_.size()), "record") << '\n';
  }

 private:
  const DumpFlags& flags_;
  const Session& session_;
  Json records_ = Json::array();
  Table table_{{{"KEY"},
                {"BYTES", Table::Align::kRight},
                {"EXPIRES"},
                {"PROOFS", Table::Align::kRight},
                {"COUNTERS", Table::Align::kRight},
                {"CHARGES", Table::Align::kRight},
                {"IN FLIGHT", Table::Align::kRight}}};
};

std::string InWords(std::optional<Duration> left) {
  return left ? absl::StrCat("in ", DurationWord(absl::Milliseconds(left->count()))) : "never";
}

// Whose record was asked for by name; nothing: all.
absl::StatusOr<std::optional<RecordKey>> NamedRecord(const Session& session, const DumpFlags& flags) {
  if (flags.account.empty() && flags.network.empty()) return std::optional<RecordKey>();
  if (flags.key_ring.empty())
    return absl::InvalidArgumentError(
        "--account and --network need --key-ring: keys are hashes under its secret");
  LATCHKEY_ASSIGN_OR_RETURN(const KeyRing ring, LoadKeyRing(flags.key_ring));
  const SipHashKeyHasher hasher(ring);
  const KeyMaker keys(flags.environment, hasher);
  const std::string tenant = session.settings().tenant.empty() ? "default" : session.settings().tenant;
  if (!flags.account.empty()) return std::optional<RecordKey>(RecordKey(keys.Account(tenant, flags.account)));
  LATCHKEY_ASSIGN_OR_RETURN(const Source source, Source::Parse(flags.network));
  return std::optional<RecordKey>(RecordKey(RecordKey::Kind::kNetwork, keys.Network(tenant, source)));
}

absl::Status FromRedis(const Session& session, const DumpFlags& flags, const std::optional<RecordKey>& named,
                       Dump& dump) {
  RedisSettings settings;
  settings.url = flags.store;
  settings.password_file = flags.password_file;
  settings.environment = flags.environment;
  settings.tls.ca_file = flags.ca_file;
  const Duration patience{absl::ToInt64Milliseconds(session.settings().timeout)};
  LATCHKEY_ASSIGN_OR_RETURN(const std::unique_ptr<RecordReader> reader,
                            RecordReader::Open(settings, patience));
  const auto add = [&dump](const StoredRecord& record) {
    return dump.Add(record.key, record.bytes, InWords(record.expires_in));
  };
  if (!named) return reader->Scan(add);
  LATCHKEY_ASSIGN_OR_RETURN(const StoredRecord record, reader->Get(*named));
  add(record);
  return absl::OkStatus();
}

absl::Status FromLog(const DumpFlags& flags, const std::optional<RecordKey>& named, Dump& dump) {
  const SystemClock clock;
  bool more = true;
  return ReadLedgerCopy(
      flags.log, flags.environment, clock, [&](const Key& key, std::string_view bytes, TimePoint keep_until) {
        if (!more || (named && !(key == named->key))) return;
        const absl::Time until = absl::FromUnixMillis(keep_until.time_since_epoch().count());
        more = dump.Add(key.Hex(), bytes, absl::FormatTime("%Y-%m-%d %H:%MZ", until, absl::UTCTimeZone()));
      });
}

absl::StatusOr<ExitCode> StoreDump(Session& session, const DumpFlags& flags) {
  if (flags.store.empty() + flags.log.empty() + flags.bytes_file.empty() != 2)
    return absl::InvalidArgumentError("one of --store, --log and FILE is needed: where the records are");
  Dump dump(flags, session);
  if (!flags.bytes_file.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(const std::string bytes, ReadFileOrInput(flags.bytes_file, session.in()));
    // redis-cli ends what it prints with a new line.
    std::string_view shorter = bytes;
    if (shorter.ends_with('\n')) shorter.remove_suffix(1);
    const absl::StatusOr<Record> whole = DecodeRecord(bytes);
    if (!whole.ok()) LATCHKEY_RETURN_IF_ERROR(DecodeRecord(shorter).status());
    dump.Add("", whole.ok() ? std::string_view(bytes) : shorter, "");
  } else {
    LATCHKEY_ASSIGN_OR_RETURN(const std::optional<RecordKey> named, NamedRecord(session, flags));
    LATCHKEY_RETURN_IF_ERROR(flags.log.empty() ? FromRedis(session, flags, named, dump)
                                               : FromLog(flags, named, dump));
  }
  dump.Show();
  return ExitCode::kOk;
}

}  // namespace

void AddStoreVerbs(CLI::App& app, ChosenVerb& chosen) {
  auto& store = *app.add_subcommand("store", "Look into a store");
  store.require_subcommand(1);
  auto& dump = *store.add_subcommand("dump", "Decode records of a store; people are not in them, but hashes");
  auto flags = std::make_shared<DumpFlags>();
  dump.add_option("--store", flags->store, "A Redis, as a user who may read it, such as latchkey-reader")
      ->type_name("URL");
  dump.add_option("--redis-password-file", flags->password_file, "Password of that user")->type_name("FILE");
  dump.add_option("--redis-ca-file", flags->ca_file, "Authority of Redis' certificate [the system's]")
      ->type_name("FILE");
  dump.add_option("--log", flags->log, "The log of an embedded store, of latchkeyd that runs or does not")
      ->type_name("FILE");
  dump.add_option("file", flags->bytes_file, "The bytes of one record; - for input")->type_name("FILE");
  dump.add_option("--environment", flags->environment, "The environment, as latchkeyd has it [dev]")
      ->type_name("NAME");
  dump.add_option("--account", flags->account, "Only the record of this account")->type_name("NAME");
  dump.add_option("--network", flags->network, "Only the record of the network of this address")
      ->type_name("ADDRESS");
  dump.add_option("--key-ring", flags->key_ring, "The key ring, to find those two")->type_name("FILE");
  dump.add_option("--most", flags->most, "At most so many records [100]")->check(CLI::Range(1, 1'000'000));
  dump.add_flag("--names", flags->names, "Show the names that people gave their devices");
  chosen.On(dump, [flags](Session& session) { return StoreDump(session, *flags); });
}

}  // namespace latchkey::cli
