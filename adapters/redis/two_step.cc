#include "adapters/redis/two_step.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "adapters/redis/request_codec.h"
#include "adapters/redis/store_status.h"
#include "engine/base/mutex.h"
#include "engine/signal/two_shards.h"

namespace latchkey {
namespace {

constexpr RecordKey::Kind kAccount = RecordKey::Kind::kAccount;
constexpr RecordKey::Kind kNetwork = RecordKey::Kind::kNetwork;

SteadyTime Now() { return std::chrono::steady_clock::now(); }

// Sends the steps of one call.
class Steps {
 public:
  explicit Steps(TwoStepCall call) : call_(std::move(call)), give_up_(Now() + call_.deadline) {}

  // Runs a script on one of the shards. Calls next(StatusOr<Result>) with the decoded answer.
  template <typename Result, typename Next>
  void Run(const Script& script, RecordKey::Kind shard, const Words& args,
           absl::StatusOr<Result> (*decode)(const Reply&), Next next) const {
    const std::string& key = shard == kAccount ? call_.account : call_.network;
    // What is left, and a little for a step that undoes another one.
    const auto left = std::max(std::chrono::ceil<Duration>(give_up_ - Now()), Duration(1));
    script.Run(call_.client, {key}, args, std::min(left, call_.client.options().command_timeout),
               [decode, witness = Witness{call_.memory, RecordKeyOf(shard), shard == kAccount ? 2U : 1U},
                next = std::move(next)](absl::StatusOr<Reply> reply) mutable {
                 if (!reply.ok()) return next(absl::StatusOr<Result>(StoreStatus(reply.status())));
                 absl::StatusOr<Result> result = decode(*reply);
                 if (result.ok()) witness.See(*reply);
                 next(std::move(result));
               });
  }
  [[nodiscard]] const Scripts& scripts() const { return call_.scripts; }

 private:
  // Who is to remember the record that a reply begins with, and where its time stands.
  struct Witness {
    RecordMemory* memory = nullptr;
    RecordKey key;
    size_t time = 0;

    void See(const Reply& reply) const {
      if (memory == nullptr) return;
      const TimePoint now{Duration(reply.elements[time].integer)};
      memory->Remember(key, reply.elements[0].text, now);
    }
  };
  [[nodiscard]] RecordKey RecordKeyOf(RecordKey::Kind shard) const {
    return {shard, shard == kAccount ? call_.keys.account : call_.keys.network};
  }

  const TwoStepCall call_;
  const SteadyTime give_up_;
};

class TwoStepCharge : public std::enable_shared_from_this<TwoStepCharge> {
 public:
  using Done = std::function<void(absl::StatusOr<ChargeResult>)>;

  TwoStepCharge(TwoStepCall call, std::shared_ptr<const ChargeRequest> request, Done done)
      : steps_(std::move(call)), request_(std::move(request)), done_(std::move(done)) {}

  void Start() {
    const int lanes = static_cast<int>(request_->lanes.size());
    const int leading = LeadingLanes(*request_);
    if (leading == lanes) {
      return AskAccount(*request_, [self = shared_from_this()](absl::StatusOr<ChargeResult> result) {
        self->done_(std::move(result));
      });
    }
    expected_ = ExpectedLane(*request_, 0);
    const bool counts = !request_->dry_run && !request_->forced;
    if (!counts || expected_ >= leading) return AskNetwork();
    AskAccount(LeadingPart(*request_, leading),
               [self = shared_from_this(), leading](absl::StatusOr<ChargeResult> result) {
                 if (!result.ok() || result->admitted >= 0) return self->done_(std::move(result));
                 self->expected_ = ExpectedLane(*self->request_, leading);
                 self->AskNetwork();
               });
  }

 private:
  template <typename Next>
  void AskAccount(const ChargeRequest& request, Next next) {
    steps_.Run(steps_.scripts().charge, kAccount, {EncodeChargeRequest(request)}, DecodeChargeReply,
               std::move(next));
  }

  void AskNetwork() {
    steps_.Run(steps_.scripts().network_charge, kNetwork, {EncodeNetworkCharge(*request_, expected_)},
               DecodeNetworkChargeReply, [self = shared_from_this()](absl::StatusOr<NetworkAnswer> answer) {
                 if (!answer.ok()) return self->done_(answer.status());
                 if (answer->admits.size() != self->request_->lanes.size())
                   return self->done_(absl::InternalError("a script answered something unexpected"));
                 self->network_ = *std::move(answer);
                 self->Decide();
               });
  }

