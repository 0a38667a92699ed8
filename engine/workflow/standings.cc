#include "engine/workflow/standings.h"

#include <algorithm>
#include <utility>

#include "engine/base/status_macros.h"
#include "engine/incident/cursor.h"
#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr int64_t kVersion = 1;
constexpr int kTries = 4;
constexpr double kMillion = 1e6;
// Evidence that goes on is written once in so long.
constexpr Duration kSlack = std::chrono::minutes(1);
constexpr Duration kHoldMax = std::chrono::hours(24 * 30);
// How long a document outlives what it says, should no node be there to end it.
constexpr Duration kAfterEnd = std::chrono::hours(24 * 30);
constexpr Duration kForever = std::chrono::hours(24 * 365 * 10);

bool FromEvidence(StandingState state) {
  return state == StandingState::kSuspected || state == StandingState::kUnderAttack;
}

Standing GoodOf(const Standing& was, TimePoint since, std::string reason) {
  Standing good;
  good.account_key = was.account_key;
  good.tenant = was.tenant;
  good.account = was.account;
  good.start = since;
  good.reason = std::move(reason);
  good.incident_id = was.incident_id;
  return good;
}

Standing GoodOf(const StandingSubject& subject) {
  Standing good;
  good.account_key = subject.key;
  good.tenant = std::string(subject.tenant);
  good.account = std::string(subject.account);
  return good;
}

// Whether `fresh` says more than that the same goes on.
bool IsNews(const Standing& present, const Standing& fresh) {
  return fresh.state > present.state || (present.incident_id.empty() && !fresh.incident_id.empty());
}

}  // namespace

std::string EncodeStanding(const Standing& standing, bool news) {
  MsgpackWriter out;
  out.Int(kVersion);
  out.Int(news ? 1 : 0);
  out.Int(static_cast<int64_t>(standing.account_key.high));
  out.Int(static_cast<int64_t>(standing.account_key.low));
  out.Bytes(standing.tenant);
  out.Bytes(standing.account);
  out.Int(static_cast<int64_t>(standing.state));
  out.Int(standing.start.time_since_epoch().count());
  out.Int(standing.end.time_since_epoch().count());
  out.Bytes(standing.reason);
  out.Bytes(standing.author);
  out.Bytes(standing.cause);
  out.Int(static_cast<int64_t>(std::clamp(standing.confidence, 0.0, 1.0) * kMillion));
  out.Bytes(standing.incident_id);
  return out.Take();
}

std::optional<DecodedStanding> DecodeStanding(std::string_view bytes) {
  MsgpackReader in(bytes);
  if (in.Int() != kVersion) return std::nullopt;
  DecodedStanding decoded;
  decoded.news = in.Int() != 0;
  Standing& standing = decoded.standing;
  standing.account_key.high = static_cast<uint64_t>(in.Int());
  standing.account_key.low = static_cast<uint64_t>(in.Int());
  standing.tenant = std::string(in.Bytes());
  standing.account = std::string(in.Bytes());
  const int64_t state = in.Int();
  standing.state = static_cast<StandingState>(state);
  standing.start = TimePoint(Duration(in.Int()));
  standing.end = TimePoint(Duration(in.Int()));
  standing.reason = std::string(in.Bytes());
  standing.author = std::string(in.Bytes());
  standing.cause = std::string(in.Bytes());
  standing.confidence = static_cast<double>(in.Int()) / kMillion;
  standing.incident_id = std::string(in.Bytes());
  if (!in.ok() || !in.AtEnd() || state < 0 || state > static_cast<int64_t>(StandingState::kCompromised))
    return std::nullopt;
  return decoded;
}

Standings::Standings(Limits limits, NodeLedger& ledger, std::string environment)
    : limits_(limits), ledger_(ledger), environment_(std::move(environment)) {
  ledger_.Add(Book::kStandings, *this);
}

