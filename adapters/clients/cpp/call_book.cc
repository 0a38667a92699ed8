#include "adapters/clients/cpp/call_book.h"

#include <algorithm>
#include <utility>

namespace latchkey::client {
namespace {

// Below this, ids of calls that have ended cost nothing.
constexpr size_t kLeftoversMax = 4096;

}  // namespace

void CallBook::Add(Call call) {
  const uint64_t id = ++last_id_;
  call.item->set_correlation_id(id);
  queue_.push_back(id);
  deadlines_.emplace_back(call.deadline, id);
  std::push_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
  ++owed_;
  calls_.emplace(id, std::move(call));
  Tidy();
}

void CallBook::Fill(v1::ConverseRequest& frame, TimePoint now, ClientCounts& counts) {
  size_t bytes = 0;
  while (CanFill() && frame.items_size() < bounds_.items_per_frame_max) {
    const auto found = calls_.find(queue_.front());
    if (found != calls_.end()) {
      Call& call = found->second;
      bytes += call.item->ByteSizeLong();
      if (bytes > kFrameBytesMax && frame.items_size() > 0) break;
      if (call.sends++ == 0) call.first_sent = now;
      counts.items_repeated += call.sends > 1 ? 1 : 0;
      call.in_flight = true;
      ++in_flight_;
      frame.mutable_items()->AddAllocated(call.item.release());
    }
    queue_.pop_front();
  }
  counts.items += static_cast<uint64_t>(frame.items_size());
  ++counts.frames;
}

void CallBook::TakeBack(v1::ConverseRequest& frame) {
  while (frame.items_size() > 0) {
    std::unique_ptr<v1::ConverseItem> item(frame.mutable_items()->ReleaseLast());
    const auto found = calls_.find(item->correlation_id());
    if (found != calls_.end()) found->second.item = std::move(item);
  }
}

std::optional<Call> CallBook::Answered(uint64_t id) {
  const auto found = calls_.find(id);
  if (found == calls_.end() || !found->second.in_flight) return std::nullopt;
  std::optional<Call> call(std::move(found->second));
  Remove(found);
  return call;
}

std::vector<Call> CallBook::Expire(TimePoint now) {
  std::vector<Call> expired;
  while (!deadlines_.empty() && deadlines_.front().first <= now) {
    std::pop_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
    const uint64_t id = deadlines_.back().second;
    deadlines_.pop_back();
    const auto found = calls_.find(id);
    if (found == calls_.end()) continue;
    Call& call = found->second;
    if (call.awaited()) expired.push_back({.assess = call.assess, .report = call.report});
    if (!call.in_flight) {
      Remove(found);
      continue;
    }
    call.assess = nullptr;
    call.report = nullptr;
    call.repeatable = false;
    call.owed = false;
    --owed_;
  }
  while (!queue_.empty() && !calls_.contains(queue_.front())) queue_.pop_front();
  return expired;
}

std::vector<Call> CallBook::Lose(TimePoint now) {
  std::vector<Call> lost;
  std::vector<uint64_t> again;
  for (auto it = calls_.begin(); it != calls_.end();) {
    const auto found = it++;
    Call& call = found->second;
    if (!call.in_flight) continue;
    if (call.repeatable && call.sends < kSendsMax && now - call.first_sent < kRepeatWithin) {
      call.in_flight = false;
      --in_flight_;
      again.push_back(found->first);
      continue;
    }
    if (call.awaited()) lost.push_back({.assess = call.assess, .report = call.report});
    Remove(found);
  }
  std::sort(again.begin(), again.end());
  queue_.insert(queue_.begin(), again.begin(), again.end());
  return lost;
}

void CallBook::Remove(Calls::iterator call) {
  in_flight_ -= call->second.in_flight ? 1 : 0;
  owed_ -= call->second.owed ? 1 : 0;
  calls_.erase(call);
}

void CallBook::Tidy() {
  const size_t leftovers_max = std::max(kLeftoversMax, 2 * calls_.size());
  if (queue_.size() > leftovers_max) {
    std::erase_if(queue_, [this](uint64_t id) { return !calls_.contains(id); });
  }
  if (deadlines_.size() > leftovers_max) {
    std::erase_if(deadlines_, [this](const Deadline& deadline) {
      const auto found = calls_.find(deadline.second);
      return found == calls_.end() || !found->second.owed;
    });
    std::make_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
  }
}

}  // namespace latchkey::client
