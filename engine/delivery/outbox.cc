#include "engine/delivery/outbox.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace latchkey {

Outbox::Outbox(OutboxLimits limits, const std::vector<std::string>& targets, RandomSource& random)
    : limits_(limits), random_(random) {
  for (const std::string& name : targets) targets_[name].state.name = name;
}

void Outbox::Restore(OutboxContents contents, TimePoint now) {
  last_position_ = std::max(last_position_, contents.last_position);
  for (OutboxEntry& entry : contents.entries) {
    last_position_ = std::max(last_position_, entry.position);
    if (!targets_.contains(entry.target)) {
      targets_[entry.target].state.name = entry.target;
      targets_[entry.target].configured = false;
    }
    if (!TargetOf(entry).configured && !entry.dead) {
      entry.dead = true;
      entry.died = now;
      entry.why = "its target is no longer configured";
      changed_.insert(entry.position);
    }
    Hold(std::move(entry), now);
  }
  for (const std::string& name : contents.stopped) {
    if (const auto found = targets_.find(name); found != targets_.end()) found->second.stopped = true;
  }
  for (KnownNotice& known : contents.known) {
    known_ends_.emplace(known.until, known.id);
    known_.emplace(std::move(known.id), known.until);
  }
}

bool Outbox::TakenBefore(const std::string& notice_id, TimePoint now) {
  while (!known_ends_.empty() &&
         (known_ends_.begin()->first <= now || known_ends_.size() >= limits_.known_max)) {
    known_.erase(known_ends_.begin()->second);
    known_ends_.erase(known_ends_.begin());
  }
  const TimePoint until = now + limits_.known_for;
  if (!known_.emplace(notice_id, until).second) return true;
  known_ends_.emplace(until, notice_id);
  new_known_.push_back({notice_id, until});
  return false;
}

Outbox::Added Outbox::Add(OutboxEntry entry, TimePoint now) {
  Target& target = TargetOf(entry);
  if (!MakeRoom(target, entry.payload.size())) {
    ++target.state.dropped;
    return Added::kFull;
  }
  entry.position = ++last_position_;
  changed_.insert(entry.position);
  Hold(std::move(entry), now);
  return Added::kYes;
}

void Outbox::Hold(OutboxEntry entry, TimePoint due) {
  Target& target = TargetOf(entry);
  const uint64_t position = entry.position;
  target.state.bytes += entry.payload.size();
  Held& held = held_[position];
  held = {.entry = std::move(entry), .due = due};
  if (held.entry.dead) {
    target.dead.insert(position);
    return;
  }
  ++target.state.waiting;
  ages_.emplace(held.entry.made, position);
  Order& order = target.orders[held.entry.order_key];
  order.waiting.insert(position);
  if (order.current == 0) Offer(target, order, due);
}

bool Outbox::MakeRoom(Target& target, size_t bytes) {
  if (target.state.waiting >= limits_.waiting_max) return false;
  while (target.state.bytes + bytes > limits_.bytes_max) {
    if (target.dead.empty()) return false;
    ++target.state.lost_dead;
    Drop(target, *target.dead.begin());
  }
  return true;
}

void Outbox::Drop(Target& target, uint64_t position) {
  const auto found = held_.find(position);
  target.state.bytes -= found->second.entry.payload.size();
  target.dead.erase(position);
  held_.erase(found);
  changed_.erase(position);
  removed_.insert(position);
}

std::vector<OutboxEntry> Outbox::Take(TimePoint now, Which which) {
  std::vector<OutboxEntry> taken;
  for (auto& [name, target] : targets_) {
    if (target.stopped) continue;
    const bool open = IsOpen(target);
    if (open && target.open_until > now) continue;
    // An open circuit is tried by one message, the one that would be due first.
    const size_t most = open ? 1 : limits_.sending_max;
    for (auto head = target.heads.begin(); head != target.heads.end() && target.state.sending < most;) {
      const auto [due, position] = *head;
      if (!open && due > now) break;
      Held& held = held_.at(position);
      if (which == Which::kOwn && held.entry.book != 0 && held.entry.replays == 0) {
        ++head;
        continue;
      }
      head = target.heads.erase(head);
      held.sending = true;
      ages_.erase({held.entry.made, position});
      ++held.entry.attempts;
      ++target.state.sending;
      changed_.insert(position);
      taken.push_back(held.entry);
    }
  }
  return taken;
}

std::optional<uint64_t> Outbox::LowestWaiting(uint8_t book) const {
  std::optional<uint64_t> lowest;
  for (const auto& [position, held] : held_) {
    if (held.entry.dead || held.entry.book != book || held.entry.replays > 0) continue;
    lowest = lowest ? std::min(*lowest, held.entry.sequence) : held.entry.sequence;
  }
  return lowest;
}

