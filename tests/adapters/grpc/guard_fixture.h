// A real server on a port of its own: the whole engine on the memory store, the default policy, a channel.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

#include "adapters/grpc/guard_service.h"
#include "adapters/grpc/server.h"
#include "adapters/memory/memory_signal_store.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "adapters/sodium/ring_sealer.h"
#include "adapters/sodium/siphash_key_hasher.h"
#include "adapters/sodium/system_random.h"
#include "engine/incident/local_ledger.h"
#include "engine/stats/cluster_stats.h"
#include "engine/stats/stats_observer.h"
#include "engine/workflow/attack_watch.h"
#include "tests/support/fake_clock.h"

namespace latchkey {

class MemoryRevocations final : public Revocations {
 public:
  [[nodiscard]] int64_t EpochOf(const Key& account) const override {
    const MutexLock lock(mutex_);
    const auto found = epochs_.find(account.Hex());
    return found == epochs_.end() ? 0 : found->second;
  }
  [[nodiscard]] bool IsRevoked(uint64_t device) const override {
    const MutexLock lock(mutex_);
    return devices_.contains(device);
  }
  absl::Status RevokeAll(const Key& account, int64_t epoch, TimePoint) override {
    const MutexLock lock(mutex_);
    int64_t& known = epochs_[account.Hex()];
    known = std::max(known, epoch);
    return absl::OkStatus();
  }
  absl::Status RevokeDevice(uint64_t device, TimePoint) override {
    const MutexLock lock(mutex_);
    devices_.insert(device);
    return absl::OkStatus();
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, int64_t> epochs_ ABSL_GUARDED_BY(mutex_);
  std::set<uint64_t> devices_ ABSL_GUARDED_BY(mutex_);
};

// Everything behind the services, as wiring puts it together.
struct EngineOnMemory {
  explicit EngineOnMemory(const std::string& policy_text)
      : policies(YamlPolicyReader().Read(policy_text, 1).policy) {}

  FakeClock clock;
  SystemRandom random;
  KeyRing ring = KeyRing::Generate();
  SipHashKeyHasher hasher{ring};
  RingSealer sealer{ring, clock};
  KeyMaker keys{"test", hasher};
  PolicyHolder policies;
  MemoryRevocations revocations;
  MemorySignalStore store{clock, {}};
  DecisionStats node_stats{{.keep_names = true}};
  ClusterStats stats{node_stats, nullptr, "one"};
  StatsObserver stats_observer{node_stats};
  Stakes stakes{{}, random};
  LocalLedger ledger{clock, random};
  Standings standings{{}, ledger.node(), "test"};
  AttackWatch attack_watch{stakes, standings};
  std::vector<DecisionObserver*> observers{&stats_observer, &attack_watch};
  Assessor assessor{{clock, random, keys, sealer, policies, revocations, store, store, observers}, {}};
  Reporter reporter{{clock, sealer, policies, revocations, store, store, assessor, observers}};
  OwnerDesk owners{{clock, random, keys, sealer, policies, revocations, store}};
  DrainSignal drain;
};

class GuardServerTest : public ::testing::Test {
 protected:
  static std::string DefaultPolicy() { return *ReadPolicyText(LATCHKEY_SOURCE_DIR "/policies/default.yaml"); }

  static CallerAuthSettings Callers() {
    CallerAuthSettings settings;
    settings.environment = "test";
    settings.keys.push_back({DigestOf("shop-key"), {"shop", {Role::kReporter}, "test"}});
    settings.keys.push_back({DigestOf("ops-key"), {"ops", {Role::kOperator}, "test"}});
    return settings;
  }

  void SetUp() override {
    GrpcServerSettings settings;
    settings.listen_address = "127.0.0.1:0";
    auto server =
        GrpcServer::Start(settings, {{&guard_, v1::LoginGuardService::service_full_name()}}, engine_.drain);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::LoginGuardService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                                               grpc::InsecureChannelCredentials()));
  }

  static std::unique_ptr<grpc::ClientContext> As(const std::string& key) {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    context->AddMetadata("authorization", "Bearer " + key);
    return context;
  }

  static v1::AssessRequest Login(const std::string& account, const std::string& source = "192.0.2.7") {
    v1::AssessRequest request;
    request.set_account(account);
    request.set_source(source);
    request.add_challenge_kinds(v1::CHALLENGE_KIND_CAPTCHA);
    return request;
  }

  v1::AssessResponse Assess(const v1::AssessRequest& request) {
    v1::AssessResponse response;
    const grpc::Status status = stub_->Assess(As("shop-key").get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  v1::ReportResponse Report(const std::string& token, v1::Outcome outcome, const std::string& device = "") {
    v1::ReportRequest request;
    request.set_attempt_token(token);
    request.set_outcome(outcome);
    request.set_device_name(device);
    v1::ReportResponse response;
    const grpc::Status status = stub_->Report(As("shop-key").get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  EngineOnMemory engine_{DefaultPolicy()};
  CallerAuth auth_{Callers()};
  GuardService guard_{{auth_,
                       engine_.assessor,
                       engine_.reporter,
                       engine_.owners,
                       engine_.keys,
                       engine_.policies,
                       engine_.clock,
                       engine_.drain,
                       {"default", "other"},
                       &engine_.node_stats.latency()}};
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::LoginGuardService::Stub> stub_;
};

}  // namespace latchkey
