#include "tests/contract/signal_store_contract.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <random>
#include <utility>

#include "engine/signal/series.h"

namespace latchkey {
namespace {

constexpr Duration kPatience{10'000};

template <typename Result, typename Call>
Result Await(Call call) {
  auto promise = std::make_shared<std::promise<absl::StatusOr<Result>>>();
  std::future<absl::StatusOr<Result>> answer = promise->get_future();
  call([promise](absl::StatusOr<Result> result) { promise->set_value(std::move(result)); });
  if (answer.wait_for(kPatience) != std::future_status::ready) {
    ADD_FAILURE() << "the store never answered";
    return {};
  }
  absl::StatusOr<Result> result = answer.get();
  if (!result.ok()) {
    ADD_FAILURE() << result.status();
    return {};
  }
  return *std::move(result);
}

Key FreshKey() {
  static const uint64_t run = std::random_device()();
  static std::atomic<uint64_t> next{1};
  return {.high = (uint64_t{1} << 63U) | run, .low = next++};
}

}  // namespace

CounterAsk CounterOf(uint16_t signature, Limits limits) {
  CounterAsk ask{.signature = signature, .charged = true, .limits = std::move(limits)};
  Duration hold{0};
  for (const Limit& limit : ask.limits) {
    if (!limit.ever()) ask.windows.push_back(limit.window);
    hold = std::max(hold, limit.hold);
    ask.members_max = std::max(ask.members_max, static_cast<size_t>(limit.above) + kMembersSlack);
  }
  std::sort(ask.windows.begin(), ask.windows.end());
  if (!ask.windows.empty()) ask.horizon = ask.windows.back() + hold;
  for (const Limit& limit : ask.limits) {
    if (limit.ever()) ask.horizon = limit.quiet;
  }
  return ask;
}

ChargeRequest AttemptIn(std::vector<LaneAsk> lanes) {
  return {.lanes = std::move(lanes), .token_life = kTokenLife, .keep = std::chrono::hours(24 * 100)};
}

LaneAsk StrangerLane(std::vector<CounterAsk> account, std::vector<CounterAsk> network) {
  return {.lane = Lane::kStranger, .account = std::move(account), .network = std::move(network)};
}

LaneAsk LaneWith(Lane lane, uint64_t proof_id, std::vector<CounterAsk> account) {
  LaneAsk ask{.lane = lane, .proof_id = proof_id, .slots_max = 2, .account = std::move(account)};
  ask.fresh_for = std::chrono::hours(24 * 30);
  ask.spent_for = std::chrono::minutes(10);
  for (CounterAsk& counter : ask.account) counter.sub_is_slot = true;
  return ask;
}

Limit ChallengeAbove(int64_t above, Duration window) {
  return {.above = above, .window = window, .then = Consequence::kChallenge};
}

Limit LockoutAbove(int64_t above, Duration window, Duration hold) {
  return {.above = above, .window = window, .then = Consequence::kLockout, .hold = hold};
}

Limit ThrottleAbove(int64_t above, Duration window, Wait wait) {
  return {.above = above, .window = window, .then = Consequence::kThrottle, .wait = wait};
}

Limit Consecutive(int64_t above) {
  return {.above = above, .window = Duration::zero(), .then = Consequence::kLockout};
}

StoreCaller::StoreCaller(std::shared_ptr<SignalStore> store)
    : keys{.account = FreshKey(), .network = FreshKey()}, store_(std::move(store)) {}

ChargeResult StoreCaller::Charge(const ShardKeys& at, const ChargeRequest& request) {
  return Await<ChargeResult>([&](auto done) {
    store_->Charge(at, std::make_shared<ChargeRequest>(request), kPatience, std::move(done));
  });
}

SettleResult StoreCaller::Settle(const ShardKeys& at, const SettleRequest& request) {
  return Await<SettleResult>([&](auto done) {
    store_->Settle(at, std::make_shared<SettleRequest>(request), kPatience, std::move(done));
  });
}

Record StoreCaller::Update(const SignalStore::Change& change) {
  return Await<Record>([&](auto done) {
    store_->Update(keys.account, change, std::chrono::hours(24 * 100), kPatience, std::move(done));
  });
}

Record StoreCaller::UpdateNetwork(const SignalStore::Change& change) {
  return Await<Record>([&](auto done) {
    store_->Update({RecordKey::Kind::kNetwork, keys.network}, change, std::chrono::hours(24 * 100), kPatience,
                   std::move(done));
  });
}

ShardRecords StoreCaller::Read() {
  return Await<ShardRecords>([&](auto done) { store_->Read(keys, kPatience, std::move(done)); });
}

ChargeResult SignalStoreContract::Charge(ChargeRequest request) {
  if (request.reservation_id == 0) request.reservation_id = next_reservation_++;
  return caller_.Charge(request);
}

bool SignalStoreContract::Admits(ChargeRequest request) { return Charge(std::move(request)).admitted >= 0; }

SettleRequest ReportOf(const ChargeRequest& request, const ChargeResult& charged, Settlement settlement) {
  SettleRequest report{.reservation_id = charged.reservation_id,
                       .charged_at = charged.records.now,
                       .sub = charged.sub,
                       .settlement = settlement,
                       .tag = request.tag};
  report.token_life = request.token_life;
  report.keep = request.keep;
  report.not_verified = {.signature = 1, .sub = 0};
  report.not_verified_limit = ChallengeAbove(3, std::chrono::hours(1));
  const LaneAsk& lane =
      charged.admitted >= 0 ? request.lanes[static_cast<size_t>(charged.admitted)] : request.lanes.back();
  report.lane = lane.lane;
  report.slot_id = lane.proof_id;
  auto give_back = [&](const std::vector<CounterAsk>& asks, std::vector<CounterEffect>& effects) {
    for (const CounterAsk& ask : asks) {
      if (!ask.charged) continue;
      effects.push_back(
          {.series = {.signature = ask.signature, .sub = ask.sub_is_slot ? charged.sub : ask.sub},
           .member = ask.member,
           .weight = ask.weight,
           .horizon = ask.horizon,
           .members_max = ask.members_max});
    }
  };
  give_back(lane.account, report.account);
  give_back(lane.network, report.network);
  return report;
}

SettleResult SignalStoreContract::Report(const ChargeRequest& request, const ChargeResult& charged,
                                         Settlement settlement) {
  return caller_.Settle(ReportOf(request, charged, settlement));
}

int64_t SignalStoreContract::CountOf(SeriesId id) {
  const Record record = caller_.Read().account;
  const Series* series = record.FindSeries(id);
  int64_t count = 0;
  if (series == nullptr) return 0;
  for (const Entry& entry : series->entries) count += id.distinct() ? 1 : entry.count;
  return count;
}

}  // namespace latchkey