Standing Standings::Get(const StandingSubject& subject, TimePoint now) const {
  const MutexLock lock(mutex_);
  const auto found = standings_.find(subject.key);
  if (found == standings_.end()) return GoodOf(subject);
  const Standing& standing = found->second.standing;
  if (FromEvidence(standing.state) && standing.end <= now)
    return GoodOf(standing, standing.end, "nothing more was seen");
  return standing;
}

void Standings::Observe(const StandingSubject& subject, const StandingEvidence& evidence, Duration hold,
                        TimePoint now) {
  if (!FromEvidence(evidence.state)) return;
  Standing fresh = GoodOf(subject);
  fresh.state = evidence.state;
  fresh.start = now;
  fresh.end = now + std::clamp<Duration>(hold, Duration(0), kHoldMax);
  fresh.incident_id = evidence.incident_id;
  const MutexLock lock(mutex_);
  if (const auto found = standings_.find(subject.key); found != standings_.end()) {
    const Standing& present = found->second.standing;
    if (present.state > fresh.state) return;
    if (!IsNews(present, fresh) && present.end >= fresh.end) return;  // it lasts long enough
  }
  fresh.reason = evidence.reason;
  fresh.cause = evidence.cause;
  fresh.confidence = evidence.confidence;
  if (const auto noted = noted_.find(subject.key); noted != noted_.end()) {
    Standing& before = noted->second.standing;
    const TimePoint end = std::max(before.end, fresh.end);
    if (IsNews(before, fresh)) {
      fresh.start = before.start;
      before = std::move(fresh);
    }
    before.end = end;
    return;
  }
  const bool full = standings_.size() >= limits_.accounts_max && !standings_.contains(subject.key);
  if (!full && noted_.size() < limits_.noted_max) noted_[subject.key] = {std::move(fresh)};
}

void Standings::Advance(TimePoint now) {
  if (!ledger_.ready()) return;
  struct Due {
    Standing standing;
    uint64_t version = 0;
    bool news = false;
  };
  std::vector<Due> due;
  {
    const MutexLock lock(mutex_);
    for (auto& [key, noted] : noted_) {
      Standing& fresh = noted.standing;
      const auto found = standings_.find(key);
      Due one{fresh, 0, true};
      one.standing.end += kSlack;
      if (found != standings_.end()) {
        const Standing& present = found->second.standing;
        one.version = found->second.version;
        const bool over = FromEvidence(present.state) && present.end <= now;
        if (present.state > fresh.state && !over) continue;
        if (!over && !IsNews(present, fresh)) {
          if (present.end >= fresh.end) continue;
          Standing longer = present;
          longer.end = one.standing.end;
          one.standing = std::move(longer);
          one.news = false;
        }
      }
      due.push_back(std::move(one));
    }
    noted_.clear();
    for (const End& end : ends_) {
      if (end.at > now) break;
      const Known& known = standings_.at(end.key);
      due.push_back({GoodOf(known.standing, end.at, "nothing more was seen"), known.version, true});
    }
  }
  // What is refused has been changed by another node in this moment: seen again, it is noted again.
  for (const Due& one : due)
    Put(one.standing, one.version, one.news, now, [](const absl::StatusOr<LedgerPlace>&) {});
}

void Standings::Put(const Standing& standing, uint64_t version, bool news, TimePoint now, Ledger::Done done) {
  LedgerChange change;
  change.id = standing.account_key.Hex();
  change.expected = version;
  change.bytes = EncodeStanding(standing, news);
  change.keep = standing.state != StandingState::kGood;
  change.end = FromEvidence(standing.state) ? standing.end + kAfterEnd : now + kForever;
  ledger_.Put(Book::kStandings, std::move(change), std::move(done));
}

void Standings::Set(const StandingSubject& subject, StandingState state, std::string_view author,
                    std::string_view reason, TimePoint now, Done done) {
  if (FromEvidence(state))
    return done(absl::InvalidArgumentError("state: only compromised and good are set by people"));
  if (!ledger_.ready())
    return done(absl::UnavailableError("the ledger has not been read yet; try again soon"));
  Standing wish = GoodOf(subject);
  wish.state = state;
  wish.start = now;
  wish.reason = std::string(reason);
  wish.author = std::string(author);
  wish.confidence = 1;
  TrySet(std::move(wish), now, kTries, std::move(done));
}

