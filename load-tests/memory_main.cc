// What accounts cost in the embedded store: bytes of memory, everything counted, processor time of an Assess
// as they become many, and of one step of expiry. One process, one thread, the default policy; time is made
// up.
#include <malloc.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/memory/memory_signal_store.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "adapters/sodium/ring_sealer.h"
#include "adapters/sodium/siphash_key_hasher.h"
#include "adapters/sodium/system_random.h"
#include "engine/assess/assessor.h"
#include "engine/store/nothing_revoked.h"

namespace {

using namespace latchkey;  // NOLINT(google-build-using-namespace): a program of one file

constexpr int64_t kAccountsOfSource = 5;
constexpr int64_t kSourcesOfNetwork = 20;

class MadeUpClock final : public Clock {
 public:
  [[nodiscard]] TimePoint Now() const override { return now_; }
  void Advance(Duration by) { now_ += by; }

 private:
  TimePoint now_{Duration(1'800'000'000'000)};
};

double ProcessorMicros() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double ResidentMib() {
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * 4096 / (1 << 20U);
}

struct Node {
  explicit Node(std::shared_ptr<const Policy> policy) : policies(std::move(policy)) {}

  MadeUpClock clock;
  SystemRandom random;
  KeyRing ring = KeyRing::Generate();
  SipHashKeyHasher hasher{ring};
  RingSealer sealer{ring, clock};
  KeyMaker keys{"load", hasher};
  PolicyHolder policies;
  NothingRevoked revocations;
  MemorySignalStore store{clock,
                          {.entries_max = size_t{1} << 30U, .bytes_max = size_t{1} << 36U, .watermark = 1}};
  Assessor assessor{{.clock = clock,
                     .random = random,
                     .keys = keys,
                     .sealer = sealer,
                     .policies = policies,
                     .revocations = revocations,
                     .store = store,
                     .local_store = store,
                     .observers = {}},
                    {}};
  int64_t admitted = 0;

