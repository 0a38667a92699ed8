// A server of `Converse` that does what a test tells it to, stream by stream.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "latchkey/v1/guard.grpc.pb.h"

namespace latchkey {

class FakeLatchkey final : private v1::LoginGuardService::Service {
 public:
  using Stream = grpc::ServerReaderWriter<v1::ConverseResponse, v1::ConverseRequest>;
  // Runs on a thread of its own for each stream; `nth` counts them from 0. Ends the stream by returning.
  using Script = std::function<grpc::Status(Stream& stream, int nth)>;

  // `address`: one that another had before; else a port the system picks. Throws std::runtime_error.
  explicit FakeLatchkey(Script script, const std::string& address = "127.0.0.1:0");
  ~FakeLatchkey() override;  // ends all streams
  FakeLatchkey(const FakeLatchkey&) = delete;
  FakeLatchkey& operator=(const FakeLatchkey&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] int streams() const { return streams_; }

 private:
  grpc::Status Converse(grpc::ServerContext* context, Stream* stream) override;

  const Script script_;
  std::atomic<int> streams_{0};
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

// Reads frames until `count` items have come, or the stream ends.
std::vector<v1::ConverseItem> ReadItems(FakeLatchkey::Stream& stream, size_t count);

// An ALLOW whose decision id is the account, and token "token-" and the account; SETTLED for a report.
v1::ConverseAnswer AnswerTo(const v1::ConverseItem& item);
// Writes a frame of its own for each.
void Answer(FakeLatchkey::Stream& stream, const std::vector<v1::ConverseItem>& items);

// A script that answers everything at once.
grpc::Status AnswerAll(FakeLatchkey::Stream& stream, int nth);

}  // namespace latchkey
