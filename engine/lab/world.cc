#include "engine/lab/world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/lab/catalogue.h"

namespace latchkey::lab {
namespace {

// The past that people bring along: last logins of more than a year ago.
constexpr Duration kPast = std::chrono::hours(24 * 500);
constexpr Duration kLinkLife = std::chrono::minutes(30);
constexpr int64_t kProbesMax = 720;
constexpr size_t kProbedMax = 4;
constexpr Duration kStakeMax = std::chrono::hours(24 * 89);

uint16_t TagOf(uint64_t salt, Password password) {
  return static_cast<uint16_t>(Mix(Mix(salt) ^ static_cast<uint64_t>(password)) & 0xFFFU);
}

}  // namespace

std::string HomeAddress(uint32_t number) {
  // Eight homes in each /24 of a provider.
  const uint32_t network = number / 8;
  return absl::StrCat(80 + network / 65536, ".", network / 256 % 256, ".", network % 256, ".",
                      10 + number % 8);
}

std::string RentedAddress(uint32_t number) {
  // Rented machines are in networks of their own.
  return absl::StrCat(160 + number / 65536, ".", number / 256 % 256, ".", number % 256, ".7");
}

std::string AwayAddress(Dice& dice) {
  return absl::StrCat(46 + dice.Below(4), ".", dice.Below(256), ".", dice.Below(256), ".",
                      1 + dice.Below(250));
}

std::string Ipv6Address(uint64_t number) {
  return absl::StrCat("2001:db8:", absl::Hex(number / 65536 % 65536), ":", absl::Hex(number % 65536), "::1");
}

World::World(const LabPorts& ports, std::shared_ptr<const Policy> policy, const Scenario& scenario,
             uint64_t seed, std::optional<Fleet> watched)
    : scenario_(scenario),
      seed_(seed),
      start_(clock_.Now() + kPast),
      watched_(watched.has_value()),
      engine_(std::make_unique<LabEngine>(ports, clock_, std::move(policy), scenario, start_, seed,
                                          watched_ ? static_cast<FindingSink*>(this) : nullptr,
                                          watched.value_or(Fleet{}))),
      next_probe_(start_) {
  for (const Cast& cast : scenario.people) people_.push_back(cast.kind->make(cast.values));
  for (const Cast& cast : scenario.attack) attackers_.push_back(cast.kind->make(cast.values));
}

void World::Live(bool with_attack) {
  for (const auto& actor : people_) actor->Enter(*this);
  owned_ = static_cast<uint32_t>(accounts_.size());
  if (with_attack) {
    for (const auto& actor : attackers_) actor->Enter(*this);
  }
  bool staked = !with_attack && !watched_;
  while (const std::optional<Event> event = queue_.Next()) {
    while (next_probe_ <= event->at) {
      clock_.Reach(next_probe_);
      Probe();
    }
    clock_.Reach(event->at);
    if (watched_ && now() >= next_tick_) {
      engine_->Tick();
      next_tick_ = now() + std::chrono::seconds(1);
    }
    if (!staked && now() >= start_) {
      AddStakes();
      staked = true;
    }
    TellDue();
    event->actor->Act(*this, *event);
  }
  clock_.Reach(end());
  TellDue();
  Probe();
  for (const auto& actor : people_) actor->Leave(*this);
}

void World::AddStakes() {
  TimePoint until = std::min(end() + std::chrono::hours(1), now() + kStakeMax);
  if (scenario_.deadline > Duration::zero()) until = start_ + scenario_.deadline;
  const uint32_t count = std::min(owned_, static_cast<uint32_t>(scenario_.stakes));
  for (uint32_t i = 0; i < count; ++i) engine_->AddStake(accounts_[i].name, until);
}

uint32_t World::NumberOf(const Actor& actor) const {
  for (const auto* side : {&people_, &attackers_}) {
    for (size_t i = 0; i < side->size(); ++i) {
      if ((*side)[i].get() == &actor) return static_cast<uint32_t>(i);
    }
  }
  LATCHKEY_CHECK(false);
}

Dice World::DiceOf(const Actor& actor) const {
  const bool attacker = std::any_of(attackers_.begin(), attackers_.end(),
                                    [&](const auto& each) { return each.get() == &actor; });
  return Dice(seed_).Fork(2 * NumberOf(actor) + (attacker ? 1 : 0));
}

void World::Plan(TimePoint at, Actor& actor, uint32_t what, uint32_t which) {
  if (at < end()) queue_.Plan(at, actor, what, which);
}

uint32_t World::AddAccount(Account account) {
  const auto index = static_cast<uint32_t>(accounts_.size());
  if (account.name.empty()) account.name = absl::StrCat("user", index);
  accounts_.push_back(std::move(account));
  return index;
}

AttemptFields World::FieldsOf(const Login& login) const {
  AttemptFields fields;
  fields.account = login.name.empty() ? accounts_[login.account].name : login.name;
  fields.source = login.address;
  fields.path = login.path;
  if (login.shows_captcha) fields.challenge_kinds = {ChallengeKind::kCaptcha};
  fields.factor = login.factor;
  fields.device_token = login.device_token;
  fields.recovery_token = login.recovery_token;
  if (!login.solved_challenge.empty())
    fields.challenge_proof = ChallengeProof{.challenge_id = login.solved_challenge, .attested = true};
  if (scenario_.tags) {
    const uint64_t salt = login.name.empty() ? login.account : Mix(login.name.size()) + 1;
    fields.account_tag = TagOf(salt, login.password);
    fields.tenant_tag = TagOf(~uint64_t{0}, login.password);
  }
  fields.popular_password = login.password < kPopularPasswords;
  return fields;
}

void World::Note(const Decision& decision) {
  ++notes_.attempts;
  if (decision.degraded) ++notes_.degraded;
  if (decision.verdict.action == Action::kAllow) return;
  // A refusal that only somebody's act ends counts as the longest that a policy can say.
  constexpr Duration kForGood = std::chrono::hours(24 * 3650);
  const Duration ahead = decision.verdict.until ? *decision.verdict.until - decision.at : kForGood;
  notes_.refusal_max = std::max(notes_.refusal_max, ahead);
}

Decision World::Assess(const Login& login) {
  Decision decision = engine_->Assess(FieldsOf(login));
  Note(decision);
  return decision;
}

Decision World::Explain(const Login& login) { return engine_->Explain(FieldsOf(login)); }

LoginAnswer World::TryLogin(const Login& login) { return Finish(login, Assess(login)); }

LoginAnswer World::Finish(const Login& login, Decision decision) {
  LoginAnswer answer{.decision = std::move(decision)};
  if (!answer.allowed()) return answer;
  answer.verified = true;
  const bool exists = login.name.empty() && accounts_[login.account].exists;
  answer.right =
      exists && login.factor == Factor::kPassword && accounts_[login.account].password == login.password;
  if (answer.right) {
    answer.device_token = engine_->Report(answer.decision, Outcome::kLoginComplete).device_token;
    if (scenario_.faults.duplicates > 0) engine_->Report(answer.decision, Outcome::kLoginComplete);
    return answer;
  }
  const Outcome outcome = exists ? Outcome::kWrong : Outcome::kUnknownAccount;
  if (scenario_.faults.duplicates > 0 || scenario_.faults.reorder > Duration::zero()) {
    ReportLater(login, answer.decision, outcome);
  } else {
    engine_->Report(answer.decision, outcome);
  }
  return answer;
}

void World::ReportLater(const Login& login, const Decision& decision, Outcome outcome) {
  // Dice of this login alone, so that one more login elsewhere disturbs nobody.
  Dice dice = Dice(seed_ ^ Mix(login.account)).Fork(static_cast<uint64_t>(now().time_since_epoch().count()));
  const Duration late = dice.Between(Duration::zero(), scenario_.faults.reorder);
  late_.push_back({.at = now() + late, .decision = decision, .outcome = outcome});
  if (dice.Chance(scenario_.faults.duplicates))
    late_.push_back({.at = now() + 2 * late, .decision = decision, .outcome = outcome});
}

void World::TellDue() {
  if (late_.empty()) return;
  std::vector<LateReport> waiting;
  std::vector<LateReport> due;
  for (LateReport& report : late_) (report.at <= now() ? due : waiting).push_back(std::move(report));
  late_ = std::move(waiting);
  std::stable_sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  for (const LateReport& report : due) engine_->Report(report.decision, report.outcome);
}

bool World::AskForMail(uint32_t account) {
  mail_until_.resize(std::max<size_t>(mail_until_.size(), account + size_t{1}));
  if (mail_until_[account] > now()) return false;
  mail_until_[account] = now() + kLinkLife;
  ++notes_.mails;
  return true;
}

Confirmation World::FollowLink(uint32_t account) {
  if (account < mail_until_.size()) mail_until_[account] = now();
  return engine_->Confirm(accounts_[account].name);
}

Confirmation World::ResetPassword(uint32_t account, Password password) {
  accounts_[account].password = password;
  return engine_->RevokeAll(accounts_[account].name);
}

LoginAnswer World::Attack(const Login& login) { return AttackFinish(login, AttackAssess(login)); }

Decision World::AttackAssess(const Login& login) {
  AttackNotes& attack = notes_.attack;
  ++attack.requests;
  if (!attack.first_request) attack.first_request = now();
  attack.last_request = now();
  if (watched_) attack.sources.insert(engine_->KeyOfSource(login.address));
  if (login.name.empty() && !accounts_[login.account].attacked) {
    accounts_[login.account].attacked = true;
    if (login.account < owned_ && probed_.size() < kProbedMax) probed_.push_back(login.account);
  }
  Decision decision = Assess(login);
  if (decision.verdict.action != Action::kAllow) {
    if (!attack.first_refused) attack.first_refused = now();
    if (!attack.first_standing && login.name.empty() && engine_->UnderAttack(accounts_[login.account].name))
      attack.first_standing = now();
  }
  return decision;
}

LoginAnswer World::AttackFinish(const Login& login, Decision decision) {
  LoginAnswer answer = Finish(login, std::move(decision));
  if (!login.name.empty() || !answer.verified) return answer;
  Account& account = accounts_[login.account];
  const bool on_owner = login.account < owned_;
  if (on_owner && answer.decision.verdict.lane <= Lane::kRecovered) ++notes_.attack.tokens_accepted;
  if (answer.right) {
    account.taken = account.taken || on_owner;
  } else if (account.tried.insert(login.password).second) {
    account.guessed_at.push_back(now());
  }
  return answer;
}

void World::OnFinding(const Finding& finding, TimePoint now) {
  notes_.findings.push_back({.finding = finding, .at = now});
}

void World::Probe() {
  const int64_t step = std::clamp<int64_t>(scenario_.duration.count() / kProbesMax, 1000, 3'600'000);
  next_probe_ += Duration(step);
  notes_.memory_max = std::max(notes_.memory_max, engine_->store_bytes());
  for (uint32_t index : probed_) {
    const Account& victim = accounts_[index];
    Login login{.account = index, .password = victim.password, .address = "45.0.2.1"};
    ProbeNote probe{.account = index, .at = now()};
    probe.on_new = Explain(login).verdict.action;
    if (!victim.device_token.empty()) {
      login.device_token = victim.device_token;
      login.address = victim.home;
      probe.known = Explain(login).verdict.action;
    }
    notes_.probes.push_back(probe);
  }
}

}  // namespace latchkey::lab
