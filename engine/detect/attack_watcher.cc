#include "engine/detect/attack_watcher.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/attempt/tokens.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

// An account's tally is kept for as long as a patient guesser rests.
constexpr Duration kForgetAccount = std::chrono::hours(24 * 7);
constexpr Duration kForgetSource = std::chrono::hours(6);
// A try this close to the end of a refusal waited for it.
constexpr Duration kPace = std::chrono::seconds(3);
constexpr uint32_t kTokensOpened = 8;
constexpr int64_t kNearPasswordsMin = 5;
constexpr Duration kNearSpan = std::chrono::hours(24);
constexpr size_t kNamesMax = 16'384;

bool Stranger(Lane lane) { return lane == Lane::kChallenged || lane == Lane::kStranger; }

Fell FellOf(const Verdict& verdict) {
  Fell fell = Fell::kNowhere;
  for (const LaneFall& fall : verdict.falls) {
    if (fall.lane == Lane::kDevice) return Fell::kFromDevice;
    if (fall.lane < Lane::kChallenged) fell = Fell::kFromElsewhere;
  }
  return fell;
}

Key SourceKey(const Key& network, uint64_t source) { return {network.high, source}; }

// Grown by a quarter since it was looked at last.
bool Grown(uint32_t count, uint32_t looked_at) { return count >= looked_at + std::max(1U, looked_at / 4); }

void AddTop(AccountTally& tally, const Key& source, const Key& network) {
  SourceTries* least = &tally.top[0];
  for (SourceTries& each : tally.top) {
    if (each.tries > 0 && each.source == source) {
      ++each.tries;
      return;
    }
    if (each.tries < least->tries) least = &each;
  }
  *least = {source, network, least->tries + 1, least->tries};
}

void NoteDay(AccountTally& tally, TimePoint at) {
  const auto day = static_cast<int32_t>(at.time_since_epoch().count() / 86'400'000);
  const int32_t passed = day - tally.day;
  if (passed >= 30) {
    tally.days = 0;
    tally.slow_failures = 0;
    tally.slow_passwords.Clear();
  } else if (passed > 0) {
    tally.days <<= static_cast<unsigned>(passed);
  }
  if (passed > 0) tally.day = day;
  tally.days |= 1U;
}

}  // namespace

void AttackWatcher::Filter::Turn() {
  const size_t next = 1 - now_.load(std::memory_order_relaxed);
  for (std::atomic<bool>& place : generations_[next]) place.store(false, std::memory_order_relaxed);
  now_.store(next, std::memory_order_relaxed);
}

AttackWatcher::AttackWatcher(Parts parts, Settings settings)
    : parts_(parts), settings_(settings), notes_(settings.notes), places_(settings.places) {
  for (auto& shard : accounts_)
    shard = std::make_unique<Shard<AccountTally>>(settings.accounts / kShards, kForgetAccount);
  for (auto& shard : sources_)
    shard = std::make_unique<Shard<SourceTally>>(settings.sources / kShards, kForgetSource);
}

void AttackWatcher::OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) {
  const Verdict& verdict = decision.verdict;
  const uint8_t tenant = tenants_.IndexOf(facts.tenant, attempt.fields().tenant);
  const Fell fell = FellOf(verdict);
  const bool carries = !attempt.fields().device_token.empty() && fell == Fell::kNowhere &&
                       Stranger(verdict.lane) && filter_.MayHave(facts.account);
  if (carries) NoteForeignToken(attempt, facts.account);
  const Key source = SourceKey(facts.network, facts.source);
  if (settings_.show_names && Stranger(verdict.lane)) {
    RememberName(facts.account,
                 absl::StrCat(ToAbsl(attempt.fields().tenant), "/", ToAbsl(attempt.fields().account)));
    RememberName(source, attempt.source().Text());
  }
  if (verdict.action == Action::kAllow) {
    return notes_.Put(decision.id, {.tenant_tag = facts.tenant_tag,
                                    .popular_password = facts.popular_password,
                                    .tenant = tenant,
                                    .fell = fell});
  }
  Try tried{.account = facts.account,
            .network = facts.network,
            .source = source,
            .at = decision.at,
            .tenant = tenant,
            .answered = verdict.action,
            .decision = decision.id};
  if (verdict.scope == Scope::kAccountLane) tried.until = verdict.until;
  if (fell == Fell::kFromDevice) return CountOfToken(tried);
  if (!Stranger(verdict.lane)) return;
  tried.near = fell == Fell::kFromElsewhere;
  Share(Sighting::Kind::kTry, tried);
  CountTry(tried);
}

