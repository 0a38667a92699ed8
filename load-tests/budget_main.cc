// Where the time of one Assess, and of the Report after it, goes without the transport: each stage alone and
// the whole, in one process on one thread, with the blocks of memory that each takes. The parts are those
// that latchkeyd wires together.
#include <prometheus/registry.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <sstream>

#include "adapters/grpc/answer_bytes.h"
#include "adapters/grpc/guard_codec.h"
#include "adapters/grpc/request_reader.h"
#include "adapters/memory/ledger_log.h"
#include "adapters/memory/memory_signal_store.h"
#include "adapters/metrics/metered_signal_store.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "adapters/sodium/ring_sealer.h"
#include "adapters/sodium/siphash_key_hasher.h"
#include "adapters/sodium/system_random.h"
#include "adapters/system/system_clock.h"
#include "engine/assess/assessor.h"
#include "engine/assess/reporter.h"
#include "engine/detect/attack_watcher.h"
#include "engine/incident/local_ledger.h"
#include "engine/stats/stats_observer.h"
#include "engine/store/nothing_revoked.h"
#include "engine/workflow/attack_watch.h"
#include "load-tests/workload.h"

namespace {

std::atomic<int64_t> blocks{0};

}  // namespace

// Counts what is asked of the heap. Never inlined: the compiler would see memory of one kind freed as
// another.
[[gnu::noinline]] void* operator new(size_t size) {
  blocks.fetch_add(1, std::memory_order_relaxed);
  void* block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, size_t /*size*/) noexcept { std::free(block); }

namespace {

using namespace latchkey;  // NOLINT(google-build-using-namespace): a program of one file

class NoFindings final : public FindingSink {
 public:
  void OnFinding(const Finding& /*finding*/, TimePoint /*now*/) override {}
};

// The machine's clock, or one that goes by attempts: under callgrind the machine's runs fifty times too fast.
class BudgetClock final : public Clock {
 public:
  // 0: the machine's.
  explicit BudgetClock(int64_t attempts_per_second) : rate_(attempts_per_second) {}

  void Tick() { ++attempts_; }
  [[nodiscard]] TimePoint Now() const override {
    return rate_ == 0 ? machine_.Now() : begun_ + Duration(attempts_ * 1000 / rate_);
  }

 private:
  SystemClock machine_;
  TimePoint begun_ = machine_.Now();
  int64_t rate_;
  int64_t attempts_ = 0;
};

// All that one node needs to answer, wired as server/wiring.cc does: each after what it needs.
struct Node {  // NOLINT(clang-analyzer-optin.performance.Padding)
  Node(std::shared_ptr<const Policy> policy, int64_t attempts_per_second)
      : clock(attempts_per_second), policies(std::move(policy)) {}

