// A login that asks Latchkey: Assess before the password check, Report after it.
//
//   login ACCOUNT PASSWORD ADDRESS [COOKIE]     against LATCHKEY_SERVER, or 127.0.0.1:7450
//
// Between the two marks is what README.md shows; a test holds them equal.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "latchkey/client.h"

struct Login {
  std::string account, password, address, cookie;
};

// What an auth service has: here one account.
static bool PasswordIsRight(const Login& login) {
  return login.account == "alice" && login.password == "correct horse battery staple";
}

// README begins
// Answers the cookie for this browser to keep; throws what to tell the person when the login is refused.
std::string LogIn(latchkey::Client& guard, const Login& login) {
  latchkey::v1::AssessRequest attempt;
  attempt.set_account(login.account);
  attempt.set_source(login.address);
  attempt.set_device_token(login.cookie);
  const auto answer = guard.AssessBlocking(attempt);                     // or co_await guard.Assess(attempt)
  if (!answer.ok()) throw std::runtime_error("wrong name or password");  // nobody is called that
  if (answer->action() != latchkey::v1::ACTION_ALLOW) throw std::runtime_error("try again later, or by mail");

  const bool right = PasswordIsRight(login);
  latchkey::v1::ReportRequest report;
  report.set_attempt_token(answer->attempt_token());
  report.set_outcome(right ? latchkey::v1::OUTCOME_LOGIN_COMPLETE : latchkey::v1::OUTCOME_WRONG);
  const auto kept = guard.ReportBlocking(report);  // a report that is lost leaves the charge standing
  if (!right) throw std::runtime_error("wrong name or password");
  return kept.ok() ? kept->device_token() : "";
}
// README ends

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: login ACCOUNT PASSWORD ADDRESS [COOKIE]\n");
    return 2;
  }
  const char* server = std::getenv("LATCHKEY_SERVER");
  // One for the whole process: its calls share a stream. Without an answer in time it refuses; options say
  // otherwise.
  const auto guard = latchkey::Client::Create({.server = server == nullptr ? "127.0.0.1:7450" : server});
  if (!guard.ok()) {
    std::fprintf(stderr, "%s\n", guard.status().ToString().c_str());
    return 2;
  }
  try {
    const std::string cookie = LogIn(**guard, {argv[1], argv[2], argv[3], argc > 4 ? argv[4] : ""});
    std::printf("welcome; cookie: %s\n", cookie.c_str());
    return 0;
  } catch (const std::runtime_error& refused) {
    std::printf("%s\n", refused.what());
    return 1;
  }
}