void Outbox::TakeOver(uint8_t book, uint64_t sequence, TimePoint now) {
  std::vector<uint64_t> told;
  for (auto& [position, held] : held_) {
    OutboxEntry& entry = held.entry;
    if (entry.book != book || entry.dead || entry.replays > 0 || held.sending) continue;
    if (entry.sequence <= sequence) {
      told.push_back(position);
    } else if (entry.attempts == 0) {
      entry.attempts = 1;
      changed_.insert(position);
    }
  }
  for (const uint64_t position : told) {
    Held& held = held_.at(position);
    Target& target = TargetOf(held.entry);
    Withdraw(target, held, now);
    Drop(target, position);
  }
}

void Outbox::Offer(Target& target, Order& order, TimePoint due) {
  LATCHKEY_CHECK(order.current == 0 && !order.waiting.empty());
  order.current = *order.waiting.begin();
  held_.at(order.current).due = due;
  target.heads.emplace(due, order.current);
}

void Outbox::Withdraw(Target& target, Held& held, TimePoint now) {
  const uint64_t position = held.entry.position;
  const auto found = target.orders.find(held.entry.order_key);
  Order& order = found->second;
  order.waiting.erase(position);
  ages_.erase({held.entry.made, position});
  --target.state.waiting;
  if (order.current != position) return;
  target.heads.erase({held.due, position});
  order.current = 0;
  if (order.waiting.empty()) {
    target.orders.erase(found);
  } else {
    Offer(target, order, now);
  }
}

void Outbox::Bury(Target& target, Held& held, std::string why, TimePoint now) {
  Withdraw(target, held, now);
  held.entry.dead = true;
  held.entry.died = now;
  held.entry.why = std::move(why);
  changed_.insert(held.entry.position);
  target.dead.insert(held.entry.position);
  while (target.dead.size() > limits_.dead_max) {
    ++target.state.lost_dead;
    Drop(target, *target.dead.begin());
  }
}

void Outbox::Recover(Target& target, TimePoint now) {
  const bool was_open = IsOpen(target);
  target.failures_in_row = 0;
  if (!was_open) return;
  // What waited for a target that was away need not wait for its own next attempt.
  std::set<std::pair<TimePoint, uint64_t>> heads;
  for (const auto& [due, position] : target.heads) {
    held_.at(position).due = now;
    heads.emplace(now, position);
  }
  target.heads = std::move(heads);
}

void Outbox::Settle(uint64_t position, const Answer& answer, TimePoint now) {
  const auto found = held_.find(position);
  if (found == held_.end() || !found->second.sending) return;
  Held& held = found->second;
  Target& target = TargetOf(held.entry);
  held.sending = false;
  --target.state.sending;
  if (answer.meaning == Answer::Meaning::kDelivered) {
    ++target.state.delivered;
    target.state.last_delivered = now;
    Recover(target, now);
    Withdraw(target, held, now);
    Drop(target, position);
    return;
  }
  ++target.state.failures;
  target.state.last_failure = answer.why;
  held.entry.why = answer.why;
  changed_.insert(position);
  const Duration asked = std::min(answer.retry_after.value_or(Duration::zero()), limits_.retry.max);
  if (answer.reached) {
    Recover(target, now);
  } else if (++target.failures_in_row; IsOpen(target)) {
    const int64_t rests = target.failures_in_row - limits_.failures_to_open + 1;
    target.open_until = now + std::max(asked, RetryWait(limits_.rest, rests, random_));
  }
  if (answer.meaning == Answer::Meaning::kGone) {
    target.stopped = true;
    new_stopped_[target.state.name] = true;
  }
  if (answer.meaning == Answer::Meaning::kRejected) {
    return Bury(target, held, answer.why, now);
  }
  if (held.entry.attempts >= limits_.attempts_max) {
    return Bury(target, held, answer.why + ", the last of its attempts", now);
  }
  const Duration wait = std::max(asked, RetryWait(limits_.retry, held.entry.attempts, random_));
  ages_.emplace(held.entry.made, position);
  Order& order = target.orders.find(held.entry.order_key)->second;
  order.current = 0;
  // Something older may have been sent again meanwhile, and goes first.
  Offer(target, order, *order.waiting.begin() == position ? now + wait : now);
}

void Outbox::Expire(TimePoint now) {
  std::vector<uint64_t> old;
  for (const auto& [made, position] : ages_) {
    if (made + limits_.age_max > now) break;
    old.push_back(position);
  }
  for (const uint64_t position : old) {
    Held& held = held_.at(position);
    const std::string why = held.entry.why.empty() ? "never sent" : held.entry.why;
    Bury(TargetOf(held.entry), held, why + ", and too old by now", now);
  }
}

