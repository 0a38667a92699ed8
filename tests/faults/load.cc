#include "tests/faults/load.h"

#include <random>
#include <stdexcept>

namespace latchkey::faults {
namespace {

constexpr int kTypingErrors = 12;  // One login in so many begins with one.

std::string Address(uint64_t number) {
  return "10." + std::to_string(number >> 16U & 255U) + "." + std::to_string(number >> 8U & 255U) + "." +
         std::to_string(number & 255U);
}

}  // namespace

Load::Load(Nodes& nodes, LoadOptions options) : nodes_(nodes), options_(std::move(options)) {
  for (int i = 0; i < options_.owners; ++i) {
    const std::string place = std::to_string(i);
    Owner owner{options_.name + "-owner-" + place, "192.0.2." + place, ""};
    for (int tries = 0; owner.device.empty(); ++tries) {
      if (tries == 100) throw std::runtime_error("no device token: latchkeyd said\n" + nodes_.Log(0));
      const auto asked = nodes_.Assess(0, Attempt(owner.account, owner.source));
      if (asked && !asked->degraded() && asked->action() == v1::ACTION_ALLOW)
        owner.device = nodes_.Report(0, asked->attempt_token(), v1::OUTCOME_LOGIN_COMPLETE).value_or("");
      if (owner.device.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    owners_.push_back(std::move(owner));
  }
  for (int i = 0; i < options_.victims; ++i)
    victims_.push_back(options_.name + "-victim-" + std::to_string(i));
}

void Load::Start() {
  for (int i = 0; i < options_.owner_threads; ++i)
    threads_.emplace_back([this, i] { Own(static_cast<size_t>(i)); });
  for (int i = 0; i < options_.attacker_threads; ++i)
    threads_.emplace_back([this, i] { Attack(static_cast<size_t>(i)); });
}

void Load::Stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::vector<Act> Load::acts() const {
  const std::scoped_lock lock(mutex_);
  return acts_;
}

std::optional<v1::AssessResponse> Load::Ask(Act act, int first, const v1::AssessRequest& request) {
  act.account = request.account();
  act.asked = std::chrono::steady_clock::now();
  ++in_flight_;
  std::optional<v1::AssessResponse> response = nodes_.Assess(first, request, &act.asks);
  --in_flight_;
  act.answered = std::chrono::steady_clock::now();
  if (response) {
    act.end = response->action() == v1::ACTION_ALLOW ? Act::End::kAdmitted : Act::End::kRefused;
    act.degraded = response->degraded();
    act.device_lane = response->lane() == v1::LANE_DEVICE;
    act.decision = response->decision_id();
  }
  const std::scoped_lock lock(mutex_);
  acts_.push_back(std::move(act));
  return response;
}

void Load::Own(size_t thread) {
  std::mt19937_64 random(options_.seed * 1000 + thread);
  const auto threads = static_cast<size_t>(options_.owner_threads);
  for (size_t turn = 0; !stopping_; ++turn) {
    // Each owner belongs to one thread: his tokens follow one another.
    const size_t mine = (owners_.size() - thread + threads - 1) / threads;
    Owner& owner = owners_.at(thread + turn % mine * threads);
    for (bool typing_error = random() % kTypingErrors == 0;; typing_error = false) {
      const int node = static_cast<int>(random() % kNodes);
      const auto answer =
          Ask({.who = Act::Who::kOwner}, node, Attempt(owner.account, Address(random()), owner.device));
      if (!answer || answer->action() != v1::ACTION_ALLOW) break;
      const auto device = nodes_.Report(static_cast<int>(random() % kNodes), answer->attempt_token(),
                                        typing_error ? v1::OUTCOME_WRONG : v1::OUTCOME_LOGIN_COMPLETE);
      if (device && !device->empty()) owner.device = *device;
      if (!typing_error) break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void Load::Attack(size_t thread) {
  std::mt19937_64 random(options_.seed * 1000 + 500 + thread);
  while (!stopping_) {
    // The owners' accounts are attacked too: an owner has his device alone, whatever strangers do.
    const bool at_owner = random() % 3 == 0;
    const std::string& victim =
        at_owner ? owners_.at(random() % owners_.size()).account : victims_.at(random() % victims_.size());
    const auto answer = Ask({.who = Act::Who::kAttacker}, static_cast<int>(random() % kNodes),
                            Attempt(victim, Address(random())));
    if (answer && answer->action() == v1::ACTION_ALLOW && random() % 2 == 0)
      nodes_.Report(static_cast<int>(random() % kNodes), answer->attempt_token(), v1::OUTCOME_WRONG);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(1 + random() % static_cast<uint64_t>(options_.pause.count())));
  }
}

bool Load::Sound() {
  // Several accounts: on a Cluster each shard has to be there.
  for (int i = 0; i < 6; ++i) {
    const std::string name = options_.name + "-probe-" + std::to_string(probes_++);
    for (int node = 0; node < kNodes; ++node) {
      const auto stranger = nodes_.AssessAt(node, Attempt(name, "198.51.100.1"));
      if (!stranger || stranger->degraded() || stranger->action() != v1::ACTION_ALLOW) return false;
    }
  }
  return true;
}

std::map<std::string, int> Load::Exhaust() {
  std::map<std::string, int> admitted;
  for (const std::string& victim : victims_) {
    int& count = admitted[victim];
    for (int tries = 0; tries < 4 * kBudget; ++tries) {
      const auto answer =
          nodes_.Assess(tries % kNodes, Attempt(victim, Address(static_cast<uint64_t>(tries))));
      if (!answer || answer->degraded()) {  // A busy machine; the store is sound, and may have charged it.
        const std::scoped_lock lock(mutex_);
        acts_.push_back({.who = Act::Who::kAttacker, .account = victim, .asks = kNodes});
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        continue;
      }
      if (answer->action() != v1::ACTION_ALLOW) break;
      ++count;
    }
  }
  return admitted;
}

}  // namespace latchkey::faults
