// Reads lists that the server gives in pages.
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "cli/session.h"
#include "engine/base/status_macros.h"

namespace latchkey::cli {

inline constexpr int kPagesMax = 1000;

// Calls `method` page by page and hands each page to `take(const Response&)`, which answers whether it wants
// more.
template <class Stub, class Request, class Response, class Take>
absl::Status ForEachPage(Session& session,
                         grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                         Request request, Take take) {
  for (int page = 0; page < kPagesMax; ++page) {
    LATCHKEY_ASSIGN_OR_RETURN(const Response response, session.Call(method, request));
    if (!take(response) || response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  return absl::OkStatus();
}

// All pages as one response.
template <class Stub, class Request, class Response>
absl::StatusOr<Response> AllPages(Session& session,
                                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                                  Request request) {
  Response all;
  LATCHKEY_RETURN_IF_ERROR(ForEachPage(session, method, std::move(request), [&all](const Response& page) {
    all.MergeFrom(page);
    return true;
  }));
  all.clear_next_page_token();
  return all;
}

}  // namespace latchkey::cli
