// backtest: replays a recording or a log under a new policy, and shows what would have been different.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/memory/memory_signal_store.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "adapters/redis/redis_recording.h"
#include "adapters/sodium/siphash_key_hasher.h"
#include "cli/backtest/event_source.h"
#include "cli/backtest/progress.h"
#include "cli/backtest/show.h"
#include "cli/files.h"
#include "cli/log_formats/formats.h"
#include "cli/policy_check.h"
#include "cli/printable.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/attempt/plain_sealer.h"
#include "engine/base/status_macros.h"

namespace latchkey::cli {
namespace {

struct BacktestFlags {
  std::string policy;
  std::string current;
  std::vector<std::string> recordings;
  std::string format = "recording";
  std::string zone;
  std::string environment;
  std::string redis_password_file;
  std::string redis_ca_file;
  bool can_challenge = false;
  bool strict = false;
  int top = 20;
};

// The stores of the replays are bounded, so that memory is, whatever the recording holds.
constexpr MemoryStoreOptions kStoreBounds{.entries_max = 1'000'000, .bytes_max = size_t{512} << 20U};

// What names are hashed under within a replay: nothing of it is kept, and the same input gives the same
// bytes.
absl::StatusOr<KeyRing> ReplayRing() {
  return KeyRing::Parse(absl::StrCat("hash ", std::string(64, '5'), "\n1 ", std::string(64, 'a'), "\n"),
                        "replay");
}

// The policy in a file, or null after everything that is wrong with it was said.
absl::StatusOr<std::shared_ptr<const Policy>> LoadPolicyFile(Session& session, const std::string& path) {
  LATCHKEY_ASSIGN_OR_RETURN(const std::string text, ReadFileOrInput(path, session.in()));
  // A policy that breaks its promises can be tried: its certificate says so.
  PolicyReading reading = YamlPolicyReader().ReadUncertified(text, /*revision=*/1);
  ShowProblems(path, reading.problems, session.err());
  return std::move(reading.policy);
}

absl::StatusOr<std::unique_ptr<EventSource>> OpenRecording(const std::string& name,
                                                           std::unique_ptr<ByteSource> bytes,
                                                           std::string& environment) {
  LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<RecordingReader> reader,
                            RecordingReader::Open(name, std::move(bytes)));
  const std::string& theirs = reader->header().environment;
  if (environment.empty()) environment = theirs;
  if (theirs != environment) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, ": a recording of environment '", theirs, "', not of '", environment, "'"));
  }
  return ReadRecording(std::move(reader));
}

absl::StatusOr<std::vector<std::unique_ptr<EventSource>>> OpenSources(Session& session,
                                                                      const BacktestFlags& flags) {
  std::vector<std::unique_ptr<EventSource>> sources;
  std::string environment = flags.environment;
  const std::string& tenant = session.settings().tenant;
  for (const std::string& path : flags.recordings) {
    if (path.find("://") != std::string::npos) {
      if (flags.environment.empty() || flags.format != "recording") {
        return absl::InvalidArgumentError(
            "--recording: a Redis holds recordings of environments; name one with --environment");
      }
      RedisSettings redis{.url = path, .password_file = flags.redis_password_file};
      redis.tls.ca_file = flags.redis_ca_file;
      redis.environment = flags.environment;
      LATCHKEY_ASSIGN_OR_RETURN(auto bytes, RedisRecordingSource::Open(std::move(redis)));
      const std::string name = RecordingKey(flags.environment);
      LATCHKEY_ASSIGN_OR_RETURN(auto source, OpenRecording(name, std::move(bytes), environment));
      sources.push_back(std::move(source));
      continue;
    }
    const bool input = path == "-";
    const std::string name = input ? "input" : path;
    std::unique_ptr<std::ifstream> file;
    if (!input) {
      errno = 0;
      file = std::make_unique<std::ifstream>(path, std::ios::binary);
      if (!*file || std::filesystem::is_directory(path))
        return LocalError(absl::StrCat(path, ": ", std::strerror(errno != 0 ? errno : EISDIR)));
    }
    if (flags.format != "recording") {
      std::istream& in = input ? session.in() : *file;
      LATCHKEY_ASSIGN_OR_RETURN(auto format, MakeLogFormat(flags.format, flags.zone, absl::Now()));
      sources.push_back(
          ReadLog(name, std::move(file), in, std::move(format),
                  {.tenant = tenant.empty() ? "default" : tenant, .can_challenge = flags.can_challenge}));
      continue;
    }
    auto bytes = input ? std::make_unique<StreamSource>(session.in())
                       : std::make_unique<StreamSource>(std::move(file));
    LATCHKEY_ASSIGN_OR_RETURN(auto source, OpenRecording(name, std::move(bytes), environment));
    sources.push_back(std::move(source));
  }
  return sources;
}

uint64_t SizeOf(const std::vector<std::string>& paths) {
  uint64_t bytes = 0;
  for (const std::string& path : paths) {
    std::error_code error;
    const uintmax_t size = std::filesystem::file_size(path, error);
    if (error) return 0;
    bytes += size;
  }
  return bytes;
}

