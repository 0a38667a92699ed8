// The whole engine on a Redis of the test's own, whose connections are counted.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "engine/store/forwarding_store.h"
#include "tests/adapters/redis/store_client.h"
#include "tests/support/answers.h"
#include "tests/support/engine_rig.h"

namespace latchkey {

inline AttemptFields AttemptOn(const std::string& account, const std::string& address) {
  AttemptFields fields;
  fields.account = account;
  fields.source = address;
  fields.challenge_kinds = {ChallengeKind::kCaptcha};
  return fields;
}

class RedisRig {
 public:
  explicit RedisRig(const std::string& url) {
    RigOptions options;
    options.settings.store_deadline = kPatience;  // A busy test machine is no reason to answer without it.
    options.settings.refusals_kept = 1024;
    options.wrap = [this, &url](SignalStore&, const Clock& clock) {
      client_ = std::make_shared<StoreClient>(url, /*threads=*/1, &clock);
      for (int tries = 0; !client_->backend().up() && tries < 10'000; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return std::make_unique<Forward>(client_);
    };
    rig_ = std::make_unique<EngineRig>(std::move(options));
  }

  EngineRig& engine() { return *rig_; }
  // Sent to Redis since it was last asked.
  uint64_t Commands() { return client_->commands() - std::exchange(counted_, client_->commands()); }

 private:
  class Forward final : public ForwardingStore {
   public:
    explicit Forward(std::shared_ptr<StoreClient> client)
        : ForwardingStore(client->store()), client_(std::move(client)) {}

   private:
    const std::shared_ptr<StoreClient> client_;
  };

  std::shared_ptr<StoreClient> client_;
  std::unique_ptr<EngineRig> rig_;
  uint64_t counted_ = 0;
};

}  // namespace latchkey
