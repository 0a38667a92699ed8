// A real server on a port of its own with the workflows service behind it, and a channel to it.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>

#include "adapters/grpc/server.h"
#include "adapters/grpc/workflows_service.h"
#include "engine/incident/local_ledger.h"
#include "tests/support/fake_clock.h"

namespace latchkey {

// Good enough to tell names apart.
class PlainHasher final : public KeyHasher {
 public:
  [[nodiscard]] Key Hash(std::string_view material) const override {
    return {std::hash<std::string_view>()(material), std::hash<std::string_view>()(material.substr(1))};
  }
};

class CountingRandom final : public RandomSource {
 public:
  uint64_t Next() override { return ++next_; }

 private:
  std::atomic<uint64_t> next_{0};
};

class WorkflowsServerTest : public ::testing::Test {
 protected:
  void Start(GrpcServerSettings settings = {}) {
    ledger_.Look();
    settings.listen_address = "127.0.0.1:0";
    auto server =
        GrpcServer::Start(settings, {{&service_, v1::WorkflowsService::service_full_name()}}, drain_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = "127.0.0.1:" + std::to_string(server_->port());
    stub_ = v1::WorkflowsService::NewStub(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
  }

  static std::unique_ptr<grpc::ClientContext> With(const std::string& key) {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    if (!key.empty()) context->AddMetadata("authorization", "Bearer " + key);
    return context;
  }

  static CallerAuthSettings Callers() {
    CallerAuthSettings settings;
    settings.environment = "test";
    settings.keys.push_back({DigestOf("auction-key"), {"auction", {Role::kDependent}, "test"}});
    settings.keys.push_back({DigestOf("payout-key"), {"payout", {Role::kDependent}, "test"}});
    settings.keys.push_back({DigestOf("ops-key"), {"ops", {Role::kOperator}, "test"}});
    return settings;
  }

  FakeClock clock_;
  PlainHasher hasher_;
  CountingRandom random_;
  KeyMaker keys_{"test", hasher_};
  Stakes stakes_{{}, random_};
  LocalLedger ledger_{clock_, random_};
  StakeBook stake_book_{stakes_, ledger_.node(), hasher_};
  Standings standings_{{}, ledger_.node(), "test"};
  CallerAuth auth_{Callers()};
  DrainSignal drain_;
  WorkflowsService service_{{auth_, keys_, stakes_, stake_book_, standings_, clock_, drain_}};
  std::unique_ptr<GrpcServer> server_;
  std::string address_;
  std::unique_ptr<v1::WorkflowsService::Stub> stub_;
};

}  // namespace latchkey
