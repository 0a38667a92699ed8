#include "cli/log_formats/dovecot_format.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/log_formats/event_fields.h"
#include "cli/log_formats/login_check.h"
#include "cli/log_formats/syslog_header.h"
#include "engine/base/text.h"

namespace latchkey::cli {
namespace {

constexpr int64_t kAttemptsMax = 10'000;
constexpr std::array<std::string_view, 5> kLevels = {"Info: ", "Warning: ", "Error: ", "Debug: ", "Notice: "};

bool Take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "imap-login" of "imap-login: …" or "imap-login(12): …"; nothing when the text begins otherwise.
std::string_view TakeService(std::string_view& text) {
  const size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return {};
  std::string_view word = text.substr(0, colon);
  word = word.substr(0, std::min(word.find('('), word.find('<')));
  if (word.empty() || word.find(' ') != std::string_view::npos) return {};
  text.remove_prefix(colon + 2);
  for (const std::string_view level : kLevels) {
    if (Take(text, level)) break;
  }
  return word;
}

// The value of ", rip=…" and the like. Fields follow "user=<…>", whose content strangers choose.
std::optional<std::string_view> Field(std::string_view fields, std::string_view name) {
  const size_t at = fields.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view value = fields.substr(at + name.size());
  return value.substr(0, value.find(','));
}

struct Who {
  std::string_view name;
  std::string_view address;
};

// Of "user=<NAME>, method=PLAIN, rip=ADDR, lip=…": the name ends at the last ">, " before a "rip=".
std::optional<Who> WhoOf(std::string_view text) {
  if (!Take(text, "user=<")) return std::nullopt;
  const size_t rip = text.rfind(", rip=");
  if (rip == std::string_view::npos) return std::nullopt;
  const size_t method = text.rfind(">, method=", rip);
  const size_t end = method != std::string_view::npos ? method : text.rfind('>', rip);
  if (end == std::string_view::npos) return std::nullopt;
  const std::optional<std::string_view> address = Field(text.substr(rip), ", rip=");
  return Who{text.substr(0, end), *address};
}

ParsedLine Login(const Who& who, std::string_view path, v1::Outcome outcome, absl::Time time) {
  ParsedLine line{LineKind::kLogin, {}, 1, {}};
  v1::LoginEvent& event = line.event;
  event.set_account(std::string(who.name));
  event.set_source(std::string(who.address));
  event.set_path(std::string(path));
  event.set_factor(v1::FACTOR_PASSWORD);
  event.set_outcome(outcome);
  SetOccurTime(time, event);
  if (std::string why = WhyNotALogin(event); !why.empty()) return Broken(std::move(why));
  return line;
}

std::string ToldKey(const Who& who) { return absl::StrCat(ToAbsl(who.address), " ", ToAbsl(who.name)); }

}  // namespace

ParsedLine DovecotFormat::FromLogin(std::string_view service, std::string_view message, absl::Time time) {
  const std::string_view path = service.substr(0, service.size() - std::string_view("-login").size());
  if (Take(message, "Login: ")) {
    const std::optional<Who> who = WhoOf(message);
    if (!who) return Broken("no 'user=<NAME>, … rip=ADDRESS' after 'Login:'");
    told_.erase(ToldKey(*who));
    ParsedLine line = Login(*who, path, v1::OUTCOME_LOGIN_COMPLETE, time);
    const std::optional<std::string_view> method = Field(message, ">, method=");
    if (method && *method == "EXTERNAL") line.event.set_factor(v1::FACTOR_CERTIFICATE);
    return line;
  }
  constexpr std::string_view kFailed = "(auth failed, ";
  const size_t failed = message.find(kFailed);
  const size_t user = message.find(": user=<");
  if (user == std::string_view::npos) return {};
  if (failed == std::string_view::npos || failed > user) return {LineKind::kNotice, {}, 1, {}};
  std::string_view count = message.substr(failed + kFailed.size());
  count = count.substr(0, count.find(' '));
  int64_t attempts = 0;
  if (!absl::SimpleAtoi(ToAbsl(count), &attempts) || attempts < 1 || attempts > kAttemptsMax)
    return Broken("'auth failed' without a number of attempts");
  const std::optional<Who> who = WhoOf(message.substr(user + 2));
  if (!who) return Broken("no 'user=<NAME>, … rip=ADDRESS' after 'auth failed'");
  if (who->name.empty()) return {LineKind::kNotice, {}, 1, {}};  // given up before a name was sent
  if (const auto told = told_.find(ToldKey(*who)); told != told_.end()) {
    attempts -= std::min(attempts, told->second);
    told_.erase(told);
  }
  if (attempts == 0) return {LineKind::kNotice, {}, 1, {}};
  ParsedLine line = Login(*who, path, v1::OUTCOME_WRONG, time);
  line.times = attempts;
  return line;
}

// "pam(NAME,ADDR,<SESSION>): … Password mismatch", perhaps behind the connection's own words.
ParsedLine DovecotFormat::FromAuth(std::string_view message, absl::Time time) {
  v1::Outcome outcome = v1::OUTCOME_WRONG;
  size_t verdict = message.rfind("Password mismatch");
  if (verdict == std::string_view::npos) verdict = message.rfind("password mismatch");
  if (verdict == std::string_view::npos) {
    verdict = message.rfind("unknown user");
    outcome = v1::OUTCOME_UNKNOWN_ACCOUNT;
  }
  if (verdict == std::string_view::npos) return {};
  std::string_view head = message.substr(0, verdict);
  // The last "): " before the verdict closes "(NAME,ADDR,<SESSION>"; NAME is chosen by strangers, ADDR is
  // not.
  const size_t close = head.rfind("): ");
  if (close == std::string_view::npos) return {LineKind::kNotice, {}, 1, {}};
  head = head.substr(0, close);
  const size_t session = head.rfind(",<");
  if (session != std::string_view::npos) head = head.substr(0, session);
  const size_t comma = head.rfind(',');
  if (comma == std::string_view::npos) return {LineKind::kNotice, {}, 1, {}};  // no address: a local client
  // Behind the words of a worker's connection: "conn unix:auth-worker (pid=1,uid=2): auth-worker<3>: ".
  const size_t behind = head.find(">: ");
  const size_t open = head.find('(', behind == std::string_view::npos ? 0 : behind);
  if (open == std::string_view::npos || open > comma) return Broken("no '(NAME,ADDRESS' before the verdict");
  const Who who{head.substr(open + 1, comma - open - 1), head.substr(comma + 1)};
  ParsedLine line = Login(who, "imap", outcome, time);
  if (line.kind != LineKind::kLogin) return line;
  if (told_.size() >= kToldMax) told_.clear();
  ++told_[ToldKey(who)];
  return line;
}

ParsedLine DovecotFormat::Parse(std::string_view line) {
  if (line.find_first_not_of(" \t") == std::string_view::npos) return {};
  if (line.find('\0') != std::string_view::npos) return Broken("a NUL byte: not a text");
  absl::Time time;
  std::string_view message;
  const std::optional<SyslogLine> header = ParseSyslog(line, now_, zone_);
  if (header && header->program == "dovecot") {
    time = header->time;
    message = header->message;
  } else {
    message = line;
    const std::optional<absl::Time> stamp = TakeLogTime(message, now_, zone_);
    if (!stamp) return Broken("no time stamp at the beginning");
    time = *stamp;
  }
  const std::string_view service = TakeService(message);
  if (service.ends_with("-login")) return FromLogin(service, message, time);
  if (service == "auth" || service == "auth-worker") return FromAuth(message, time);
  return {};
}

}  // namespace latchkey::cli
