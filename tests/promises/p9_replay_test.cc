// P9: recorded events, with the store's time, order and counts, and the same policy give the same answers;
// every answer has an id under which it can be explained for as long as that is stated.
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/signal/record_codec.h"
#include "tests/promises/crowd.h"

namespace latchkey {
namespace {

// All that a store was asked and answered, in its order.
struct Recorded {
  ShardKeys keys;
  TimePoint now;
  std::shared_ptr<const ChargeRequest> charge;
  std::shared_ptr<const SettleRequest> settle;
  SignalStore::Change change;
  Duration keep{0};
  std::string answer;
  std::string network;  // the network's record of the answer
};

// All but the network's record, which an answer of a Cluster has only where it was asked for.
std::string Text(const ChargeResult& result) {
  return absl::StrCat(result.admitted, ",", result.sub, ",", result.reservation_id, ",", result.shared, ",",
                      result.records.now.time_since_epoch().count(), ",",
                      EncodeRecord(result.records.account));
}
std::string Text(const SettleResult& result) {
  return absl::StrCat(static_cast<int>(result.state), ",", result.given_back, ",",
                      EncodeRecord(result.records.account));
}

class RecordingStore final : public SignalStore {
 public:
  RecordingStore(SignalStore& store, const Clock& clock, std::vector<Recorded>& tape)
      : store_(store), clock_(clock), tape_(tape) {}

  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override {
    auto timed = std::make_shared<ChargeRequest>(*request);
    if (!timed->now) timed->now = clock_.Now();
    store_.Charge(keys, timed, deadline, [this, keys, timed, done](absl::StatusOr<ChargeResult> result) {
      if (result.ok()) {
        Keep({.keys = keys,
              .now = *timed->now,
              .charge = timed,
              .answer = Text(*result),
              .network = EncodeRecord(result->records.network)});
      }
      done(std::move(result));
    });
  }
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override {
    auto timed = std::make_shared<SettleRequest>(*request);
    if (!timed->now) timed->now = clock_.Now();
    store_.Settle(keys, timed, deadline, [this, keys, timed, done](absl::StatusOr<SettleResult> result) {
      if (result.ok()) {
        Keep({.keys = keys,
              .now = *timed->now,
              .settle = timed,
              .answer = Text(*result),
              .network = EncodeRecord(result->records.network)});
      }
      done(std::move(result));
    });
  }
  void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
              std::function<void(absl::StatusOr<Record>)> done) override {
    const TimePoint now = clock_.Now();
    store_.Update(key, change, keep, deadline,
                  [this, account = key.key, change, keep, now, done](absl::StatusOr<Record> record) {
                    if (record.ok()) {
                      Keep({.keys = {account, account},
                            .now = now,
                            .change = change,
                            .keep = keep,
                            .answer = EncodeRecord(*record)});
                    }
                    done(std::move(record));
                  });
  }
  void Read(const ShardKeys& keys, Duration deadline,
            std::function<void(absl::StatusOr<ShardRecords>)> done) override {
    store_.Read(keys, deadline, std::move(done));
  }
  [[nodiscard]] std::string_view name() const override { return store_.name(); }

