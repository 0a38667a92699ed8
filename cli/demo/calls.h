// One unary call with a deadline, as every client of Latchkey makes it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "absl/status/statusor.h"

namespace latchkey::demo {

// Generous for a demo on a busy machine; 200 ms is plenty in a data centre.
inline constexpr std::chrono::seconds kCallDeadline{10};

template <class Stub, class Request, class Response>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                              const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallDeadline);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }
  return response;
}

}  // namespace latchkey::demo
