#include "engine/lab/lab_engine.h"

#include <optional>
#include <utility>

#include "engine/base/check.h"

namespace latchkey::lab {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);
constexpr char kTenant[] = "default";

// A shop of thousands, not of millions.
constexpr AttackWatcher::Settings kWatching{
    .accounts = 4096, .sources = 4096, .places = 8192, .notes = 4096, .show_names = true};

template <typename... Observers>
std::vector<DecisionObserver*> ObserversOf(Observers*... observers) {
  std::vector<DecisionObserver*> list;
  for (DecisionObserver* each : std::initializer_list<DecisionObserver*>{observers...}) {
    if (each != nullptr) list.push_back(each);
  }
  return list;
}

// The answer that a call gave before it returned. Everything asked in the lab is well formed.
template <typename T, typename Start>
T Answered(Start start) {
  std::optional<T> answer;
  start([&answer](absl::StatusOr<T> value) {
    LATCHKEY_CHECK(value.ok());
    answer = *std::move(value);
  });
  LATCHKEY_CHECK(answer.has_value());
  return *std::move(answer);
}

Attempt AttemptOf(AttemptFields fields) {
  absl::StatusOr<Attempt> attempt = Attempt::Create(std::move(fields));
  LATCHKEY_CHECK(attempt.ok());
  return *std::move(attempt);
}

}  // namespace

LabEngine::LabEngine(const LabPorts& ports, const LabClock& clock, std::shared_ptr<const Policy> policy,
                     const Scenario& scenario, TimePoint start, uint64_t seed, FindingSink* findings,
                     Fleet fleet)
    : random_(Mix(seed) ^ 0xA5A5'5A5A'1234'4321ULL),
      keys_("lab", hasher_),
      policies_(std::move(policy)),
      node_clock_(clock, scenario.faults.skew),
      store_(ports.make_store(clock, scenario.store_entries)),
      local_store_(ports.make_store(clock, scenario.store_entries)),
      reached_(*store_.store, clock, start + scenario.faults.outage_start,
               start + scenario.faults.outage_start + scenario.faults.outage),
      stakes_({}, random_),
      ledger_(node_clock_, random_),
      standings_({}, ledger_.node(), "lab"),
      watch_(stakes_, standings_),
      detectors_(
          findings == nullptr
              ? nullptr
              : std::make_unique<DetectorFleet>(
                    fleet,
                    AttackWatcher::Parts{
                        .policies = policies_, .stakes = stakes_, .sealer = sealer_, .sink = *findings},
                    kWatching)),
      assessor_(AssessParts{.clock = node_clock_,
                            .random = random_,
                            .keys = keys_,
                            .sealer = sealer_,
                            .policies = policies_,
                            .revocations = revocations_,
                            .store = reached_,
                            .local_store = *local_store_.store,
                            .observers = ObserversOf(&watch_, detectors_.get()),
                            .stakes = &stakes_},
                AssessSettings{.store_deadline = kPatience, .journal_capacity = 0}),
      reporter_(ReportParts{.clock = node_clock_,
                            .sealer = sealer_,
                            .policies = policies_,
                            .revocations = revocations_,
                            .store = reached_,
                            .local_store = *local_store_.store,
                            .assessor = assessor_,
                            .observers = ObserversOf(detectors_.get())}),
      desk_(OwnerParts{.clock = node_clock_,
                       .random = random_,
                       .keys = keys_,
                       .sealer = sealer_,
                       .policies = policies_,
                       .revocations = revocations_,
                       .store = reached_}) {}

Decision LabEngine::Assess(AttemptFields fields) {
  return Answered<Decision>(
      [&](auto done) { assessor_.Assess(AttemptOf(std::move(fields)), kPatience, std::move(done)); });
}

Decision LabEngine::Explain(AttemptFields fields) {
  return Answered<Explanation>(
             [&](auto done) { assessor_.Explain(AttemptOf(std::move(fields)), kPatience, std::move(done)); })
      .decision;
}

ReportResult LabEngine::Report(const Decision& decision, Outcome outcome) {
  ReportResult result;  // of a store that is gone: nothing
  reporter_.Take({.attempt_token = decision.attempt_token, .outcome = outcome, .device_name = {}}, kPatience,
                 [&result](absl::StatusOr<ReportResult> answer) {
                   if (answer.ok()) result = *std::move(answer);
                 });
  return result;
}

Confirmation LabEngine::Confirm(const std::string& account) {
  Confirmation confirmation;  // while the store is gone: the mail's page asks to come back
  desk_.Confirm({kTenant, account}, "", kPatience, [&confirmation](absl::StatusOr<Confirmation> answer) {
    if (answer.ok()) confirmation = *std::move(answer);
  });
  return confirmation;
}

Confirmation LabEngine::RevokeAll(const std::string& account) {
  Confirmation confirmation;
  desk_.RevokeAll({kTenant, account}, "", kPatience, [&confirmation](absl::StatusOr<Confirmation> answer) {
    if (answer.ok()) confirmation = *std::move(answer);
  });
  return confirmation;
}

void LabEngine::AddStake(const std::string& account, TimePoint until) {
  const absl::StatusOr<Stake> stake = stakes_.Register({.caller = "auction-house",
                                                        .account_key = keys_.Account(kTenant, account),
                                                        .tenant = kTenant,
                                                        .account = account,
                                                        .workflow = "auction",
                                                        .name = "bid",
                                                        .end = until},
                                                       node_clock_.Now());
  LATCHKEY_CHECK(stake.ok());
}

void LabEngine::Tick() {
  if (detectors_ != nullptr) detectors_->Tick(node_clock_.Now());
}

Key LabEngine::KeyOf(const std::string& account) const { return keys_.Account(kTenant, account); }

Key LabEngine::KeyOfSource(const std::string& address) const {
  const absl::StatusOr<Source> source = Source::Parse(address);
  LATCHKEY_CHECK(source.ok());
  return {keys_.Network(kTenant, *source).high, keys_.SourceId(kTenant, *source)};
}

bool LabEngine::UnderAttack(const std::string& account) {
  ledger_.Look();
  standings_.Advance(node_clock_.Now());
  const Standing standing =
      standings_.Get({keys_.Account(kTenant, account), kTenant, account}, node_clock_.Now());
  return standing.state == StandingState::kUnderAttack;
}

}  // namespace latchkey::lab
