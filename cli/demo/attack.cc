#include "cli/demo/attack.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/words.h"

namespace latchkey::demo {
namespace {

constexpr absl::Duration kBetweenGuesses = absl::Milliseconds(200);

}  // namespace

Attack::Attack(AuthService& auth, std::string victim, Browser browser, Narrator& narrator)
    : auth_(auth),
      victim_(std::move(victim)),
      browser_(std::move(browser)),
      narrator_(narrator),
      thread_([this] { Run(); }) {}

Attack::~Attack() { Stop(); }

absl::Status Attack::AwaitRefusal(absl::Duration patience) {
  std::unique_lock lock(mutex_);
  const auto done = [this] { return refused_ || !status_.ok(); };
  if (!changed_.wait_for(lock, absl::ToChronoMilliseconds(patience), done)) {
    return absl::DeadlineExceededError(
        absl::StrCat("the attacker was not refused within ", absl::FormatDuration(patience)));
  }
  return status_;
}

void Attack::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::map<v1::Action, int64_t> Attack::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

v1::Action Attack::last_action() const {
  const std::lock_guard lock(mutex_);
  return last_action_;
}

void Attack::Run() {
  int guess = 0;
  do {
    if (!Take(auth_.LogIn(browser_, victim_, absl::StrCat("hunter", ++guess)))) return;
  } while (Pause(kBetweenGuesses));
}

bool Attack::Take(const absl::StatusOr<Login>& login) {
  if (login.ok()) Tell(*login);
  const std::lock_guard lock(mutex_);
  if (!login.ok()) {
    status_ = login.status();
  } else {
    last_action_ = login->answer.action();
    ++answers_[last_action_];
    refused_ = refused_ || (last_action_ != v1::ACTION_ALLOW && !login->provisional());
  }
  changed_.notify_all();
  return status_.ok();
}

void Attack::Tell(const Login& login) {
  const v1::AssessResponse& answer = login.answer;
  std::string line = absl::StrCat(cli::ActionWord(answer.action()), ", ");
  if (answer.action() == v1::ACTION_ALLOW) {
    absl::StrAppend(&line, "and it is wrong (", auth_.wrong_passwords_verified(victim_), " so far)");
  } else {
    absl::StrAppend(&line, login.provisional()
                               ? "for a second, while the last guesses may still be taken back"
                               : "the password is not looked at");
    if (answer.reasons_size() > 0) absl::StrAppend(&line, " (", answer.reasons(0).rule_id(), ")");
  }
  if (std::exchange(told_, line) == line) return;  // the same again is no news
  narrator_.Say("mallory", absl::StrCat("guesses a password of ", victim_, ": ", line));
}

bool Attack::Pause(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, absl::ToChronoMilliseconds(duration), [this] { return stop_; });
}

}  // namespace latchkey::demo