void AttackWatcher::OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) {
  if (outcome == Outcome::kLoginComplete) {
    places_.Expect(SourceKey(token.network, token.source));
    places_.Expect(token.network);
  }
  if (outcome == Outcome::kLoginComplete || outcome == Outcome::kRight) notes_.Forget(token.decision);
  if (outcome == Outcome::kRight || outcome == Outcome::kNotVerified) return;
  const Try tried{.account = token.account,
                  .network = token.network,
                  .source = SourceKey(token.network, token.source),
                  .at = now,
                  .unknown = outcome == Outcome::kUnknownAccount,
                  .solved = token.lane == Lane::kChallenged,
                  .account_tag = token.tag,
                  .decision = token.decision};
  if (outcome == Outcome::kLoginComplete) {
    Share(Sighting::Kind::kLogin, tried);
    return CountLogin(tried);
  }
  const std::optional<AttemptNote> note = notes_.Get(token.decision);
  if (!note && LeftToOthers(tried, token.lane)) return;
  CountReport(tried, token.lane, note.value_or(AttemptNote{.tenant = TenantBook::kNone}));
}

void AttackWatcher::CountReport(Try tried, Lane lane, const AttemptNote& note) {
  tried.tenant = note.tenant;
  tried.popular = note.popular_password;
  tried.tenant_tag = note.tenant_tag;
  if (lane == Lane::kDevice || note.fell == Fell::kFromDevice) {
    Share(Sighting::Kind::kTokenTry, tried);
    return CountOfToken(tried);
  }
  if (!Stranger(lane)) return;
  tried.near = note.fell == Fell::kFromElsewhere;
  Share(Sighting::Kind::kTry, tried);
  CountTry(tried);
}

bool AttackWatcher::CountOfAccount(const Try& tried, AccountTally& tally, bool& fresh_password) {
  // At home a machine may send an old password for ever; somebody who attacks from there sends others.
  if (tried.near && tried.at - tally.near_first > kNearSpan) {
    tally.near_passwords.Clear();
    tally.near_first = tried.at;
  }
  if (tried.near && tried.account_tag) {
    if (!tally.near_passwords.Add(Spread(*tried.account_tag))) return false;
  }
  if (tried.near && tally.near_passwords.Count() < kNearPasswordsMin) return false;
  if (tally.tries == 0 || tried.at - tally.last > AccountTally::kQuiet) {
    tally.first = tried.at;
    tally.challenged = tally.locked_out = 0;
    tally.tries = tally.failures = tally.refusals = tally.solved = tally.popular = tally.tagged = 0;
    tally.waits = tally.paced = tally.looked_at = tally.tokens_opened = tally.foreign_tries = 0;
    tally.passwords.Clear();
    tally.sources.Clear();
    tally.top = {};
  }
  tally.last = std::max(tally.last, tried.at);
  if (tried.tenant != TenantBook::kNone) tally.tenant = tried.tenant;
  ++tally.tries;
  tally.sources.Add(Spread(tried.source.low ^ tried.source.high));
  AddTop(tally, tried.source, tried.network);
  if (tally.refused_until > TimePoint()) {
    ++tally.waits;
    const Duration off = tried.at - tally.refused_until;
    if (off >= -kPace && off <= kPace) ++tally.paced;
    if (off >= -kPace) tally.refused_until = {};
  }
  CountAnswer(tried.answered, tally);
  if (tried.refused()) {
    if (tried.until && *tried.until > tried.at + kPace) tally.refused_until = *tried.until;
  } else {
    ++tally.slow_failures;
    tally.solved += tried.solved ? 1 : 0;
    tally.popular += tried.popular ? 1 : 0;
    NoteDay(tally, tried.at);
    if (tried.account_tag) {
      ++tally.tagged;
      fresh_password = tally.passwords.Add(Spread(*tried.account_tag));
      tally.slow_passwords.Add(Spread(*tried.account_tag));
    }
  }
  const bool look = !tried.heard && tally.tries >= kTriesMin && Grown(tally.tries, tally.looked_at);
  if (look) tally.looked_at = tally.tries;
  return look;
}