// Says what could not be read; answers how much that is.
int64_t ShowBroken(const SourceTally& source, std::ostream& err) {
  for (const auto& bad : source.first_broken) {
    err << Printable(source.name) << ':' << (source.lines ? "" : "byte ") << bad.place << ": "
        << Printable(bad.why) << '\n';
  }
  const auto shown = static_cast<int64_t>(source.first_broken.size());
  if (source.lines && source.broken > shown)
    err << Printable(source.name) << ": and " << Counted(source.broken - shown, "more line")
        << " like these\n";
  if (source.lost_bytes > 0)
    err << Printable(source.name) << ": " << Counted(static_cast<int64_t>(source.lost_bytes), "byte")
        << " could not be read\n";
  return source.broken + (source.lost_bytes > 0 ? 1 : 0);
}

absl::StatusOr<ExitCode> RunBacktest(Session& session, const BacktestFlags& flags) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto policy, LoadPolicyFile(session, flags.policy));
  std::shared_ptr<const Policy> current;
  if (!flags.current.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(current, LoadPolicyFile(session, flags.current));
  }
  if (policy == nullptr || (current == nullptr && !flags.current.empty())) return ExitCode::kInvalidPolicy;
  LATCHKEY_ASSIGN_OR_RETURN(auto opened, OpenSources(session, flags));
  MergedSources sources(std::move(opened));

  LATCHKEY_ASSIGN_OR_RETURN(const KeyRing ring, ReplayRing());
  const SipHashKeyHasher hasher(ring);
  const PlainSealer sealer;
  std::vector<const MemorySignalStore*> stores;
  const ReplayPorts ports{.make_store =
                              [&stores](const Clock& clock) {
                                auto store = std::make_unique<MemorySignalStore>(clock, kStoreBounds);
                                stores.push_back(store.get());
                                return store;
                              },
                          .hasher = hasher,
                          .sealer = sealer};
  Backtest backtest(ports, policy, current, {});
  ProgressBar bar(session.err(), isatty(STDERR_FILENO) == 1, SizeOf(flags.recordings));
  absl::Status ended;
  for (int64_t events = 0;;) {
    absl::StatusOr<std::optional<RecordedEvent>> event = sources.Next();
    ended = event.status();
    if (!event.ok() || !*event) break;
    backtest.Add(**std::move(event));
    bar.Update(sources.bytes_read(), ++events);
  }
  backtest.End();
  bar.End();

  ShownBacktest shown{.backtest = backtest, .sources = {}, .policy = policy, .current = current};
  shown.from_log = flags.format != "recording";
  shown.top = flags.top;
  int64_t broken = 0;
  for (const auto& source : sources.sources()) {
    shown.sources.push_back(source->tally());
    broken += ShowBroken(shown.sources.back(), session.err());
  }
  for (const MemorySignalStore* store : stores) shown.overflowed += store->metrics().overflowed;
  const TimelineCounts& counts = backtest.counts();
  if (const int64_t odd = backtest.findings().not_taken(); odd > 0)
    session.err() << Counted(odd, "attempt") << " that the engine would not take\n";
  if (counts.late + counts.twice + counts.unmatched > 0) {
    session.err() << Counted(counts.late, "event") << " too late to be sorted, " << counts.twice
                  << " there twice, " << Counted(counts.unmatched, "report") << " without an attempt\n";
  }
  if (counts.attempts > 0 || ended.ok()) {
    session.json() ? ShowBacktestJson(shown, session.out()) : ShowBacktest(shown, session.out());
  }
  LATCHKEY_RETURN_IF_ERROR(ended);
  if (counts.attempts == 0 && broken > 0) return LocalError("no login found: is --format right?");
  return flags.strict && broken > 0 ? ExitCode::kError : ExitCode::kOk;
}

}  // namespace

void AddBacktestVerb(CLI::App& app, ChosenVerb& chosen) {
  auto& verb = *app.add_subcommand(
      "backtest", "Replay a recording or a log under another policy, and show what would differ");
  auto flags = std::make_shared<BacktestFlags>();
  verb.add_option("--policy", flags->policy, "The policy to try")->required()->type_name("FILE");
  verb.add_option("--current", flags->current,
                  "Compare with this policy [with what was answered then; for a log: with letting through]")
      ->type_name("FILE");
  verb.add_option("--recording", flags->recordings,
                  "What to replay, in any order: files, - for the input, a Redis URL")
      ->required()
      ->type_name("FILE");
  std::vector<std::string> formats = LogFormatNames();
  formats.insert(formats.begin(), "recording");
  verb.add_option("--format", flags->format, "recording, or a log: " + LogFormatsText() + " [recording]")
      ->check(CLI::IsMember(formats))
      ->type_name("");
  verb.add_option("--zone", flags->zone, "Time zone of stamps that have none [the local one]")
      ->type_name("ZONE");
  verb.add_option("--environment", flags->environment, "Refuse recordings of another one")->type_name("NAME");
  verb.add_option("--redis-password-file", flags->redis_password_file, "Password of the Redis user")
      ->type_name("FILE");
  verb.add_option("--redis-ca-file", flags->redis_ca_file, "Authority of Redis' certificate [the system's]")
      ->type_name("FILE");
  verb.add_flag("--can-show-challenge", flags->can_challenge,
                "Logins of a log came by a path that can show a CAPTCHA");
  verb.add_option("--top", flags->top, "List at most this many accounts and sources [20]")
      ->type_name("N")
      ->check(CLI::Range(0, 1000));
  verb.add_flag("--strict", flags->strict, "End with 1 when something is broken");
  chosen.On(verb, [flags](Session& session) { return RunBacktest(session, *flags); });
}

}  // namespace latchkey::cli
