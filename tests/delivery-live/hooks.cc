#include "tests/delivery-live/hooks.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "adapters/messages/webhook_signature.h"

namespace latchkey {

CheckedHooks CheckHooks(const std::vector<ReceivedRequest>& requests, std::string_view secret) {
  CheckedHooks hooks;
  std::set<std::string> seen;
  std::map<std::string, int64_t> latest;
  for (const ReceivedRequest& request : requests) {
    Hook hook{.id = request.headers.at("webhook-id"),
              .attempt = std::stoi(request.headers.at("latchkey-attempt")),
              .body = nlohmann::json::parse(request.body)};
    EXPECT_EQ(request.headers.at("webhook-signature"),
              WebhookSignature({std::string(secret)}, hook.id,
                               std::stoll(request.headers.at("webhook-timestamp")), request.body));
    hook.order_key = hook.body["data"]["order_key"].get<std::string>();
    hook.sequence = hook.body["data"]["sequence"].get<int64_t>();
    if (!seen.insert(hook.id).second) {
      EXPECT_GT(hook.attempt, 1) << "an unmarked duplicate: " << hook.id;
      hooks.duplicates.push_back(std::move(hook));
      continue;
    }
    EXPECT_GT(hook.sequence, latest[hook.order_key]) << "overtaken: " << hook.id;
    latest[hook.order_key] = hook.sequence;
    hooks.first.push_back(std::move(hook));
  }
  return hooks;
}

}  // namespace latchkey
