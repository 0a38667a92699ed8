// One run of the command: its settings, its streams and its connection.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/settings.h"
#include "cli/streams.h"
#include "google/protobuf/message.h"

namespace latchkey::cli {

// Not thread-safe.
class Session {
 public:
  Session(Settings settings, Streams streams);

  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] bool json() const { return settings_.output == OutputFormat::kJson; }
  [[nodiscard]] std::istream& in() const { return streams_.in; }
  [[nodiscard]] std::ostream& out() const { return streams_.out; }
  [[nodiscard]] std::ostream& err() const { return streams_.err; }

  // Calls one unary method within the timeout: session.Call(&LoginGuardService::Stub::Assess, request).
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request);

  // The channel, made on first use; fails only for files that cannot be read and keys that would travel bare.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel();

  // Credentials and, if given, a deadline. Requires: Channel() has succeeded.
  void Prepare(grpc::ClientContext& context, std::optional<absl::Duration> timeout) const;

  // A failed call in words for people, with where it was sent.
  [[nodiscard]] absl::Status ToStatus(const grpc::Status& status) const;

 private:
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials();

  Settings settings_;
  Streams streams_;
  std::shared_ptr<grpc::Channel> channel_;
  std::string api_key_;
};

template <class Stub, class Request, class Response>
absl::StatusOr<Response> Session::Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                                    Response*),
                                       const Request& request) {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Channel();
  if (!channel.ok()) return channel.status();
  Stub stub(*channel);
  grpc::ClientContext context;
  Prepare(context, settings_.timeout);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return ToStatus(status);
  return response;
}

}  // namespace latchkey::cli
