#include "engine/delivery/courier.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

// How soon a storage that did not take something is asked again.
constexpr Duration kStorageRest = std::chrono::seconds(1);

std::vector<std::string> NamesOf(const std::vector<DeliveryTarget>& targets) {
  std::vector<std::string> names;
  names.reserve(targets.size());
  for (const DeliveryTarget& target : targets) names.push_back(target.name);
  return names;
}

}  // namespace

Courier::Courier(Parts parts, OutboxLimits limits, std::vector<DeliveryTarget> targets)
    : parts_(parts), targets_(std::move(targets)), outbox_(limits, NamesOf(targets_), parts.random) {}

absl::Status Courier::Restore() {
  LATCHKEY_ASSIGN_OR_RETURN(OutboxContents contents, parts_.storage.Load());
  const MutexLock lock(mutex_);
  outbox_.Restore(std::move(contents), parts_.clock.Now());
  return absl::OkStatus();
}

const DeliveryTarget* Courier::Find(std::string_view name) const {
  const auto found = std::find_if(targets_.begin(), targets_.end(),
                                  [name](const DeliveryTarget& target) { return target.name == name; });
  return found == targets_.end() ? nullptr : &*found;
}

void Courier::Submit(Notice notice, ToldBefore told) {
  {
    const MutexLock lock(inbox_mutex_);
    ++submitted_;
    if (inbox_.size() >= kInboxMax) {
      ++overflowed_;
      return;
    }
    inbox_.push_back({std::move(notice), "", told});
  }
  parts_.transport.Wake();
}

void Courier::TakeIn(TimePoint now) {
  std::vector<Submitted> fresh;
  {
    const MutexLock lock(inbox_mutex_);
    fresh.swap(inbox_);
  }
  for (const Submitted& submitted : fresh) {
    const Notice& notice = submitted.notice;
    if (outbox_.TakenBefore(notice.id, now)) {
      ++repeated_;
      continue;
    }
    for (const DeliveryTarget& target : targets_) {
      if (!target.Wants(notice) || (!submitted.target.empty() && submitted.target != target.name)) continue;
      std::optional<std::string> payload = parts_.writer.Payload(target, notice);
      if (!payload) continue;
      (void)outbox_.Add({.target = target.name,
                         .order_key = notice.order_key,
                         .notice_id = notice.id,
                         .kind = notice.kind,
                         .payload = *std::move(payload),
                         .book = notice.book,
                         .sequence = notice.sequence,
                         .made = now,
                         .attempts = submitted.told == ToldBefore::kPerhaps ? 1 : 0},
                        now);  // What has no room is counted.
    }
  }
}

void Courier::Save(TimePoint now) {
  OutboxChanges changes;
  {
    const MutexLock lock(mutex_);
    changes = outbox_.TakeChanges(now);
  }
  if (changes.empty()) return;
  const absl::Status saved = parts_.storage.Save(changes);
  storage_ok_ = saved.ok();
  if (saved.ok()) return;
  ++storage_errors_;
  const MutexLock lock(mutex_);
  outbox_.GiveBack(changes);
}

void Courier::SendDue(TimePoint now) {
  std::vector<OutboxEntry> due;
  {
    const MutexLock lock(mutex_);
    due = outbox_.Take(now, paused_ ? Outbox::Which::kOwn : Outbox::Which::kAll);
  }
  if (due.empty()) return;
  // Attempts are written down before they are made: after a crash, a message that may have arrived says so.
  Save(now);
  for (const OutboxEntry& entry : due) {
    const DeliveryTarget* target = Find(entry.target);
    auto request = target == nullptr ? absl::NotFoundError("the target is not configured")
                                     : parts_.writer.Request(*target, entry, now);
    if (request.ok()) {
      parts_.transport.Send(entry.position, *std::move(request));
      continue;
    }
    const MutexLock lock(mutex_);
    outbox_.Settle(entry.position, {.why = std::string(request.status().message())}, now);
  }
}

void Courier::Turn(Duration patience) {
  const TimePoint now = parts_.clock.Now();
  {
    const MutexLock lock(mutex_);
    TakeIn(now);
    outbox_.Expire(now);
  }
  Save(now);
  SendDue(now);
  {
    const MutexLock lock(mutex_);
    if (const auto next = outbox_.NextDue(); next && !paused_)
      patience = std::clamp<Duration>(*next - now, Duration::zero(), patience);
  }
  if (!storage_ok_) patience = std::max(patience, kStorageRest);
  const auto arrivals = parts_.transport.Poll(patience);
  if (arrivals.empty()) return;
  const TimePoint then = parts_.clock.Now();
  const MutexLock lock(mutex_);
  for (const auto& arrival : arrivals) outbox_.Settle(arrival.position, arrival.answer, then);
}

std::optional<uint64_t> Courier::LowestWaiting(uint8_t book) {
  std::optional<uint64_t> lowest;
  {
    const MutexLock lock(mutex_);
    lowest = outbox_.LowestWaiting(book);
  }
  const MutexLock lock(inbox_mutex_);
  for (const Submitted& submitted : inbox_) {
    if (submitted.notice.book == book)
      lowest = std::min(lowest.value_or(submitted.notice.sequence), submitted.notice.sequence);
  }
  return lowest;
}

void Courier::TakeOver(uint8_t book, uint64_t sequence) {
  const MutexLock lock(mutex_);
  outbox_.TakeOver(book, sequence, parts_.clock.Now());
}

std::vector<Outbox::TargetState> Courier::States() {
  const MutexLock lock(mutex_);
  return outbox_.States();
}

CourierCounts Courier::counts() {
  CourierCounts counts{.storage_errors = storage_errors_, .storage_ok = storage_ok_};
  {
    const MutexLock lock(inbox_mutex_);
    counts.submitted = submitted_;
    counts.overflowed = overflowed_;
  }
  const MutexLock lock(mutex_);
  counts.repeated = repeated_;
  return counts;
}

std::vector<OutboxEntry> Courier::DeadLetters(std::string_view target, uint64_t after, size_t count_max) {
  const MutexLock lock(mutex_);
  return outbox_.DeadLetters(target, after, count_max);
}

absl::StatusOr<size_t> Courier::Replay(std::string_view target, std::optional<uint64_t> position) {
  if (Find(target) == nullptr)
    return absl::NotFoundError(absl::StrCat("no target '", ToAbsl(target), "' is configured"));
  size_t count = 0;
  {
    const MutexLock lock(mutex_);
    count = outbox_.Replay(target, position, parts_.clock.Now());
  }
  if (position && count == 0)
    return absl::NotFoundError(absl::StrCat("no dead letter ", *position, " of '", ToAbsl(target), "'"));
  parts_.transport.Wake();
  return count;
}

absl::StatusOr<std::string> Courier::SendTest(std::string_view target) {
  if (Find(target) == nullptr)
    return absl::NotFoundError(absl::StrCat("no target '", ToAbsl(target), "' is configured"));
  Notice notice = TestNotice(target, parts_.random.Next(), parts_.clock.Now());
  std::string id = notice.id;
  {
    const MutexLock lock(inbox_mutex_);
    if (inbox_.size() >= kInboxMax) return absl::ResourceExhaustedError("too much waits to be sent");
    ++submitted_;
    inbox_.push_back({std::move(notice), std::string(target), ToldBefore::kNo});
  }
  parts_.transport.Wake();
  return id;
}

}  // namespace latchkey
