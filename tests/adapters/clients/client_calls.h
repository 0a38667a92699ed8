// How tests of the client make one, and ask.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "latchkey/client.h"
#include "tests/support/holds_within.h"

namespace latchkey {

// Longer than any busy test machine takes: for calls that are to be answered.
inline constexpr CallOptions kPatiently{.timeout = std::chrono::seconds(60)};

inline std::unique_ptr<Client> MakeClient(ClientOptions options) {
  auto client = Client::Create(std::move(options));
  EXPECT_TRUE(client.ok()) << client.status();
  return client.ok() ? *std::move(client) : nullptr;
}

inline v1::AssessRequest AttemptOn(const std::string& account) {
  v1::AssessRequest attempt;
  attempt.set_account(account);
  attempt.set_source("203.0.113.7");
  return attempt;
}

inline v1::ReportRequest ReportOf(const std::string& token, v1::Outcome outcome) {
  v1::ReportRequest report;
  report.set_attempt_token(token);
  report.set_outcome(outcome);
  return report;
}

// Whether `condition` comes true within a minute.
inline bool Eventually(const std::function<bool()>& condition) {
  return HoldsWithin(std::chrono::minutes(1), condition, std::chrono::milliseconds(1));
}

// A coroutine that begins at once and belongs to nobody.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

}  // namespace latchkey
