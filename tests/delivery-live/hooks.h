// What receivers of webhooks may expect of all that they get.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/http_receiver.h"

namespace latchkey {

struct Hook {
  std::string id;
  std::string order_key;
  int64_t sequence = 0;
  int attempt = 0;
  nlohmann::json body;
};

struct CheckedHooks {
  std::vector<Hook> first;       // each by its first arrival, in the order of arrival
  std::vector<Hook> duplicates;  // what came once more
};

// Fails the test unless each is signed with the secret, first arrivals of an order key come in order, and
// what had come before says so.
[[nodiscard]] CheckedHooks CheckHooks(const std::vector<ReceivedRequest>& requests, std::string_view secret);

}  // namespace latchkey