std::optional<TimePoint> Outbox::NextDue() const {
  std::optional<TimePoint> next;
  const auto sooner = [&next](TimePoint time) { next = next ? std::min(*next, time) : time; };
  for (const auto& [name, target] : targets_) {
    if (target.stopped || target.heads.empty()) continue;
    const bool open = IsOpen(target);
    if (target.state.sending >= (open ? 1 : limits_.sending_max)) continue;
    const TimePoint due = target.heads.begin()->first;
    sooner(open ? target.open_until : due);
  }
  if (!ages_.empty()) sooner(ages_.begin()->first + limits_.age_max);
  return next;
}

void Outbox::Unbury(Target& target, uint64_t position, TimePoint now) {
  OutboxEntry entry = std::move(held_.at(position).entry);
  target.state.bytes -= entry.payload.size();
  target.dead.erase(position);
  held_.erase(position);
  entry.dead = false;
  entry.made = now;  // It has its whole time again.
  entry.attempts = 0;
  ++entry.replays;
  changed_.insert(position);
  const std::string order_key = entry.order_key;
  Hold(std::move(entry), now);
  Order& order = target.orders.at(order_key);
  const Held& current = held_.at(order.current);
  if (order.current <= position || current.sending) return;
  target.heads.erase({current.due, order.current});
  order.current = 0;
  Offer(target, order, now);
}

size_t Outbox::Replay(std::string_view name, std::optional<uint64_t> position, TimePoint now) {
  const auto found = targets_.find(name);
  if (found == targets_.end() || !found->second.configured) return 0;
  Target& target = found->second;
  size_t count = 0;
  for (const uint64_t dead : std::vector<uint64_t>(target.dead.begin(), target.dead.end())) {
    if (position && *position != dead) continue;
    if (target.state.waiting >= limits_.waiting_max) break;
    Unbury(target, dead, now);
    ++count;
  }
  if (target.stopped) {
    target.stopped = false;
    new_stopped_[target.state.name] = false;
  }
  Recover(target, now);
  return count;
}

std::vector<OutboxEntry> Outbox::DeadLetters(std::string_view name, uint64_t after, size_t count_max) const {
  std::vector<OutboxEntry> letters;
  std::set<uint64_t> positions;
  for (const auto& [target_name, target] : targets_) {
    if (!name.empty() && name != target_name) continue;
    size_t count = 0;
    for (auto it = target.dead.upper_bound(after); it != target.dead.end() && count < count_max;
         ++it, ++count)
      positions.insert(*it);
  }
  for (const uint64_t position : positions) {
    if (letters.size() == count_max) break;
    letters.push_back(held_.at(position).entry);
  }
  return letters;
}

std::vector<Outbox::TargetState> Outbox::States() const {
  std::vector<TargetState> states;
  for (const auto& [name, target] : targets_) {
    TargetState& state = states.emplace_back(target.state);
    state.dead = target.dead.size();
    if (target.stopped || !target.configured) {
      state.circuit = Circuit::kStopped;
    } else if (IsOpen(target)) {
      state.circuit = Circuit::kOpen;
      state.open_until = target.open_until;
    }
    for (const auto& [key, order] : target.orders) {
      const TimePoint made = held_.at(*order.waiting.begin()).entry.made;
      state.oldest = state.oldest ? std::min(*state.oldest, made) : made;
    }
  }
  return states;
}

OutboxChanges Outbox::TakeChanges(TimePoint now) {
  OutboxChanges changes{.known = std::exchange(new_known_, {}), .forget_before = now};
  for (const uint64_t position : changed_) changes.put.push_back(held_.at(position).entry);
  changes.removed.assign(removed_.begin(), removed_.end());
  for (const auto& [name, stopped] : new_stopped_)
    (stopped ? changes.stopped : changes.resumed).push_back(name);
  changed_.clear();
  removed_.clear();
  new_stopped_.clear();
  return changes;
}

void Outbox::GiveBack(const OutboxChanges& changes) {
  for (const OutboxEntry& entry : changes.put) {
    if (held_.contains(entry.position)) changed_.insert(entry.position);
  }
  removed_.insert(changes.removed.begin(), changes.removed.end());
  new_known_.insert(new_known_.begin(), changes.known.begin(), changes.known.end());
  for (const std::string& name : changes.stopped) new_stopped_.emplace(name, true);
  for (const std::string& name : changes.resumed) new_stopped_.emplace(name, false);
}

}  // namespace latchkey
