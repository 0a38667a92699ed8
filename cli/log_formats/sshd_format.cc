#include "cli/log_formats/sshd_format.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/log_formats/event_fields.h"
#include "cli/log_formats/login_check.h"
#include "cli/log_formats/syslog_header.h"
#include "engine/base/text.h"

namespace latchkey::cli {
namespace {

constexpr int64_t kRepeatsMax = 10'000;

// About a login, with no verdict on a password: the verdicts stand in lines of their own.
constexpr std::array<std::string_view, 14> kNotices = {"Connection closed by authenticating user ",
                                                       "Connection closed by invalid user ",
                                                       "Connection reset by authenticating user ",
                                                       "Connection reset by invalid user ",
                                                       "Disconnected from authenticating user ",
                                                       "Disconnected from invalid user ",
                                                       "Disconnecting authenticating user ",
                                                       "Disconnecting invalid user ",
                                                       "Disconnecting: Too many authentication failures",
                                                       "Invalid user ",
                                                       "error: maximum authentication attempts exceeded for ",
                                                       "maximum authentication attempts exceeded for ",
                                                       "Postponed ",
                                                       "Failed none for "};

bool Take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

struct Peer {
  std::string_view name;
  std::string_view address;
};

// Splits "NAME from ADDR port N ssh2[: …]" at its last such tail.
std::optional<Peer> SplitPeer(std::string_view text) {
  constexpr std::string_view kFrom = " from ";
  for (size_t at = text.rfind(kFrom); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : text.rfind(kFrom, at - 1)) {
    std::string_view tail = text.substr(at + kFrom.size());
    const std::string_view address = tail.substr(0, tail.find(' '));
    tail.remove_prefix(address.size());
    if (!Take(tail, " port ")) continue;
    const std::string_view port = tail.substr(0, tail.find(' '));
    tail.remove_prefix(port.size());
    int32_t number = 0;
    if (!absl::SimpleAtoi(ToAbsl(port), &number) || !Take(tail, " ssh2")) continue;
    if (tail.empty() || tail.starts_with(": ")) return Peer{text.substr(0, at), address};
  }
  return std::nullopt;
}

bool IsPassword(std::string_view method) {
  return method == "password" || method.starts_with("keyboard-interactive");
}

// "password", "keyboard-interactive/pam", "publickey" of "password for …".
std::string_view TakeMethod(std::string_view& text) {
  const size_t end = text.find(" for ");
  const std::string_view method = text.substr(0, end);
  if (end == std::string_view::npos || method.find(' ') != std::string_view::npos) return {};
  text.remove_prefix(end + 5);
  return method;
}

ParsedLine Login(std::string_view text, v1::Outcome outcome, absl::Time time) {
  const std::string_view method = TakeMethod(text);
  if (method.empty()) return Broken("no method of authentication");
  // Keys are offered by the dozen and cannot be guessed: only those that fit say something.
  if (!IsPassword(method) && outcome != v1::OUTCOME_LOGIN_COMPLETE) return {LineKind::kNotice, {}, 1, {}};
  if (outcome == v1::OUTCOME_WRONG && Take(text, "invalid user ")) outcome = v1::OUTCOME_UNKNOWN_ACCOUNT;
  const std::optional<Peer> peer = SplitPeer(text);
  if (!peer) return Broken("no 'from ADDRESS port NUMBER ssh2' at the end");
  ParsedLine line{LineKind::kLogin, {}, 1, {}};
  v1::LoginEvent& event = line.event;
  event.set_account(std::string(peer->name));
  event.set_source(std::string(peer->address.substr(0, peer->address.find('%'))));  // no zone of an interface
  event.set_path("ssh");
  event.set_factor(IsPassword(method) ? v1::FACTOR_PASSWORD : v1::FACTOR_CERTIFICATE);
  event.set_outcome(outcome);
  SetOccurTime(time, event);
  if (std::string why = WhyNotALogin(event); !why.empty()) return Broken(std::move(why));
  return line;
}

ParsedLine Message(std::string_view message, absl::Time time) {
  const auto begins = [&](std::string_view notice) { return message.starts_with(notice); };
  if (std::any_of(kNotices.begin(), kNotices.end(), begins)) return {LineKind::kNotice, {}, 1, {}};
  if (Take(message, "Failed ")) return Login(message, v1::OUTCOME_WRONG, time);
  if (Take(message, "Accepted ")) return Login(message, v1::OUTCOME_LOGIN_COMPLETE, time);
  if (Take(message, "Partial ")) return Login(message, v1::OUTCOME_RIGHT, time);
  return {};
}

// "message repeated N times: [ … ]", as rsyslog folds equal lines.
ParsedLine Repeated(std::string_view message, absl::Time time) {
  const size_t end = message.find(" times: [ ");
  int64_t times = 0;
  if (end == std::string_view::npos || !message.ends_with(']') ||
      !absl::SimpleAtoi(ToAbsl(message.substr(0, end)), &times) || times < 1) {
    return Broken("'message repeated' without 'N times: [ … ]'");
  }
  if (times > kRepeatsMax)
    return Broken(absl::StrCat("a message repeated more than ", kRepeatsMax, " times"));
  message.remove_prefix(end + 10);
  message.remove_suffix(1);
  ParsedLine line = Message(message, time);
  line.times = times;
  return line;
}

}  // namespace

ParsedLine SshdFormat::Parse(std::string_view line) {
  if (line.find_first_not_of(" \t") == std::string_view::npos) return {};
  if (line.find('\0') != std::string_view::npos) return Broken("a NUL byte: not a text");
  const std::optional<SyslogLine> parsed = ParseSyslog(line, now_, zone_);
  if (!parsed) return Broken("no time stamp of syslog at the beginning");
  if (parsed->program != "sshd" && parsed->program != "sshd-session") return {};
  std::string_view message = parsed->message;
  if (Take(message, "message repeated ")) return Repeated(message, parsed->time);
  return Message(message, parsed->time);
}

}  // namespace latchkey::cli