  void Decide() {
    AskAccount(AccountPart(*request_, network_.admits),
               [self = shared_from_this()](absl::StatusOr<ChargeResult> result) {
                 if (!result.ok()) return self->Withdraw(result.status());
                 const auto correction =
                     CorrectionOf(*self->request_, self->expected_, self->network_, *result);
                 ChargeResult joined = Joined(*std::move(result), self->network_, correction);
                 self->Correct(correction, std::move(joined));
               });
  }

  // Nothing is known of what the account's shard has done, unless it was never asked.
  void Withdraw(const absl::Status& why) {
    if (!absl::StartsWith(why.message(), "not sent")) return done_(why);
    Correct(WithdrawalOf(*request_, expected_, network_), why);
  }

  void Correct(const std::optional<NetworkChange>& change, absl::StatusOr<ChargeResult> result) {
    if (!change) return done_(std::move(result));
    steps_.Run(
        steps_.scripts().network_change, kNetwork, {EncodeNetworkChange(*change)}, DecodeNetworkChangeReply,
        [self = shared_from_this(), result = std::move(result)](const absl::StatusOr<Record>&) mutable {
          self->done_(std::move(result));
        });
  }

  const Steps steps_;
  const std::shared_ptr<const ChargeRequest> request_;
  const Done done_;
  int expected_ = 0;
  NetworkAnswer network_;
};

// Puts two answers together that arrive on any threads.
struct BothReads {
  bool as_written = false;
  Mutex mutex;
  std::optional<absl::StatusOr<ShardRead>> account ABSL_GUARDED_BY(mutex);
  std::optional<absl::StatusOr<ShardRead>> network ABSL_GUARDED_BY(mutex);
  std::function<void(absl::StatusOr<ShardRecords>)> done;

  // Whether both are there now.
  bool Put(bool of_account, absl::StatusOr<ShardRead> read) {
    const MutexLock lock(mutex);
    (of_account ? account : network) = std::move(read);
    return account.has_value() && network.has_value();
  }
  absl::StatusOr<ShardRecords> Take() {
    const MutexLock lock(mutex);
    if (!(*account).ok()) return account->status();
    if (!(*network).ok()) return network->status();
    const TimePoint now = (*account)->now;
    const Duration off = as_written ? Duration::zero() : now - (*network)->now;
    return ShardRecords{.now = now,
                        .account = std::move((*account)->record),
                        .network = Shifted(std::move((*network)->record), off)};
  }
};

}  // namespace

void ChargeInTwoSteps(TwoStepCall call, std::shared_ptr<const ChargeRequest> request,
                      std::function<void(absl::StatusOr<ChargeResult>)> done) {
  std::make_shared<TwoStepCharge>(std::move(call), std::move(request), std::move(done))->Start();
}

void SettleInTwoSteps(TwoStepCall call, std::shared_ptr<const SettleRequest> request,
                      std::function<void(absl::StatusOr<SettleResult>)> done) {
  auto steps = std::make_shared<const Steps>(std::move(call));
  steps->Run(
      steps->scripts().settle, kAccount, {EncodeSettleRequest(AccountPart(*request))}, DecodeSettleReply,
      [steps, request, done = std::move(done)](absl::StatusOr<SettleResult> result) mutable {
        if (!result.ok()) return done(std::move(result));
        const std::optional<NetworkChange> change = NetworkPart(*request, *result);
        if (!change) return done(std::move(result));
        steps->Run(
            steps->scripts().network_change, kNetwork, {EncodeNetworkChange(*change)},
            DecodeNetworkChangeReply,
            [done = std::move(done), result = *std::move(result)](absl::StatusOr<Record> network) mutable {
              if (network.ok()) result.records.network = *std::move(network);
              done(std::move(result));
            });
      });
}

void ReadInTwoSteps(const TwoStepCall& call, bool as_written,
                    std::function<void(absl::StatusOr<ShardRecords>)> done) {
  TwoStepCall unseen = call;
  unseen.memory = nullptr;  // A read answers in another shape.
  const Steps steps(std::move(unseen));
  auto both = std::make_shared<BothReads>();
  both->as_written = as_written;
  both->done = std::move(done);
  for (const bool account : {true, false}) {
    steps.Run(call.scripts.read, account ? kAccount : kNetwork, {}, DecodeShardReply,
              [both, account](absl::StatusOr<ShardRead> read) {
                if (both->Put(account, std::move(read))) both->done(both->Take());
              });
  }
}

}  // namespace latchkey
