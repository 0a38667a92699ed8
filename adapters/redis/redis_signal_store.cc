#include "adapters/redis/redis_signal_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/redis/request_codec.h"
#include "adapters/redis/store_status.h"
#include "adapters/redis/two_step.h"
#include "engine/signal/flat_brief.h"
#include "engine/signal/flat_record_codec.h"
#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

Duration Shorter(const RedisClient& client, Duration deadline) {
  return std::min(client.options().command_timeout, deadline);
}

// Whose records a reply of Charge or Settle holds, and who is to remember them (may be null).
struct Witness {
  RecordMemory* memory = nullptr;
  ShardKeys keys;

  void LookOut() const {
    if (memory == nullptr) return;
    memory->Prefetch(keys.account);
    memory->Prefetch({RecordKey::Kind::kNetwork, keys.network});
  }
  void See(const Reply& reply) const {
    if (memory == nullptr) return;
    const std::vector<Reply>& parts = reply.elements;  // { account, network, now, … }
    const TimePoint now{Duration(parts[2].integer)};
    memory->Remember(keys.account, parts[0].text, now);
    memory->Remember({RecordKey::Kind::kNetwork, keys.network}, parts[1].text, now);
  }
};

// Makes what decodes a script's reply.
template <typename Result, typename Decode>
auto Decoded(Decode decode, std::function<void(absl::StatusOr<Result>)> done, Witness witness = {}) {
  return [decode = std::move(decode), done = std::move(done), witness](absl::StatusOr<Reply>&& reply) {
    if (!reply.ok()) return done(StoreStatus(reply.status()));
    witness.LookOut();
    absl::StatusOr<Result> result = decode(*reply);
    if (result.ok()) witness.See(*reply);
    done(std::move(result));
  };
}

// The answer to this question, with what it says of an admitted attempt at a glance.
struct DecodeCharge {
  std::shared_ptr<const ChargeRequest> request;

  absl::StatusOr<ChargeResult> operator()(const Reply& reply) const {
    absl::StatusOr<ChargeResult> result = DecodeChargeReply(reply);
    if (result.ok())
      result->brief = GlanceAt(*request, *result, reply.elements[0].text, reply.elements[1].text);
    return result;
  }
};

template <typename Request>
std::shared_ptr<const Request> WithNow(const std::shared_ptr<const Request>& request, const Clock* clock) {
  if (clock == nullptr || request->now) return request;
  auto timed = std::make_shared<Request>(*request);
  timed->now = clock->Now();
  return timed;
}

// Where this thread writes what it asks.
std::string& Scratch() {
  thread_local std::string scratch;
  return scratch;
}

struct Written {
  Record record;
  std::string bytes;
  TimePoint now;
};

// One Update under way: read, change, swap, and again while somebody else was faster.
class Updating : public std::enable_shared_from_this<Updating> {
 public:
  using Done = std::function<void(absl::StatusOr<Written>)>;

  Updating(RedisClient& client, const Scripts& scripts, const Clock* clock, std::string key,
           SignalStore::Change change, Duration keep, Duration deadline, Done done)
      : client_(client),
        scripts_(scripts),
        clock_(clock),
        key_(std::move(key)),
        change_(std::move(change)),
        keep_(absl::StrCat(std::max<int64_t>(keep.count(), 1))),
        give_up_(std::chrono::steady_clock::now() + deadline),
        done_(std::move(done)) {}

  void Start() {
    scripts_.read.Run(client_, {key_}, {}, Left(), [self = shared_from_this()](absl::StatusOr<Reply> reply) {
      if (!reply.ok()) return self->done_(reply.status());
      if (reply->elements.size() != 2) return self->done_(Unexpected());
      self->Try(reply->elements[0], reply->elements[1]);
    });
  }

 private:
  static absl::Status Unexpected() { return absl::InternalError("a script answered something unexpected"); }

  Duration Left() const {
    const auto left = std::chrono::ceil<Duration>(give_up_ - std::chrono::steady_clock::now());
    return std::max(Shorter(client_, left), Duration(1));
  }

