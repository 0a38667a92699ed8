// The world of a scenario: accounts, the shop they belong to, time, and notes of what happens.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "engine/lab/actor.h"
#include "engine/lab/lab_engine.h"
#include "engine/lab/notes.h"
#include "engine/lab/passwords.h"

namespace latchkey::lab {

struct Account {
  std::string name;
  Password password = 0;
  bool owned = false;  // by people; else an attacker's, or nobody's
  bool exists = true;
  // Of its owner, as somebody who spies on him would know it.
  std::string home;
  std::string device_token;  // of his usual browser
  TimePoint last_login;
  // What attackers did to it.
  bool attacked = false;
  bool taken = false;
  absl::flat_hash_set<Password> tried;
  std::vector<TimePoint> guessed_at;  // each different wrong password that was verified
};

// What is typed into the login page.
struct Login {
  uint32_t account = 0;
  std::string name;  // instead of an account: one that nobody has
  Password password = 0;
  std::string address;
  std::string device_token;
  std::string recovery_token;
  std::string solved_challenge;
  std::string path = "web";
  bool shows_captcha = true;
  Factor factor = Factor::kPassword;
};

struct LoginAnswer {
  Decision decision;
  bool verified = false;  // the password was looked at …
  bool right = false;     // … and right
  std::string device_token;
  [[nodiscard]] bool allowed() const { return decision.verdict.action == Action::kAllow; }
};

// Not thread-safe.
class World final : private FindingSink {
 public:
  // `watched`: by whose detectors; nobody's otherwise.
  World(const LabPorts& ports, std::shared_ptr<const Policy> policy, const Scenario& scenario, uint64_t seed,
        std::optional<Fleet> watched = std::nullopt);

  // Lets everything happen, with or without the attack. Once.
  void Live(bool with_attack);

  [[nodiscard]] TimePoint now() const { return clock_.Now(); }
  [[nodiscard]] TimePoint start() const { return start_; }
  [[nodiscard]] TimePoint end() const { return start_ + scenario_.duration; }
  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  // Dice for an actor: the same whoever else is there.
  [[nodiscard]] Dice DiceOf(const Actor& actor) const;
  // A number of the actor among those of its side, from 0.
  [[nodiscard]] uint32_t NumberOf(const Actor& actor) const;
  // Nothing that would be after the end is planned.
  void Plan(TimePoint at, Actor& actor, uint32_t what = 0, uint32_t which = 0);

  uint32_t AddAccount(Account account);
  [[nodiscard]] Account& account(uint32_t index) { return accounts_[index]; }
  [[nodiscard]] const std::vector<Account>& accounts() const { return accounts_; }
  // Accounts of people come first.
  [[nodiscard]] uint32_t owned() const { return owned_; }

  // The shop: asks the engine, looks at the password if it may, and reports.
  LoginAnswer TryLogin(const Login& login);
  // The same in two steps, for whoever has many in flight.
  [[nodiscard]] Decision Assess(const Login& login);
  LoginAnswer Finish(const Login& login, Decision decision);
  // What would be answered; counts nothing.
  [[nodiscard]] Decision Explain(const Login& login);
  // Somebody asks for a recovery mail. No second is sent while a link still lives; answers whether one was.
  bool AskForMail(uint32_t account);
  // The owner has followed the link.
  [[nodiscard]] Confirmation FollowLink(uint32_t account);
  // The owner has chosen a new password.
  [[nodiscard]] Confirmation ResetPassword(uint32_t account, Password password);

  // A try of an attacker, with all that is noted of it.
  LoginAnswer Attack(const Login& login);
  [[nodiscard]] Decision AttackAssess(const Login& login);
  LoginAnswer AttackFinish(const Login& login, Decision decision);
  // A person whose account this is attacks, or is meant to look as if.
  void NoteGuilty(uint32_t account) { notes_.attack.guilty.insert(KeyOf(account)); }
  [[nodiscard]] Key KeyOf(uint32_t account) const { return engine_->KeyOf(accounts_[account].name); }
  void PayCaptcha() { ++notes_.attack.captchas; }

  [[nodiscard]] Notes& notes() { return notes_; }
  [[nodiscard]] const Notes& notes() const { return notes_; }

 private:
  [[nodiscard]] AttemptFields FieldsOf(const Login& login) const;
  void Note(const Decision& decision);
  void ReportLater(const Login& login, const Decision& decision, Outcome outcome);
  void TellDue();
  void AddStakes();
  void Probe();
  void OnFinding(const Finding& finding, TimePoint now) override;

  struct LateReport {
    TimePoint at;
    Decision decision;
    Outcome outcome;
  };

  LabClock clock_;
  const Scenario& scenario_;
  const uint64_t seed_;
  const TimePoint start_;
  const bool watched_;
  std::unique_ptr<LabEngine> engine_;
  EventQueue queue_;
  std::vector<std::unique_ptr<Actor>> people_;
  std::vector<std::unique_ptr<Actor>> attackers_;
  std::vector<Account> accounts_;
  uint32_t owned_ = 0;
  std::vector<TimePoint> mail_until_;
  std::vector<LateReport> late_;
  std::vector<uint32_t> probed_;
  TimePoint next_probe_;
  TimePoint next_tick_;
  Notes notes_;
};

// Addresses: of one home or office, of one rented machine, of somewhere in the world, of one /64 of a
// provider.
[[nodiscard]] std::string HomeAddress(uint32_t number);
[[nodiscard]] std::string RentedAddress(uint32_t number);
[[nodiscard]] std::string AwayAddress(Dice& dice);
[[nodiscard]] std::string Ipv6Address(uint64_t number);

}  // namespace latchkey::lab
