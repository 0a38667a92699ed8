#include "adapters/grpc/record_summary.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "adapters/grpc/guard_codec.h"
#include "adapters/grpc/status_mapping.h"
#include "adapters/grpc/wire_values.h"

namespace latchkey {
namespace {

constexpr int kRefusalsMax = 100;
constexpr size_t kRulesMax = 50;
constexpr size_t kTopMax = 20;

bool IsFailure(v1::Outcome outcome) {
  return outcome == v1::OUTCOME_WRONG || outcome == v1::OUTCOME_UNKNOWN_ACCOUNT ||
         outcome == v1::OUTCOME_WRONG_SECOND_FACTOR;
}

}  // namespace

void RecordSummary::Accept(const v1::LoginEvent& event, TimePoint at, const Decision* decision) {
  ++position_;
  ++accepted_;
  first_ = first_ ? std::min(*first_, at) : at;
  last_ = last_ ? std::max(*last_, at) : at;
  const bool refused = decision != nullptr && decision->verdict.action != Action::kAllow;
  if (decision != nullptr) ++answers_[decision->verdict.action];
  if (refused && !decision->verdict.reasons.empty()) {
    const LimitReport& reason = decision->verdict.reasons.front();
    ++rules_[{reason.rule, reason.limit_index, decision->verdict.action}];
  }
  const bool failure = IsFailure(event.outcome());
  if (!failure && !refused) return;
  Count(accounts_, event.tenant(), event.account(), event.source(), failure, refused);
  Count(sources_, "", event.source(), absl::StrCat(event.tenant(), "/", event.account()), failure, refused);
}

void RecordSummary::Refuse(const absl::Status& status) {
  if (refusals_.size() < kRefusalsMax) {
    const grpc::Status mapped = ToGrpc(status);
    auto* refusal = refusals_.Add();
    refusal->set_position(position_);
    refusal->mutable_problem()->set_code(static_cast<int>(mapped.error_code()));
    refusal->mutable_problem()->set_message(mapped.error_message());
    refusal->mutable_problem()->set_field(std::string(FieldOf(mapped.error_message())));
  }
  ++position_;
  ++refused_;
}

void RecordSummary::Count(HitsByName& hits, const std::string& tenant, const std::string& name,
                          const std::string& other, bool failure, bool refused) {
  const std::string key = absl::StrCat(tenant, "/", name);
  auto found = hits.find(key);
  if (found == hits.end()) {
    if (hits.size() >= kTrackedMax) return;
    found = hits.emplace(key, Hits{tenant, name, 0, 0, {}}).first;
  }
  Hits& entry = found->second;
  if (failure) ++entry.failures;
  if (refused) ++entry.refused;
  if (failure && entry.others.size() < kDistinctMax) entry.others.insert(std::hash<std::string>()(other));
}

std::vector<const RecordSummary::Hits*> RecordSummary::Top(const HitsByName& hits) {
  std::vector<const Hits*> top;
  top.reserve(hits.size());
  for (const auto& [key, entry] : hits) top.push_back(&entry);
  const size_t count = std::min(top.size(), kTopMax);
  std::partial_sort(top.begin(), top.begin() + static_cast<std::ptrdiff_t>(count), top.end(),
                    [](const Hits* a, const Hits* b) {
                      if (a->failures != b->failures) return a->failures > b->failures;
                      return std::tie(a->tenant, a->name) < std::tie(b->tenant, b->name);
                    });
  top.resize(count);
  return top;
}

void RecordSummary::WriteTo(v1::RecordEventsResponse* out) const {
  out->set_accepted(accepted_);
  out->set_refused(refused_);
  *out->mutable_refusals() = refusals_;
  for (const auto& [action, count] : answers_) {
    auto* answer = out->add_answers();
    answer->set_action(ToWire(action));
    answer->set_count(count);
  }
  std::vector<std::pair<int64_t, const std::tuple<std::string, int, Action>*>> rules;
  for (const auto& [rule, count] : rules_) rules.emplace_back(count, &rule);
  std::stable_sort(rules.begin(), rules.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (rules.size() > kRulesMax) rules.resize(kRulesMax);
  for (const auto& [count, rule] : rules) {
    auto* encoded = out->add_rules();
    encoded->set_rule_id(std::get<0>(*rule));
    encoded->set_limit_index(std::get<1>(*rule));
    encoded->set_action(ToWire(std::get<2>(*rule)));
    encoded->set_count(count);
  }
  for (const Hits* hits : Top(accounts_)) {
    auto* account = out->add_top_accounts();
    account->set_tenant(hits->tenant.empty() ? "default" : hits->tenant);
    account->set_account(hits->name);
    account->set_failures(hits->failures);
    account->set_refused(hits->refused);
    account->set_sources(static_cast<int32_t>(hits->others.size()));
  }
  for (const Hits* hits : Top(sources_)) {
    auto* source = out->add_top_sources();
    source->set_source(hits->name);
    source->set_failures(hits->failures);
    source->set_refused(hits->refused);
    source->set_accounts(static_cast<int32_t>(hits->others.size()));
  }
  out->set_sources_remembered(remembered_);
  if (first_) EncodeTime(*first_, out->mutable_start_time());
  if (last_) EncodeTime(*last_, out->mutable_end_time());
}

}  // namespace latchkey