  void Try(const Reply& now, const Reply& bytes) {
    absl::StatusOr<Record> record = DecodeRecord(bytes.text);
    if (!record.ok()) return done_(record.status());
    Written written{.now = clock_ == nullptr ? TimePoint(Duration(now.integer)) : clock_->Now()};
    change_(*record, written.now);
    written.record = *std::move(record);
    written.bytes = EncodeFlatRecord(written.record);
    if (written.bytes == bytes.text) return done_(std::move(written));
    std::string changed = written.bytes;
    auto swapped = [self = shared_from_this(), written = std::move(written)](absl::StatusOr<Reply> reply) {
      if (!reply.ok()) return self->done_(reply.status());
      const std::vector<Reply>& parts = reply->elements;
      if (!parts.empty() && parts[0].integer == 1) return self->done_(written);
      if (parts.size() != 3) return self->done_(Unexpected());
      if (--self->tries_ == 0 || std::chrono::steady_clock::now() >= self->give_up_) {
        return self->done_(
            absl::UnavailableError("the record keeps being changed by others; nothing was done"));
      }
      self->Try(parts[1], parts[2]);
    };
    scripts_.swap.Run(client_, {key_}, {bytes.text, std::move(changed), keep_}, Left(), std::move(swapped));
  }

  RedisClient& client_;
  const Scripts& scripts_;
  const Clock* const clock_;
  const std::string key_;
  const SignalStore::Change change_;
  const std::string keep_;
  const SteadyTime give_up_;
  const Done done_;
  int tries_ = RedisSignalStore::kUpdateTries;
};

}  // namespace

RedisSignalStore::RedisSignalStore(RedisClient& client, KeyNames keys, const Clock* clock,
                                   RecordMemory* memory)
    : client_(client), keys_(std::move(keys)), clock_(clock), memory_(memory), scripts_(StoreScripts()) {}

void RedisSignalStore::Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request,
                              Duration deadline, std::function<void(absl::StatusOr<ChargeResult>)> done) {
  if (!client_.one_script_spans_keys())
    return ChargeInTwoSteps(CallFor(keys, deadline), WithNow(request, clock_), std::move(done));
  request = WithNow(request, clock_);
  const std::string_view encoded = EncodeChargeRequest(*request, Scratch());
  scripts_.charge.Run(
      client_, {keys_.Account(keys.account), keys_.Network(keys.network)}, {encoded},
      Shorter(client_, deadline),
      Decoded<ChargeResult>(DecodeCharge{std::move(request)}, std::move(done), Witness{memory_, keys}));
}

void RedisSignalStore::Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request,
                              Duration deadline, std::function<void(absl::StatusOr<SettleResult>)> done) {
  if (!client_.one_script_spans_keys())
    return SettleInTwoSteps(CallFor(keys, deadline), WithNow(request, clock_), std::move(done));
  scripts_.settle.Run(client_, {keys_.Account(keys.account), keys_.Network(keys.network)},
                      {EncodeSettleRequest(*WithNow(request, clock_), Scratch())}, Shorter(client_, deadline),
                      Decoded<SettleResult>(DecodeSettleReply, std::move(done), Witness{memory_, keys}));
}

void RedisSignalStore::Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
                              std::function<void(absl::StatusOr<Record>)> done) {
  auto remembered = [memory = memory_, key, done = std::move(done)](absl::StatusOr<Written> written) {
    if (!written.ok()) return done(written.status());
    if (memory != nullptr) memory->Remember(key, written->bytes, written->now);
    done(std::move(written->record));
  };
  std::make_shared<Updating>(client_, scripts_, clock_, std::string(keys_.Of(key)), std::move(change), keep,
                             deadline, std::move(remembered))
      ->Start();
}

void RedisSignalStore::Read(const ShardKeys& keys, Duration deadline,
                            std::function<void(absl::StatusOr<ShardRecords>)> done) {
  auto timed = [this, done = std::move(done)](absl::StatusOr<ShardRecords> records) {
    if (records.ok() && clock_ != nullptr) records->now = clock_->Now();
    done(std::move(records));
  };
  if (!client_.one_script_spans_keys())
    return ReadInTwoSteps(CallFor(keys, deadline), /*as_written=*/clock_ != nullptr, std::move(timed));
  scripts_.read.Run(client_, {keys_.Account(keys.account), keys_.Network(keys.network)}, {},
                    Shorter(client_, deadline), Decoded<ShardRecords>(DecodeReadReply, std::move(timed)));
}

TwoStepCall RedisSignalStore::CallFor(const ShardKeys& keys, Duration deadline) const {
  return {.client = client_,
          .scripts = scripts_,
          .account = std::string(keys_.Account(keys.account)),
          .network = std::string(keys_.Network(keys.network)),
          .keys = keys,
          .memory = memory_,
          .deadline = deadline};
}

}  // namespace latchkey
