// What an attack watcher is made of, as simple as a test wants.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/attempt/sealer.h"
#include "engine/detect/distinct_bits.h"
#include "engine/detect/finding.h"
#include "engine/workflow/stake_lookup.h"

namespace latchkey {

// Seals nothing: what is sealed is not what is tested here.
class OpenSealer final : public Sealer {
 public:
  std::string Seal(SealPurpose purpose, std::string_view plain) const override {
    return std::string(1, static_cast<char>(purpose)) + std::string(plain);
  }
  std::optional<std::string> Open(SealPurpose purpose, std::string_view sealed) const override {
    if (sealed.empty() || sealed[0] != static_cast<char>(purpose)) return std::nullopt;
    return std::string(sealed.substr(1));
  }
};

class Bids final : public StakeLookup {
 public:
  // Six hours ago.
  void Add(const Key& account, const std::string& name, const std::string& auction, TimePoint end) {
    Stake stake;
    stake.caller = "auction-house";
    stake.account_key = account;
    stake.tenant = "default";
    stake.account = name;
    stake.workflow = auction;
    stake.end = end;
    stake.created = end - std::chrono::hours(6);
    stakes_[name] = stake;
  }
  std::vector<Stake> Of(const Key& account, TimePoint now) const override {
    std::vector<Stake> found;
    for (const auto& [name, stake] : stakes_) {
      if (stake.account_key == account && stake.end > now) found.push_back(stake);
    }
    return found;
  }
  int64_t CountBeside(const Stake& stake) const override {
    return std::count_if(stakes_.begin(), stakes_.end(),
                         [&](const auto& each) { return each.second.workflow == stake.workflow; });
  }

 private:
  std::map<std::string, Stake> stakes_;
};

class Findings final : public FindingSink {
 public:
  void OnFinding(const Finding& finding, TimePoint now) override {
    all.push_back(finding);
    at.push_back(now);
  }
  const Finding* Last(AttackKind kind) const {
    for (auto each = all.rbegin(); each != all.rend(); ++each) {
      if (each->kind == kind) return &*each;
    }
    return nullptr;
  }
  std::vector<Finding> all;
  std::vector<TimePoint> at;
};

inline Key KeyOf(const std::string& name) {
  uint64_t hash = 1;
  for (char c : name) hash = Spread(hash ^ static_cast<uint64_t>(static_cast<unsigned char>(c)));
  return {Spread(hash), Spread(hash + 1)};
}

}  // namespace latchkey