  BudgetClock clock;
  SystemRandom random;
  KeyRing ring = KeyRing::Generate();
  SipHashKeyHasher hasher{ring};
  RingSealer sealer{ring, clock};
  KeyMaker keys{"load", hasher};
  PolicyHolder policies;
  NothingRevoked revocations;
  MemorySignalStore store{clock, {}};
  prometheus::Registry registry;
  DecisionStats stats{{}};
  MeteredSignalStore metered{store, stats.latency(), registry};
  StatsObserver stats_observer{stats};
  Stakes stakes{{}, random};
  LocalLedger ledger{clock, random};
  Standings standings{{}, ledger.node(), "load"};
  AttackWatch attack_watch{stakes, standings};
  NoFindings findings;
  AttackWatcher attack_watcher{{.policies = policies, .stakes = stakes, .sealer = sealer, .sink = findings},
                               {}};
  std::vector<DecisionObserver*> observers{&stats_observer, &attack_watch, &attack_watcher};
  ProofReader proofs{sealer, revocations};
  Assessor assessor{{.clock = clock,
                     .random = random,
                     .keys = keys,
                     .sealer = sealer,
                     .policies = policies,
                     .revocations = revocations,
                     .store = metered,
                     .local_store = metered,
                     .observers = observers,
                     .stakes = &stakes,
                     .sole_store = &store},
                    {.refusals_kept = 4096}};
  OpeningStore opening{metered, assessor.refusals()};
  Reporter reporter{{.clock = clock,
                     .sealer = sealer,
                     .policies = policies,
                     .revocations = revocations,
                     .store = opening,
                     .local_store = metered,
                     .assessor = assessor,
                     .observers = observers}};
};

class Budget {
 public:
  // Runs `stage(n)` for each of `count` attempts and prints what one took. Never inlined, so that callgrind
  // can be told to count in here alone.
  template <typename Stage>
  [[gnu::noinline]] static void Row(const char* name, int64_t count, Stage stage) {
    const int64_t before = blocks.load();
    const auto start = std::chrono::steady_clock::now();
    for (int64_t n = 0; n < count; ++n) stage(n);
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
    std::printf("  %-34s %8.2f %8.1f\n", name, spent.count() / static_cast<double>(count),
                static_cast<double>(blocks.load() - before) / static_cast<double>(count));
  }
};

std::vector<std::string> Wires(const load::Workload& workload, int64_t count) {
  std::vector<std::string> wires;
  for (int64_t n = 0; n < count; ++n) wires.push_back(workload.Request(n).SerializeAsString());
  return wires;
}

// What the auth service sends when it has looked at the passwords. `tokens`: of each attempt; empty where it
// was not let through.
void MeasureReports(Node& node, const load::Workload& workload, const std::vector<std::string>& tokens) {
  std::vector<std::string> wires;
  v1::ReportRequest request;
  for (size_t n = 0; n < tokens.size(); ++n) {
    if (tokens[n].empty()) continue;
    request.set_attempt_token(tokens[n]);
    request.set_outcome(workload.OutcomeOf(static_cast<int64_t>(n)));
    wires.push_back(request.SerializeAsString());
  }
  KeptMessage unusual;
  std::string out;
  int64_t minted = 0;
  const auto count = static_cast<int64_t>(wires.size());
  Budget::Row("report: wire to wire", count, [&](int64_t n) {
    node.reporter.Take(*ReportIn(wires[static_cast<size_t>(n)], unusual), std::chrono::seconds(1),
                       [&](const absl::StatusOr<ReportResult>& result) {
                         if (!result->device_token.empty()) ++minted;
                         out.assign(AnswerBytes(*result).view());
                       });
  });
  std::printf("  (%.0f %% with a device token)\n",
              100.0 * static_cast<double>(minted) / static_cast<double>(count));
}

void Measure(Node& node, const load::Workload& workload, int64_t count, bool whole_only) {
  const std::vector<std::string> wires = Wires(workload, count);
  const auto at = [](int64_t n) { return static_cast<size_t>(n); };
  const ServedTenants any;
  decltype(AttemptView::challenge_kinds) kinds;
  std::string out;
  int64_t allowed = 0;
  std::vector<Decision> decisions;
  // With room made before, so that keeping them counts no blocks.
  std::vector<std::string> tokens(workload.shape().reports ? at(count) : 0);
  for (std::string& token : tokens) token.reserve(512);

  std::printf("  %-34s %8s %8s\n", "", "us", "blocks");
  const auto decode = [&](int64_t n) {
    Attempt attempt = *Decode(*ReadUsualRequest(wires[at(n)]), "shop", any);
    kinds = attempt.fields().challenge_kinds;
    return attempt;
  };
  Budget::Row("whole: wire to wire", count, [&](int64_t n) {
    node.clock.Tick();
    node.assessor.Assess(decode(n), std::chrono::seconds(1), [&](absl::StatusOr<Decision>&& decision) {
      if (decision->verdict.action == Action::kAllow) ++allowed;
      if (n % 64 == 0) decisions.push_back(*decision);
      out.assign(AnswerBytes(*decision, kinds).view());
      if (!tokens.empty()) tokens[at(n)].assign(decision->attempt_token);
    });
  });
  std::printf("  (%.0f %% ALLOW, %zu bytes an answer)\n",
              100.0 * static_cast<double>(allowed) / static_cast<double>(count), out.size());
  if (!tokens.empty()) MeasureReports(node, workload, tokens);
  if (whole_only) return;

  Budget::Row("decode: Attempt", count, [&](int64_t n) { (void)decode(n); });
  std::vector<Attempt> attempts;
  for (int64_t n = 0; n < count; ++n) attempts.push_back(decode(n));
  std::vector<AttemptKeys> keys(static_cast<size_t>(count));
  Budget::Row("classify: keys", count, [&](int64_t n) { keys[at(n)] = node.keys.Of(attempts[at(n)]); });
  const std::shared_ptr<const Policy> policy = node.policies.Current();
  const TimePoint now = node.clock.Now();
  Budget::Row("classify: facts and proofs", count, [&](int64_t n) {
    (void)FactsOf(attempts[at(n)], keys[at(n)]);
    (void)node.proofs.Read(attempts[at(n)], keys[at(n)].account, *policy, now);
  });
  const auto ask = [&](int64_t n, Plan& plan, const Facts& facts) {
    plan = PlanCharges(*policy, facts, {});
    auto question = std::make_shared<ChargeRequest>();
    for (const PlannedLane& lane : plan.lanes)
      question->lanes.push_back(AskOf(*policy, lane, facts, {}, std::chrono::minutes(2)));
    question->reservation_id = static_cast<uint64_t>(n);
    question->tag = facts.account_tag;
    question->token_life = std::chrono::minutes(2);
    question->keep = policy->keep();
    return question;
  };
  Budget::Row("plan: counters and question", count, [&](int64_t n) {
    Plan plan;
    (void)ask(n, plan, FactsOf(attempts[at(n)], keys[at(n)]));
  });
  struct Asked {
    Facts facts;
    Plan plan;
    std::shared_ptr<ChargeRequest> question;
    ChargeResult result;
  };
  constexpr int64_t kAsked = 2048;
  std::vector<Asked> asked(kAsked);
  for (int64_t n = 0; n < kAsked; ++n) {
    Asked& one = asked[at(n)];
    one.facts = FactsOf(attempts[at(n)], keys[at(n)]);
    one.question = ask(n, one.plan, one.facts);
  }
  Budget::Row("charge: the store", kAsked, [&](int64_t n) {
    Asked& one = asked[at(n)];
    node.store.Charge({one.facts.account, one.facts.network}, one.question, std::chrono::seconds(1),
                      [&](absl::StatusOr<ChargeResult> result) { one.result = *std::move(result); });
  });
  Budget::Row("decide: the verdict", kAsked, [&](int64_t n) {
    const Asked& one = asked[at(n)];
    (void)Decide(*policy, one.facts, one.plan, *one.question, one.result);
  });
  const std::string token(150, 't');
  Budget::Row("seal: a token of 150 bytes", count,
              [&](int64_t) { (void)node.sealer.Seal(SealPurpose::kAttemptToken, token); });
  Budget::Row("observe: metrics and statistics", static_cast<int64_t>(decisions.size()), [&](int64_t n) {
    const Facts& facts = asked[at(n % kAsked)].facts;
    node.stats_observer.OnDecision(attempts[at(n)], facts, decisions[at(n)]);
    node.attack_watch.OnDecision(attempts[at(n)], facts, decisions[at(n)]);
    node.attack_watcher.OnDecision(attempts[at(n)], facts, decisions[at(n)]);
  });
  Budget::Row("encode: bytes", static_cast<int64_t>(decisions.size()),
              [&](int64_t n) { out.assign(AnswerBytes(decisions[at(n)], kinds).view()); });
}

}  // namespace