void AttackWatcher::CountTry(const Try& tried) {
  // All at once, where one after the other would be waited for.
  accounts_[tried.account.high % kShards]->Expect(tried.account);
  sources_[tried.source.high % kShards]->Expect(tried.source);
  sources_[tried.network.high % kShards]->Expect(tried.network);
  filter_.Add(tried.account);
  filter_.Add(tried.source);
  bool fresh_password = true;
  bool is_victim = false;
  std::optional<AccountTally> look;
  {
    Shard<AccountTally>& shard = *accounts_[tried.account.high % kShards];
    const MutexLock lock(shard.mutex);
    if (AccountTally* tally = shard.table.Touch(tried.account, tried.at)) {
      if (CountOfAccount(tried, *tally, fresh_password)) look = *tally;
      is_victim = tally->tries >= kTriesMin;
    }
  }
  if (tried.heard && is_victim) NoteVictim(tried);
  if (tried.near) {
    if (look) LookAtAccount(*look, tried.at);
    return;
  }
  CountOfSource(tried, tried.source, /*is_network=*/false);
  CountOfSource(tried, tried.network, /*is_network=*/true);
  TenantBook::Try of_tenant{.account = tried.account.low,
                            .source = tried.source.low ^ tried.source.high,
                            .answered = tried.answered,
                            .unknown = tried.unknown,
                            .at = tried.at};
  if (!tried.refused() && !tried.unknown && fresh_password) of_tenant.fresh_tag = tried.tenant_tag;
  TenantTally tenant;
  if (tenants_.Count(tried.tenant, of_tenant, tenant)) LookAtTenant(tried.tenant, tenant, tried.at);
  if (look) LookAtAccount(*look, tried.at);
}

void AttackWatcher::CountOfSource(const Try& tried, const Key& key, bool is_network) {
  std::optional<SourceTally> look;
  {
    Shard<SourceTally>& shard = *sources_[key.high % kShards];
    const MutexLock lock(shard.mutex);
    SourceTally* tally = shard.table.Touch(key, tried.at);
    if (tally == nullptr) return;
    if (tally->tries == 0 || tried.at - tally->first > SourceTally::kSpan) {
      *tally = {.key = key, .first = tried.at};
      tally->is_network = is_network;
      tally->network = tried.network;
    }
    tally->last = std::max(tally->last, tried.at);
    ++tally->tries;
    CountAnswer(tried.answered, *tally);
    tally->unknown += tried.unknown ? 1 : 0;
    tally->accounts.Add(Spread(tried.account.low));
    if (!tried.refused() && tried.tenant_tag) {
      ++tally->tagged;
      tally->passwords.Add(Spread(*tried.tenant_tag));
    }
    if (tally->alternations > 0 && tally->logged_in != tried.account) ++tally->between;
    tally->failed_on = tried.account;
    tally->login_before = false;
    if (!tried.heard && tally->tries >= kSourceTriesMin && Grown(tally->tries, tally->looked_at)) {
      tally->looked_at = tally->tries;
      look = *tally;
    }
  }
  if (look) LookAtSource(*look, tried.account, tried.tenant, tried.at);
}

