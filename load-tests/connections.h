// Several connections to one server, and one call over them.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "latchkey/v1/guard.grpc.pb.h"
#include "load-tests/histogram.h"
#include "load-tests/schedule.h"

namespace latchkey::load {

// Channels with a connection each, that are up. kUnavailable when one is not within ten seconds.
absl::StatusOr<std::vector<std::shared_ptr<grpc::Channel>>> OpenChannels(const std::string& address,
                                                                         int count);

// Thread-safe.
class Connections {
 public:
  // As OpenChannels.
  static absl::StatusOr<std::unique_ptr<Connections>> Open(const std::string& address, int count);

  [[nodiscard]] v1::LoginGuardService::Stub& Pick(int64_t n) const {
    return *stubs_[static_cast<size_t>(n) % stubs_.size()];
  }

 private:
  std::vector<std::unique_ptr<v1::LoginGuardService::Stub>> stubs_;
};

// One attempt: its Assess and perhaps its Report. Used again and again; one call in flight at a time.
class Exchange {
 public:
  // Sends; the queue gives `this` as tag when the answer is there. `due`: what latency is measured from.
  void Assess(v1::LoginGuardService::Stub& stub, const v1::AssessRequest& request, Instant due, Nanos timeout,
              grpc::CompletionQueue& queue);
  // Requires: an Assess that was admitted.
  void Report(v1::LoginGuardService::Stub& stub, v1::Outcome outcome, Instant due, Nanos timeout,
              grpc::CompletionQueue& queue);

  [[nodiscard]] bool reporting() const { return reporting_; }
  [[nodiscard]] const grpc::Status& status() const { return status_; }
  [[nodiscard]] v1::Action action() const { return response_.action(); }
  [[nodiscard]] bool degraded() const { return response_.degraded(); }
  // What the report has brought; empty where there was none.
  [[nodiscard]] const std::string& device_token() const { return report_response_.device_token(); }
  [[nodiscard]] Instant due() const { return due_; }

  int64_t number = 0;  // the caller's own

 private:
  grpc::ClientContext& Begin(Instant due, Nanos timeout);

  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::AssessResponse>> assess_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::ReportResponse>> report_;
  v1::AssessResponse response_;
  v1::ReportRequest report_request_;
  v1::ReportResponse report_response_;
  grpc::Status status_;
  Instant due_;
  bool reporting_ = false;
};

}  // namespace latchkey::load