  // A stranger tries this account from one of the addresses that the account's neighbours are tried from.
  void Guess(int64_t account, int64_t source) {
    AttemptFields fields;
    fields.account = absl::StrCat("account-", account);
    const int64_t network = source / kSourcesOfNetwork;
    fields.source = absl::StrCat(1 + network / 65536 % 200, ".", network / 256 % 256, ".", network % 256, ".",
                                 1 + source % kSourcesOfNetwork);
    assessor.Assess(*Attempt::Create(std::move(fields)), std::chrono::seconds(1),
                    [this](const absl::StatusOr<Decision>& decision) {
                      if (decision->verdict.action == Action::kAllow) ++admitted;
                    });
  }
};

// What the allocator has given out, with what it adds for itself, and the pages of the store's records.
double HeapBytes(const Node& node) {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<double>(heap.uordblks) + static_cast<double>(heap.hblkhd) +
         static_cast<double>(node.store.metrics().held);
}

void Fill(Node& node, int64_t accounts) {
  for (int64_t n = 0; n < accounts; ++n) {
    if (n % 4 == 0) node.clock.Advance(Duration(1));
    node.Guess(n, n / kAccountsOfSource);
  }
}

// Leaves what an engine takes whatever it keeps, the journal above all, and no record.
void Warm(Node& node) {
  for (int64_t n = 0; n < 20'000; ++n) node.Guess(-1 - n % 100, n);
  node.clock.Advance(std::chrono::hours(24 * 500));
  while (node.store.metrics().entries > 0) (void)node.store.Expire();
}

// Strangers alone: memory, and what an Assess costs once so many accounts are there.
double MeasureStrangers(const std::shared_ptr<const Policy>& policy, int64_t accounts, int64_t attempts) {
  Node node(policy);
  Warm(node);
  const double before = HeapBytes(node);
  Fill(node, accounts);
  const double heap = HeapBytes(node) - before;
  const MemoryStoreMetrics metrics = node.store.metrics();
  const double count = static_cast<double>(accounts);

  std::mt19937_64 random(1);
  std::vector<double> rounds;
  node.clock.Advance(std::chrono::hours(2));
  for (int round = 0; round < 5; ++round) {
    node.admitted = 0;
    const double start = ProcessorMicros();
    for (int64_t n = 0; n < attempts; ++n) {
      if (n % 4 == 0) node.clock.Advance(Duration(1));
      const auto account = static_cast<int64_t>(random() % static_cast<uint64_t>(accounts));
      node.Guess(account, account / kAccountsOfSource);
    }
    rounds.push_back((ProcessorMicros() - start) / static_cast<double>(attempts));
  }
  std::sort(rounds.begin(), rounds.end());
  std::printf("  %10lld %10zu %12.0f %12.0f %10.0f %12.2f %8.0f %%\n", static_cast<long long>(accounts),
              metrics.entries, heap / count, static_cast<double>(metrics.bytes) / count, ResidentMib(),
              rounds[rounds.size() / 2],
              100.0 * static_cast<double>(node.admitted) / static_cast<double>(attempts));

  // Nothing is over; then everything is.
  for (const bool over : {false, true}) {
    if (over) node.clock.Advance(std::chrono::hours(24 * 500));
    double longest = 0;
    double sum = 0;
    constexpr int kSteps = 2000;
    for (int step = 0; step < kSteps; ++step) {
      const double start = ProcessorMicros();
      (void)node.store.Expire(1000);
      const double spent = ProcessorMicros() - start;
      longest = std::max(longest, spent);
      sum += spent;
    }
    std::printf("  %10s a step of expiry, %s: %.1f us, the longest %.1f us\n", "",
                over ? "all is over" : "nothing is over", sum / kSteps, longest);
  }
  return rounds[rounds.size() / 2];
}

// An account of an owner: bytes of one record, alone.
void MeasureOwners(const std::shared_ptr<const Policy>& policy) {
  constexpr int64_t kOwners = 100'000;
  Node node(policy);
  Warm(node);
  const double before = HeapBytes(node);
  for (int64_t n = 0; n < kOwners; ++n) {
    const Key key = node.keys.Of(KeyDomain::kAccount, "default", absl::StrCat("owner-", n));
    const auto remember = [&](Lane lane, int64_t slots) {
      for (int64_t slot = 0; slot < slots; ++slot) {
        node.clock.Advance(Duration(1));
        node.store.Update(
            key,
            [&](Record& record, TimePoint now) {
              RememberProof(record, lane,
                            {.id = node.random.Next() & 0xFFFF'FFFF'FFFFULL, .slots_max = slots, .name = {}},
                            now - std::chrono::hours(24 * (1 + slot)));
            },
            policy->keep(), std::chrono::seconds(1), [](const absl::StatusOr<Record>&) {});
      }
    };
    remember(Lane::kDevice, 6);
    remember(Lane::kFamiliar, 5);
  }
  const double count = static_cast<double>(kOwners);
  std::printf("  6 devices and 5 sources: %.0f bytes on the heap, %.0f by the store's own count\n",
              (HeapBytes(node) - before) / count, static_cast<double>(node.store.metrics().bytes) / count);
  const double base = HeapBytes(node);
  for (int64_t n = 0; n < kOwners; ++n) {
    AttemptFields fields;
    fields.account = absl::StrCat("owner-", n);
    fields.source = "192.0.2.1";
    if (n % 15 == 0) node.clock.Advance(std::chrono::minutes(11));
    node.assessor.Assess(*Attempt::Create(std::move(fields)), std::chrono::seconds(1),
                         [](const absl::StatusOr<Decision>&) {});
  }
  std::printf("  … and a stranger's guess:  %.0f bytes more\n", (HeapBytes(node) - base) / count);
}

}  // namespace

int main(int argc, char** argv) {
  std::string policy_file = LATCHKEY_DEFAULT_POLICY;
  std::vector<int64_t> accounts = {10'000, 1'000'000, 10'000'000};
  int64_t attempts = 200'000;
  CLI::App app{"What accounts cost in the embedded store"};
  app.add_option("--policy", policy_file, "the policy to decide by")->check(CLI::ExistingFile);
  app.add_option("--accounts", accounts, "how many accounts there are, one after the other")
      ->delimiter(',')
      ->check(CLI::Range(1000, 100'000'000));
  app.add_option("--attempts", attempts, "attempts in a round; there are five")
      ->check(CLI::Range(1000, 10'000'000));
  CLI11_PARSE(app, argc, argv);

  std::stringstream text;
  text << std::ifstream(policy_file).rdbuf();
  const auto read = YamlPolicyReader(std::chrono::minutes(2)).Read(text.str(), 1);
  if (read.policy == nullptr) {
    std::fprintf(stderr, "%s: not a policy\n", policy_file.c_str());
    return 1;
  }
  MeasureOwners(read.policy);
  std::printf("  %10s %10s %12s %12s %10s %12s %10s\n", "accounts", "records", "heap bytes/a", "own count/a",
              "MiB in all", "us an Assess", "admitted");
  std::vector<double> costs;
  for (const int64_t count : accounts) costs.push_back(MeasureStrangers(read.policy, count, attempts));
  std::printf("  an Assess at most accounts / at fewest: %.2f\n", costs.back() / costs.front());
  return 0;
}
