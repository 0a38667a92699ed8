#include "engine/assess/account_view.h"

#include <algorithm>

namespace latchkey {
namespace {

bool HasSlots(Lane lane) {
  return lane == Lane::kDevice || lane == Lane::kRecovered || lane == Lane::kFamiliar;
}

// How near to being refused a lane is: above one when it is.
double Fullness(const LaneReport& lane) {
  double fullness = lane.spent ? 2 : 0;
  for (const LimitReport& limit : lane.limits) {
    if (limit.shadow) continue;
    fullness = std::max(fullness, static_cast<double>(limit.count) / static_cast<double>(limit.above + 1));
  }
  return fullness;
}

struct Question {
  std::shared_ptr<const Policy> policy;
  Facts facts;
  bool of_source = false;  // else of the account from anywhere
  Duration token_life{0};
};

LaneReport StateOf(const Question& question, Lane lane, const ShardRecords& records) {
  const PlannedLane planned = PlanLane(*question.policy, question.facts, Proofs{}, lane);
  if (!HasSlots(lane)) {
    return ReportLane(*question.policy, question.facts, planned, 0, records, question.token_life);
  }
  LaneReport fullest{.lane = lane, .proved = false, .limits = {}};
  for (const Slot& slot : records.account->slots) {
    if (slot.lane != lane) continue;
    if (lane == Lane::kFamiliar && question.of_source && slot.id != question.facts.source) continue;
    LaneReport report =
        ReportLane(*question.policy, question.facts, planned, slot.index, records, question.token_life);
    if (!fullest.proved || Fullness(report) > Fullness(fullest)) fullest = std::move(report);
  }
  return fullest;
}

int CountSlots(const Record& record, Lane lane) {
  return static_cast<int>(std::count_if(record.slots.begin(), record.slots.end(),
                                        [lane](const Slot& slot) { return slot.lane == lane; }));
}

}  // namespace

void AccountView::Describe(const AccountName& name, const std::optional<Source>& source, Duration deadline,
                           std::function<void(absl::StatusOr<AccountState>)> done) const {
  const Key account = keys_.Account(name.tenant, name.account);
  Question question{.policy = policies_.For(account),
                    .facts = {},
                    .of_source = source.has_value(),
                    .token_life = token_life_};
  Facts& facts = question.facts;
  facts.account = account;
  facts.path = "web";
  facts.can_challenge = true;
  if (source) {
    facts.network = keys_.Network(name.tenant, *source);
    facts.source = keys_.SourceId(name.tenant, *source);
    facts.source_place = source->place();
  }
  const ShardKeys shards{account, facts.network};
  store_.Read(shards, deadline,
              [account, question = std::move(question), stakes = stakes_,
               done = std::move(done)](absl::StatusOr<ShardRecords> records) mutable {
                if (!records.ok()) return done(records.status());
                question.facts.at_stake = stakes != nullptr && question.policy->heeds_stakes() &&
                                          stakes->Any(account, records->now);
                AccountState state{.key = account, .now = records->now, .lanes = {}};
                for (const Lane lane : kAllLanes) state.lanes.push_back(StateOf(question, lane, *records));
                state.devices = CountSlots(records->account, Lane::kDevice);
                state.sources = CountSlots(records->account, Lane::kFamiliar);
                state.pending = static_cast<int>(records->account->reservations.size());
                done(std::move(state));
              });
}

}  // namespace latchkey