void Standings::TrySet(Standing wish, TimePoint now, int tries, Done done) {
  uint64_t version = 0;
  bool full = false;
  {
    const MutexLock lock(mutex_);
    const auto found = standings_.find(wish.account_key);
    if (found != standings_.end()) version = found->second.version;
    full = found == standings_.end() && standings_.size() >= limits_.accounts_max;
  }
  if (full && wish.state != StandingState::kGood)
    return done(absl::ResourceExhaustedError("too many accounts have a standing"));
  Put(wish, version, /*news=*/true, now, [=, this](const absl::StatusOr<LedgerPlace>& place) {
    if (place.ok()) return done(wish);
    if (absl::IsAborted(place.status()) && tries > 0) return TrySet(wish, now, tries - 1, done);
    done(place.status());
  });
}

absl::StatusOr<std::string> Standings::Cursor() const {
  LATCHKEY_ASSIGN_OR_RETURN(const LedgerPlace place, ledger_.Latest(Book::kStandings));
  return CursorOf(environment_, Book::kStandings, place);
}

absl::StatusOr<Standings::Changes> Standings::ChangesAfter(std::string_view cursor, size_t count_max) const {
  LATCHKEY_ASSIGN_OR_RETURN(const LedgerPlace place, PlaceOf(environment_, Book::kStandings, cursor));
  LATCHKEY_ASSIGN_OR_RETURN(const auto entries, ledger_.ReadAfter(Book::kStandings, place, count_max));
  Changes changes{{}, {}, {}, std::string(cursor)};
  for (const LedgerEntry& entry : entries) {
    changes.cursor = CursorOf(environment_, Book::kStandings, entry.place);
    std::optional<DecodedStanding> decoded = DecodeStanding(entry.change.bytes);
    if (!decoded || !decoded->news) continue;
    changes.standings.push_back(std::move(decoded->standing));
    changes.cursors.push_back(changes.cursor);
    changes.sequences.push_back(entry.place.position);
  }
  return changes;
}

void Standings::Load(const std::vector<LedgerEntry>& documents) {
  const MutexLock lock(mutex_);
  standings_.clear();
  ends_.clear();
  for (const LedgerEntry& document : documents) {
    if (const auto decoded = DecodeStanding(document.change.bytes))
      Learn(decoded->standing, document.place.position);
  }
}

void Standings::Hear(const LedgerEntry& entry) {
  const auto decoded = DecodeStanding(entry.change.bytes);
  if (!decoded) return;
  const MutexLock lock(mutex_);
  const auto found = standings_.find(decoded->standing.account_key);
  if (found != standings_.end() && found->second.version >= entry.place.position) return;
  Drop(decoded->standing.account_key);
  if (entry.change.keep) Learn(decoded->standing, entry.place.position);
}

std::vector<LedgerEntry> Standings::Held() const {
  const MutexLock lock(mutex_);
  std::vector<LedgerEntry> held;
  for (const auto& [key, known] : standings_) {
    LedgerEntry& entry = held.emplace_back();
    entry.place.position = known.version;
    entry.change.id = key.Hex();
    // No news: followers have heard it.
    entry.change.bytes = EncodeStanding(known.standing, /*news=*/false);
    entry.change.end =
        FromEvidence(known.standing.state) ? known.standing.end + kAfterEnd : known.standing.start + kForever;
  }
  return held;
}

void Standings::Learn(const Standing& standing, uint64_t version) {
  standings_[standing.account_key] = {standing, version};
  if (FromEvidence(standing.state)) ends_.insert({standing.end, standing.account_key});
}

void Standings::Drop(const Key& key) {
  const auto found = standings_.find(key);
  if (found == standings_.end()) return;
  ends_.erase({found->second.standing.end, key});
  standings_.erase(found);
}

}  // namespace latchkey
