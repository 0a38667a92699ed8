// record: streams a real log through the policy and shows whom it would have hit, and why.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "cli/json.h"
#include "cli/log_formats/formats.h"
#include "cli/printable.h"
#include "cli/record_stream.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {
namespace {

struct RecordFlags {
  std::string format = "sshd";
  std::string file;
  std::string zone;
  bool import_logins = false;
  bool strict = false;
};

constexpr auto kRight = Table::Align::kRight;

std::string TallyText(const RecordTally& tally) {
  return absl::StrCat(Counted(tally.lines, "line"), ": ", Counted(tally.events, "login"), ", ",
                      Counted(tally.notices, "notice"), ", ", tally.others, " about other things, ",
                      tally.broken, " broken");
}

// On a terminal one line that changes, elsewhere a line now and then.
std::function<void(const RecordTally&)> Progress(Session& session) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  auto next = std::make_shared<absl::Time>(absl::Now() + absl::Seconds(1));
  return [&session, terminal, next](const RecordTally& tally) {
    if (absl::Now() < *next) return;
    *next = absl::Now() + (terminal ? absl::Milliseconds(200) : absl::Seconds(5));
    session.err() << (terminal ? "\r" : "") << TallyText(tally) << (terminal ? "\x1b[K" : "\n") << std::flush;
  };
}

void ShowBadLines(const std::string& file, const char* what, const std::vector<RecordTally::BadLine>& lines,
                  int64_t all, std::ostream& err) {
  for (const auto& bad : lines)
    err << Printable(file) << ':' << bad.line << ": " << what << Printable(bad.why) << '\n';
  const auto shown = static_cast<int64_t>(lines.size());
  if (all > shown) err << Printable(file) << ": and " << Counted(all - shown, "more line") << " like these\n";
}

void ShowAnswers(const v1::RecordEventsResponse& summary, std::ostream& out) {
  Table answers({{"THE POLICY ANSWERS"}, {"LOGINS", kRight}, {"SHARE", kRight}});
  for (const auto& answer : summary.answers()) {
    const double share = summary.accepted() == 0 ? 0
                                                 : 100.0 * static_cast<double>(answer.count()) /
                                                       static_cast<double>(summary.accepted());
    answers.Add(
        {ActionWord(answer.action()), absl::StrCat(answer.count()), absl::StrFormat("%.1f %%", share)});
  }
  answers.Print(out);
  if (summary.rules_size() == 0) return;
  Table rules({{"WHY"}, {"LIMIT", kRight}, {"ANSWER"}, {"LOGINS", kRight}});
  for (const auto& rule : summary.rules()) {
    rules.Add({rule.rule_id(), absl::StrCat(rule.limit_index() + 1), ActionWord(rule.action()),
               absl::StrCat(rule.count())});
  }
  out << '\n';
  rules.Print(out);
}

void ShowWhom(const v1::RecordEventsResponse& summary, std::ostream& out) {
  // 64 is where the server stops counting.
  const auto distinct = [](int32_t count) { return count >= 64 ? std::string("64+") : absl::StrCat(count); };
  Table accounts({{"MOST ATTACKED ACCOUNT"}, {"FAILURES", kRight}, {"REFUSED", kRight}, {"SOURCES", kRight}});
  for (const auto& hits : summary.top_accounts()) {
    const bool named = !hits.tenant().empty() && hits.tenant() != "default";
    accounts.Add({named ? absl::StrCat(hits.tenant(), "/", hits.account()) : hits.account(),
                  absl::StrCat(hits.failures()), absl::StrCat(hits.refused()), distinct(hits.sources())});
  }
  Table sources({{"MOST ATTACKING SOURCE"}, {"FAILURES", kRight}, {"REFUSED", kRight}, {"ACCOUNTS", kRight}});
  for (const auto& hits : summary.top_sources()) {
    sources.Add({hits.source(), absl::StrCat(hits.failures()), absl::StrCat(hits.refused()),
                 distinct(hits.accounts())});
  }
  for (const Table* table : {&accounts, &sources}) {
    if (!table->empty()) out << '\n';
    table->Print(out);
  }
}

void ShowJson(const RecordFlags& flags, const Recorded& recorded, std::ostream& out) {
  const auto lines = [](const std::vector<RecordTally::BadLine>& bad) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& line : bad) list.push_back({{"line", line.line}, {"why", line.why}});
    return list;
  };
  const RecordTally& tally = recorded.tally;
  const nlohmann::ordered_json json = {{"file", Printable(flags.file)},
                                       {"lines", tally.lines},
                                       {"events", tally.events},
                                       {"notices", tally.notices},
                                       {"others", tally.others},
                                       {"broken", tally.broken},
                                       {"first_broken", lines(tally.first_broken)},
                                       {"first_refused", lines(tally.first_refused)},
                                       {"summary", nlohmann::ordered_json::parse(ToJson(recorded.summary))}};
  out << json.dump(1) << '\n';
}

absl::StatusOr<ExitCode> Record(Session& session, const RecordFlags& flags) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto format, MakeLogFormat(flags.format, flags.zone, absl::Now()));
  std::ifstream file;
  if (flags.file != "-") {
    errno = 0;
    file.open(flags.file, std::ios::binary);
    if (!file) return LocalError(absl::StrCat(flags.file, ": ", std::strerror(errno != 0 ? errno : EIO)));
  }
  std::istream& in = flags.file == "-" ? session.in() : file;
  LATCHKEY_ASSIGN_OR_RETURN(
      const Recorded recorded,
      RecordLog(session, in, *format, {.import_logins = flags.import_logins, .progress = Progress(session)}));

  const RecordTally& tally = recorded.tally;
  const std::string name = flags.file == "-" ? "input" : flags.file;
  session.err() << (isatty(STDERR_FILENO) == 1 ? "\r\x1b[K" : "") << Printable(name) << ": "
                << TallyText(tally) << '\n';
  ShowBadLines(name, "", tally.first_broken, tally.broken, session.err());
  ShowBadLines(name, "refused by the server: ", tally.first_refused, recorded.summary.refused(),
               session.err());
  if (session.json()) {
    ShowJson(flags, recorded, session.out());
  } else if (tally.events > 0) {
    ShowAnswers(recorded.summary, session.out());
    ShowWhom(recorded.summary, session.out());
    if (flags.import_logins) {
      session.out() << '\n'
                    << Counted(recorded.summary.sources_remembered(), "familiar source") << " remembered\n";
    }
  }
  if (tally.events == 0 && tally.broken > 0) return LocalError("no login found: is --format right?");
  return flags.strict && tally.broken + recorded.summary.refused() > 0 ? ExitCode::kError : ExitCode::kOk;
}

}  // namespace

void AddRecordVerb(CLI::App& app, ChosenVerb& chosen) {
  auto& record =
      *app.add_subcommand("record", "Stream a log of logins and show what the policy answers to whom");
  auto flags = std::make_shared<RecordFlags>();
  record.add_option("FILE", flags->file, "The log; - is the input")->required()->type_name("");
  record.add_option("--format", flags->format, LogFormatsText() + " [sshd]")
      ->check(CLI::IsMember(LogFormatNames()))
      ->type_name("");
  record.add_option("--zone", flags->zone, "Time zone of stamps that have none [the local one]")
      ->type_name("ZONE");
  record.add_flag("--import", flags->import_logins,
                  "Take complete logins as history: their sources become familiar, failures are not counted");
  record.add_flag("--strict", flags->strict, "End with 1 when a line is broken or refused");
  chosen.On(record, [flags](Session& session) { return Record(session, *flags); });
}

}  // namespace latchkey::cli
