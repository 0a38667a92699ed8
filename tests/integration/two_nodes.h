// Two latchkeyd on one Redis, and a thousand calls at once to them.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "adapters/sodium/key_ring_file.h"
#include "latchkey/v1/guard.grpc.pb.h"
#include "latchkey/v1/incidents.grpc.pb.h"
#include "latchkey/v1/stats.grpc.pb.h"
#include "tests/support/latchkeyd.h"

namespace latchkey {

inline constexpr int kConcurrent = 1000;

// Only the budgets: what a lane admits is one number.
inline constexpr const char* kBudgets = R"(version: 1
name: budgets
bounds: { 24h: 100 }
lanes:
  device:     { failures: 5, until: success, devices: 6, token_ttl: 90d }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h] }
  familiar:   { failures: [4 per 24h], sources: 5, remember: 30d }
  challenged: { failures: [15 per 24h] }
  stranger:   { failures: [25 per 24h] }
)";

// What a thousand calls at once were answered.
struct Answers {
  int admitted = 0;
  int refused = 0;
  int failed = 0;
  int degraded = 0;
  std::set<std::string> reasons;
  std::vector<v1::AssessResponse> admissions;
};

class TwoNodes {
 public:
  // `redis` is their store, `rules` what their policy has besides the budgets.
  explicit TwoNodes(const std::string& redis, const std::string& rules = "")
      : folder_(testing::TempDir() + "two-nodes-" + std::to_string(getpid())) {
    const std::string ring = folder_ + ".ring";
    const std::string policy = folder_ + ".yaml";
    std::remove(ring.c_str());
    EXPECT_TRUE(CreateKeyRing(ring).ok());
    std::ofstream(policy) << kBudgets << rules;
    for (int node = 0; node < 2; ++node) {
      nodes_.push_back(std::make_unique<Latchkeyd>(
          std::vector<std::string>{"--store", redis, "--key-ring", ring, "--policy", policy,
                                   // A busy test machine is no reason to answer without the store.
                                   "--redis-command-timeout", "10s"}));
      guards_.push_back(v1::LoginGuardService::NewStub(
          grpc::CreateChannel(nodes_.back()->address(), grpc::InsecureChannelCredentials())));
    }
  }
  ~TwoNodes() {
    std::remove((folder_ + ".ring").c_str());
    std::remove((folder_ + ".yaml").c_str());
  }

  [[nodiscard]] const std::string& address(size_t node) const { return nodes_[node]->address(); }

  // All at once, every other one to the other node.
  Answers AssessAllAtOnce(const std::vector<v1::AssessRequest>& requests) {
    struct Call {
      grpc::ClientContext context;
      v1::AssessResponse response;
    };
    Answers answers;
    std::deque<Call> calls(requests.size());
    std::mutex mutex;
    std::condition_variable all_answered;
    size_t answered = 0;
    for (size_t i = 0; i < requests.size(); ++i) {
      Call& call = calls[i];
      call.context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
      guards_[i % 2]->async()->Assess(&call.context, &requests[i], &call.response,
                                      [&](const grpc::Status& status) {
                                        const std::scoped_lock lock(mutex);
                                        if (!status.ok()) {
                                          ++answers.failed;
                                        } else if (call.response.action() == v1::ACTION_ALLOW) {
                                          ++answers.admitted;
                                          answers.admissions.push_back(call.response);
                                        } else {
                                          ++answers.refused;
                                          for (const auto& reason : call.response.reasons())
                                            answers.reasons.insert(reason.rule_id());
                                        }
                                        answers.degraded += call.response.degraded() ? 1 : 0;
                                        if (++answered == calls.size()) all_answered.notify_all();
                                      });
    }
    std::unique_lock lock(mutex);
    all_answered.wait(lock, [&] { return answered == calls.size(); });
    EXPECT_EQ(answers.failed, 0);
    EXPECT_EQ(answers.degraded, 0) << "Redis was there all the time";
    return answers;
  }

  v1::ReportResponse Report(int node, const std::string& token, v1::Outcome outcome) {
    v1::ReportRequest request;
    request.set_attempt_token(token);
    request.set_outcome(outcome);
    v1::ReportResponse response;
    grpc::ClientContext context;
    const grpc::Status status = guards_[static_cast<size_t>(node)]->Report(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // The last hour as this node tells it; asked again, for ten seconds at most, until it is as wanted.
  template <typename Wanted>
  v1::GetSummaryResponse AwaitSummary(int node, Wanted wanted) {
    const auto stub = v1::StatsService::NewStub(grpc::CreateChannel(
        nodes_[static_cast<size_t>(node)]->address(), grpc::InsecureChannelCredentials()));
    v1::GetSummaryResponse summary;
    for (const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
         std::chrono::steady_clock::now() < give_up;
         std::this_thread::sleep_for(std::chrono::milliseconds(50))) {
      grpc::ClientContext context;
      const grpc::Status status = stub->GetSummary(&context, {}, &summary);
      EXPECT_TRUE(status.ok()) << status.error_message();
      if (!status.ok() || wanted(summary)) break;
    }
    return summary;
  }

  // The incidents that a node knows of.
  std::vector<v1::Incident> Incidents(int node) {
    const auto stub = v1::IncidentsService::NewStub(grpc::CreateChannel(
        nodes_[static_cast<size_t>(node)]->address(), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    v1::ListIncidentsResponse response;
    const grpc::Status status = stub->ListIncidents(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {response.incidents().begin(), response.incidents().end()};
  }

  static std::vector<v1::AssessRequest> Copies(const v1::AssessRequest& request) {
    return std::vector<v1::AssessRequest>(kConcurrent, request);
  }
  static v1::AssessRequest AttemptOn(const std::string& account) {
    v1::AssessRequest request;
    request.set_account(account);
    request.set_source("203.0.113.7");
    return request;
  }

 private:
  const std::string folder_;
  std::vector<std::unique_ptr<Latchkeyd>> nodes_;
  std::vector<std::unique_ptr<v1::LoginGuardService::Stub>> guards_;
};

}  // namespace latchkey