int main(int argc, char** argv) {
  std::string policy_file = LATCHKEY_DEFAULT_POLICY;
  std::string workload = "assess";
  std::string ledger;
  int64_t count = 200'000;
  int64_t rate = 0;
  bool whole_only = false;
  CLI::App app{"Where the time of one Assess, and of the Report after it, goes, without the transport"};
  app.add_option("--policy", policy_file, "the policy to decide by")->check(CLI::ExistingFile);
  app.add_option("--workload", workload, "what is asked")->check(CLI::IsMember(load::WorkloadNames()));
  app.add_option("--ledger", ledger, "a file for the memory store's log; without: none");
  app.add_option("--count", count, "attempts")->check(CLI::Range(4096, 100'000'000));
  app.add_option("--rate", rate, "attempts a second by the node's clock; without: the machine's clock")
      ->check(CLI::Range(1, 10'000'000));
  app.add_flag("--whole", whole_only, "the whole alone");
  CLI11_PARSE(app, argc, argv);

  std::stringstream text;
  text << std::ifstream(policy_file).rdbuf();
  const auto read = YamlPolicyReader(std::chrono::minutes(2)).Read(text.str(), 1);
  if (read.policy == nullptr) {
    std::fprintf(stderr, "%s: not a policy\n", policy_file.c_str());
    return 1;
  }
  Node node(read.policy, rate);
  absl::StatusOr<std::unique_ptr<LedgerLog>> log(nullptr);
  if (!ledger.empty()) log = LedgerLog::Open({.path = ledger, .environment = "load"}, node.clock, node.store);
  if (!log.ok()) {
    std::fprintf(stderr, "%s\n", std::string(log.status().message()).c_str());
    return 1;
  }
  Measure(node, load::Workload(*load::FindWorkload(workload)), count, whole_only);
  return 0;
}
