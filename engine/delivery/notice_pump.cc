#include "engine/delivery/notice_pump.h"

#include <utility>

#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kPage = 256;
constexpr Duration kRest = std::chrono::seconds(1);

// Whom a notice concerns who should be told that somebody tries to get his account locked.
std::vector<NamedAccount> OwnersToTell(const Notice& notice) {
  if (notice.kind == NoticeKind::kStanding && notice.standing.state == StandingState::kUnderAttack)
    return {notice.account};
  if (notice.kind == NoticeKind::kIncident && notice.incident.finding.kind == AttackKind::kLockoutSabotage &&
      !notice.incident.is_over) {
    // Whom nobody can name nobody can tell; where he has something at stake his standing names him.
    std::vector<NamedAccount> owners;
    for (const NamedAccount& victim : notice.incident.finding.victims) {
      const size_t slash = victim.name.find('/');  // "tenant/account"
      if (slash != std::string::npos) owners.push_back({victim.key, victim.name.substr(slash + 1)});
    }
    return owners;
  }
  return {};
}

}  // namespace

NoticePump::NoticePump(Courier& courier, SharedPlaces& shared, std::vector<NoticeFeed*> feeds,
                       PumpOptions options)
    : courier_(courier), shared_(shared), options_(options) {
  for (NoticeFeed* feed : feeds) readers_.push_back({.feed = feed});
  courier_.Pause(true);
}

bool NoticePump::Delivering(TimePoint now) {
  if (now < next_check_) return delivering_;
  next_check_ = now + options_.lease_check;
  const absl::StatusOr<bool> held = shared_.Hold(now);
  if (!held.ok()) ++errors_;
  const bool holds = held.value_or(false);
  if (holds && !delivering_) {
    for (Reader& reader : readers_) {
      if (IsShared(reader)) reader = {.feed = reader.feed};
    }
  }
  if (holds != delivering_) courier_.Pause(!holds);
  delivering_ = holds;
  return holds;
}

absl::Status NoticePump::Begin(Reader& reader, TimePoint now) {
  std::string place;
  if (IsShared(reader)) {
    LATCHKEY_ASSIGN_OR_RETURN(place, shared_.Read(reader.feed->name()));
  }
  if (!place.empty()) {
    // What waits here from earlier has been told meanwhile, up to there.
    courier_.TakeOver(reader.feed->book(), reader.feed->SequenceOf(place));
    reader.feed->Forget();
    reader.taken_over = now;
    reader.told_before = true;
  } else {
    LATCHKEY_ASSIGN_OR_RETURN(place, reader.feed->Latest(now));
    if (IsShared(reader)) LATCHKEY_RETURN_IF_ERROR(shared_.Write(reader.feed->name(), place, now));
  }
  reader.written = place;
  reader.place = std::move(place);
  return absl::OkStatus();
}

void NoticePump::SubmitAll(const Reader& reader, const Notice& notice, TimePoint now) {
  using ToldBefore = Courier::ToldBefore;
  courier_.Submit(notice, reader.told_before ? ToldBefore::kPerhaps : ToldBefore::kNo);
  const Duration every = options_.owner_notice_every;
  if (every <= Duration::zero()) return;
  // One a span of time: in the span in which this node took over, the other may have told it.
  const auto span_of = [every](TimePoint time) { return time.time_since_epoch() / every; };
  const bool same_span = span_of(reader.taken_over) == span_of(now);
  for (const NamedAccount& owner : OwnersToTell(notice)) {
    Notice told = OwnerNoticeOf(notice.tenant, owner, every, now);
    told.book = notice.book;
    told.sequence = notice.sequence;
    courier_.Submit(std::move(told), same_span ? ToldBefore::kPerhaps : ToldBefore::kNo);
  }
}

absl::Status NoticePump::ReadOn(Reader& reader, TimePoint now) {
  if (reader.place.empty()) LATCHKEY_RETURN_IF_ERROR(Begin(reader, now));
  while (true) {
    absl::StatusOr<NoticeFeed::Page> page = reader.feed->ReadAfter(reader.place, kPage, now);
    if (absl::IsOutOfRange(page.status())) {
      ++gaps_;
      LATCHKEY_ASSIGN_OR_RETURN(reader.place, reader.feed->Latest(now));
      continue;
    }
    if (!page.ok()) return page.status();
    for (size_t i = 0; i < page->notices.size(); ++i) {
      SubmitAll(reader, page->notices[i], now);
      if (IsShared(reader)) reader.told.push_back({page->notices[i].sequence, page->places[i]});
    }
    if (page->place == reader.place) break;
    reader.place = page->place;
  }
  // This node's copy of the log may lag a little behind what the other one has seen.
  if (now >= reader.taken_over + options_.lease_check) reader.told_before = false;
  return absl::OkStatus();
}

void NoticePump::Turn(TimePoint now) {
  const bool delivering = Delivering(now);
  for (Reader& reader : readers_) {
    if ((IsShared(reader) && !delivering) || now < reader.rests_until) continue;
    if (!ReadOn(reader, now).ok()) {
      ++errors_;
      reader.rests_until = now + kRest;
    }
  }
  if (!delivering || now < next_write_) return;
  next_write_ = now + options_.place_write;
  WritePlaces(now);
}

std::string NoticePump::DeliveredUpTo(Reader& reader) {
  const std::optional<uint64_t> waiting = courier_.LowestWaiting(reader.feed->book());
  if (!waiting) {
    reader.told.clear();
    return reader.place;
  }
  std::string place = reader.written;
  while (!reader.told.empty() && reader.told.front().sequence < *waiting) {
    place = std::move(reader.told.front().place);
    reader.told.pop_front();
  }
  return place;
}

void NoticePump::WritePlaces(TimePoint now) {
  for (Reader& reader : readers_) {
    if (reader.place.empty() || !IsShared(reader)) continue;
    std::string place = DeliveredUpTo(reader);
    if (place.empty() || place == reader.written) continue;
    if (shared_.Write(reader.feed->name(), place, now).ok()) {
      reader.written = std::move(place);
    } else {
      ++errors_;
    }
  }
}

void NoticePump::End(TimePoint now) {
  if (!delivering_) return;
  WritePlaces(now);
  shared_.Release();
}

PumpCounts NoticePump::counts() const {
  return {.gaps = gaps_, .errors = errors_, .delivering = delivering_};
}

}  // namespace latchkey
