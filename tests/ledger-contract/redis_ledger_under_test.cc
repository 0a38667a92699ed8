#include "tests/ledger-contract/redis_ledger_under_test.h"

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/adapters/redis/test_connection.h"

namespace latchkey {
namespace {

class RedisLedgerUnderTest final : public LedgerUnderTest {
 public:
  RedisLedgerUnderTest(const std::string& url, LedgerLimits limits, const Clock& clock, RandomSource& random)
      : client_(LedgerClient(url, environment_)),
        other_client_(LedgerClient(url, environment_)),
        ledger_(*client_, environment_, limits, clock, random),
        another_(*other_client_, environment_, limits, clock, random) {}
  [[nodiscard]] Ledger& ledger() override { return ledger_; }
  [[nodiscard]] Ledger* another() override { return &another_; }
  bool Restart() override { return false; }

 private:
  static std::string Fresh() {
    static int number = 0;
    return "test" + std::to_string(++number);
  }

  const std::string environment_ = Fresh();
  const std::unique_ptr<RedisClient> client_;
  const std::unique_ptr<RedisClient> other_client_;
  RedisLedger ledger_;
  RedisLedger another_;
};

}  // namespace

std::unique_ptr<RedisClient> LedgerClient(const std::string& url, const std::string& environment) {
  const RedisSettings settings{
      .url = url, .environment = environment, .connection = TestConnection::Patient()};
  auto client = OpenRedisClient(settings, nullptr);
  if (!client.ok()) throw std::runtime_error(std::string(client.status().message()));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!(*client)->up()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("no connection to " + url);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return *std::move(client);
}

MakeLedger LedgersAt(std::function<std::string()> url) {
  return [url = std::move(url)](LedgerLimits limits, const Clock& clock, RandomSource& random) {
    return std::make_unique<RedisLedgerUnderTest>(url(), limits, clock, random);
  };
}

}  // namespace latchkey