 private:
  void Keep(Recorded recorded) {
    const std::scoped_lock lock(mutex_);
    tape_.push_back(std::move(recorded));
  }
  SignalStore& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::vector<Recorded>& tape_;
};

// Plays a tape on a fresh store; the index of the first answer that differs, or its length. `network`: the
// records of networks must be the same, too.
size_t Replay(const std::vector<Recorded>& tape, StoreKind kind, bool network) {
  FakeClock clock;
  const std::unique_ptr<StoreUnderTest> fresh = StoreUnderTest::Make(kind, clock);
  SignalStore& store = fresh->store();
  for (size_t i = 0; i < tape.size(); ++i) {
    const Recorded& event = tape[i];
    clock.Set(event.now);
    std::string answer;
    std::string of_network;
    if (event.charge != nullptr) {
      const ChargeResult result = Require(Await<absl::StatusOr<ChargeResult>>(
          [&](auto done) { store.Charge(event.keys, event.charge, 30s, std::move(done)); }));
      answer = Text(result);
      of_network = EncodeRecord(result.records.network);
    } else if (event.settle != nullptr) {
      const SettleResult result = Require(Await<absl::StatusOr<SettleResult>>(
          [&](auto done) { store.Settle(event.keys, event.settle, 30s, std::move(done)); }));
      answer = Text(result);
      of_network = EncodeRecord(result.records.network);
    } else {
      answer = EncodeRecord(Require(Await<absl::StatusOr<Record>>([&](auto done) {
        store.Update(event.keys.account, event.change, event.keep, 30s, std::move(done));
      })));
    }
    if (answer != event.answer || (network && of_network != event.network)) return i;
  }
  return tape.size();
}

class ReplayTest : public PromiseTest {};

TEST_P(ReplayTest, RecordedRequestsGetTheSameAnswersOnAFreshStoreOfAnyKind) {
  for (const std::string& policy : {DefaultPolicyText(), std::string(kManyKindsOfRules)}) {
    for (uint64_t seed = 1; seed <= Seeds(20) && !HasFailure(); ++seed) {
      SCOPED_TRACE(absl::StrCat("seed ", seed));
      std::vector<Recorded> tape;
      RigOptions options = Options(seed, policy);
      options.wrap = [&](SignalStore& store, const Clock& clock) {
        return std::make_unique<RecordingStore>(store, clock, tape);
      };
      EngineRig rig(options);
      Crowd crowd(rig, seed);
      for (int i = 0; i < 200; ++i) {
        const AttemptFields fields = crowd.Next();
        crowd.Hear(fields, rig.Assess(fields));
      }
      EXPECT_GT(tape.size(), 100U);  // Refusals that were known by heart asked no store.
      const bool cluster = GetParam() == StoreKind::kCluster;
      EXPECT_EQ(Replay(tape, StoreKind::kMemory, !cluster), tape.size());
      if (cluster) {
        EXPECT_EQ(Replay(tape, StoreKind::kCluster, true), tape.size());
      } else if (seed <= 2 || GetParam() == StoreKind::kRedis) {
        EXPECT_EQ(Replay(tape, StoreKind::kRedis, true), tape.size());
      }
    }
  }
}

TEST_P(ReplayTest, EveryDecisionThatIsKeptReplaysToItsVerdictAndIsExplained) {
  for (const std::string& policy : {DefaultPolicyText(), std::string(kManyKindsOfRules)}) {
    for (uint64_t seed = 1; seed <= Seeds(20) && !HasFailure(); ++seed) {
      SCOPED_TRACE(absl::StrCat("seed ", seed));
      RigOptions options = Options(seed, policy);
      constexpr size_t kKept = 150;
      options.settings.journal_capacity = kKept;
      EngineRig rig(options);
      Crowd crowd(rig, seed);
      std::vector<Decision> decisions;
      for (int i = 0; i < 400; ++i) {
        AttemptFields fields = crowd.Next();
        if (i % 50 == 49) {  // answers that need no counts are kept as well
          fields.factor = i % 100 == 99 ? Factor::kPasskey : Factor::kOneTimeCode;
          fields.first_factor_token = "not a token";
        }
        decisions.push_back(rig.Assess(fields));
        crowd.Hear(fields, decisions.back());
        if (i == 200) rig.SetPolicy(DefaultPolicyText(), 2);  // what was decided stays as it was
      }
      for (const auto& entry : rig.assessor().journal().All()) {
        EXPECT_TRUE(entry->Replay() == entry->decision.verdict)
            << Describe(entry->decision) << "\nreplayed: " << Describe(entry->Replay(), entry->decision.at);
      }
      for (size_t i = 0; i < decisions.size(); ++i) {
        const absl::StatusOr<Explanation> past = rig.assessor().ExplainPast(decisions[i].id);
        ASSERT_EQ(past.ok(), i + kKept >= decisions.size()) << i;
        if (past.ok()) {
          EXPECT_TRUE(past->decision.verdict == decisions[i].verdict);
        }
      }
    }
  }
}

TEST_P(ReplayTest, ExplainCountsNothingAndSaysWhatTheNextAssessWill) {
  for (const std::string& policy : {DefaultPolicyText(), std::string(kManyKindsOfRules)}) {
    for (uint64_t seed = 1; seed <= Seeds(20) && !HasFailure(); ++seed) {
      SCOPED_TRACE(absl::StrCat("seed ", seed));
      EngineRig rig(Options(seed, policy));
      Crowd crowd(rig, seed);
      for (int i = 0; i < 200 && !HasFailure(); ++i) {
        const AttemptFields fields = crowd.Next();
        const ShardRecords before = rig.Records(fields);
        const Explanation explained = rig.Explain(fields);
        const ShardRecords after = rig.Records(fields);
        EXPECT_TRUE(before.account == after.account && before.network == after.network);
        const Decision decision = rig.Assess(fields);
        EXPECT_TRUE(explained.decision.verdict == decision.verdict)
            << "explained: " << Describe(explained.decision) << "\nassessed:  " << Describe(decision);
        EXPECT_EQ(explained.decision.at, decision.at);
        crowd.Hear(fields, decision);
      }
    }
  }
}

LATCHKEY_ON_EVERY_STORE(ReplayTest);

}  // namespace
}  // namespace latchkey