void AttackWatcher::CountOfToken(const Try& tried) {
  // Who has forgotten his password gets a dozen looked at and is refused many more; then he resets it.
  if (tried.refused()) return;
  // Where this account logs in its device is at home: a forgotten password, not a theft.
  if (places_.Knows(tried.source, tried.account) || places_.Knows(tried.network, tried.account)) return;
  filter_.Add(tried.account);
  std::optional<AccountTally> look;
  {
    Shard<AccountTally>& shard = *accounts_[tried.account.high % kShards];
    const MutexLock lock(shard.mutex);
    AccountTally* tally = shard.table.Touch(tried.account, tried.at);
    if (tally == nullptr) return;
    if (tally->token_failures == 0 || tried.at - tally->token_last > AccountTally::kTokenQuiet) {
      tally->token_first = tried.at;
      tally->token_failures = tally->token_elsewhere = 0;
    }
    if (tried.tenant != TenantBook::kNone) tally->tenant = tried.tenant;
    tally->last = std::max(tally->last, tried.at);
    tally->token_last = tried.at;
    tally->token_network = tried.network;
    ++tally->token_failures;
    const uint32_t n = tally->token_failures;
    if (n >= 4 && n % std::max(1U, n / 4) == 0) look = *tally;
  }
  if (look) LookAtAccount(*look, tried.at);
}

void AttackWatcher::CountLogin(const Try& login) {
  const Key& source = login.source;
  places_.ExpectNow(source);
  places_.ExpectNow(login.network);
  places_.Add(source, login.account, login.at);
  places_.Add(login.network, login.account, login.at);
  if (filter_.MayHave(login.account)) {
    Shard<AccountTally>& shard = *accounts_[login.account.high % kShards];
    const MutexLock lock(shard.mutex);
    if (AccountTally* tally = shard.table.Find(login.account)) {
      if (tally->token_failures > 0) {
        if (tally->token_network == login.network) {
          tally->token_failures = tally->token_elsewhere = 0;
        } else {
          ++tally->token_elsewhere;
        }
      }
      // Who gets in was the owner before, too: what failed from there was his.
      for (SourceTries& each : tally->top) {
        if (each.tries == 0 || each.source != source) continue;
        tally->tries -= std::min(tally->tries, each.sure());
        tally->looked_at = std::min(tally->looked_at, tally->tries);
        each = {};
      }
    }
  }
  if (!filter_.MayHave(source)) return;
  Shard<SourceTally>& shard = *sources_[source.high % kShards];
  const MutexLock lock(shard.mutex);
  SourceTally* tally = shard.table.Find(source);
  if (tally == nullptr) return;
  // To one and the same account, between failures on others.
  if (tally->alternations > 0 && tally->logged_in != login.account) {
    tally->alternations = tally->between = 0;
    return;
  }
  if (tally->login_before || tally->failed_on == login.account) return;
  tally->logged_in = login.account;
  tally->login_before = true;
  ++tally->alternations;
}

void AttackWatcher::NoteForeignToken(const Attempt& attempt, const Key& account) {
  Shard<AccountTally>& shard = *accounts_[account.high % kShards];
  {
    const MutexLock lock(shard.mutex);
    AccountTally* tally = shard.table.Find(account);
    if (tally == nullptr || tally->tries == 0) return;
    if (tally->tokens_opened >= kTokensOpened) {
      if (tally->foreign_tries > 0) ++tally->foreign_tries;
      return;
    }
    ++tally->tokens_opened;
  }
  const std::optional<DeviceToken> token = OpenDeviceToken(parts_.sealer, attempt.fields().device_token);
  if (!token || token->account == account) return;
  const MutexLock lock(shard.mutex);
  AccountTally* tally = shard.table.Find(account);
  if (tally == nullptr) return;
  if (tally->foreign_tries > 0 && tally->foreign_account != token->account) return;
  tally->foreign_account = token->account;
  ++tally->foreign_tries;
}

std::optional<AccountTally> AttackWatcher::TallyOf(const Key& account) const {
  Shard<AccountTally>& shard = *accounts_[account.high % kShards];
  const MutexLock lock(shard.mutex);
  const AccountTally* tally = shard.table.Find(account);
  if (tally == nullptr) return std::nullopt;
  return *tally;
}

void AttackWatcher::RememberName(const Key& key, std::string name) {
  const MutexLock lock(names_mutex_);
  if (names_.size() >= kNamesMax && !names_.contains(key)) names_.clear();
  names_[key] = std::move(name);
}

std::string AttackWatcher::NameOf(const Key& key) const {
  if (!settings_.show_names) return "";
  const MutexLock lock(names_mutex_);
  const auto found = names_.find(key);
  return found == names_.end() ? "" : found->second;
}

}  // namespace latchkey
