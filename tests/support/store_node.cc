#include "tests/support/store_node.h"

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

constexpr Duration kTokenLife = std::chrono::seconds(1);

// One for all: a process has one queue of lines.
ServiceLog& TestLog() {
  static ServiceLog log("error");
  return log;
}

// All nodes of a test share it.
const KeyRing& SharedRing() {
  static const KeyRing ring = Require(
      KeyRing::Parse("hash " + std::string(64, '7') + "\n1 " + std::string(63, '5') + "1\n", "test ring"));
  return ring;
}

std::unique_ptr<StoreSource> OpenStores(const ServerSettings& settings, const Clock& clock,
                                        RandomSource& random, ServiceLog& log) {
  return Require(StoreSource::Open(settings, clock, random, log));
}

}  // namespace

ServerSettings StoreNode::SettingsOf(const StoreNodeOptions& options, const std::string& folder) {
  ServerSettings settings;
  settings.environment = options.environment;
  settings.store = options.store;
  settings.data_dir = folder;
  settings.attempt_token_life = kTokenLife;
  settings.redis_connect_timeout = std::chrono::milliseconds(500);
  settings.redis_command_timeout = std::chrono::milliseconds(50);
  settings.redis_threads = 1;
  settings.redis_strangers_in_flight = 64;
  settings.restore_bytes = 1 << 24;
  settings.restore_age = std::chrono::minutes(10);
  settings.revocation_replicas = options.replicas;
  settings.revocation_timeout = std::chrono::milliseconds(100);
  return settings;
}

absl::Status StoreNode::TryStart(const StoreNodeOptions& options) {
  const SystemClock clock;
  SeededRandom random(7);
  return StoreSource::Open(SettingsOf(options, "/nowhere"), clock, random, TestLog()).status();
}

StoreNode::StoreNode(const StoreNodeOptions& options)
    : clock_(options.clock_ahead),
      random_(options.seed),
      hasher_(SharedRing()),
      sealer_(SharedRing(), clock_),
      keys_(options.environment, hasher_),
      policies_(PolicyOf(options.policy)),
      revocations_(
          Require(RevocationLog::Open(folder_.File("revocations"), options.environment, clock_.Now()))),
      stores_(OpenStores(SettingsOf(options, folder_.path()), clock_, random_, TestLog())),
      health_(stores_->Keep(policies_, *revocations_, [this] { return revocations_->Live(clock_.Now()); })) {
  const AssessSettings assessing{.token_life = kTokenLife, .store_deadline = std::chrono::milliseconds(80)};
  assessor_ = std::make_unique<Assessor>(AssessParts{.clock = clock_,
                                                     .random = random_,
                                                     .keys = keys_,
                                                     .sealer = sealer_,
                                                     .policies = policies_,
                                                     .revocations = *revocations_,
                                                     .store = stores_->store(),
                                                     .local_store = stores_->local_store(),
                                                     .observers = {}},
                                         assessing);
  reporter_ = std::make_unique<Reporter>(ReportParts{.clock = clock_,
                                                     .sealer = sealer_,
                                                     .policies = policies_,
                                                     .revocations = *revocations_,
                                                     .store = stores_->store(),
                                                     .local_store = stores_->local_store(),
                                                     .assessor = *assessor_,
                                                     .observers = {}});
  desk_ = std::make_unique<OwnerDesk>(OwnerParts{.clock = clock_,
                                                 .random = random_,
                                                 .keys = keys_,
                                                 .sealer = sealer_,
                                                 .policies = policies_,
                                                 .revocations = *revocations_,
                                                 .store = stores_->store(),
                                                 .feed = stores_->revocation_feed()});
}

StoreNode::~StoreNode() {
  health_ = nullptr;
  stores_ = nullptr;  // what is still open is answered, before who asked is gone
}

Decision StoreNode::Assess(AttemptFields fields, Duration deadline) {
  return Require(latchkey::Await<absl::StatusOr<Decision>>([&](auto done) {
    assessor_->Assess(Require(Attempt::Create(std::move(fields))), deadline, std::move(done));
  }));
}

ReportResult StoreNode::Report(const Decision& decision, Outcome outcome) {
  return Require(latchkey::Await<absl::StatusOr<ReportResult>>([&](auto done) {
    reporter_->Take({.attempt_token = decision.attempt_token, .outcome = outcome}, std::chrono::seconds(1),
                    std::move(done));
  }));
}

bool StoreNode::Guess(const std::string& account) {
  AttemptFields fields;
  fields.account = account;
  ++sources_;
  fields.source = absl::StrCat("203.", sources_ / 250 % 250, ".", sources_ % 250, ".7");
  const Decision decision = Assess(fields);
  if (decision.verdict.action != Action::kAllow) return false;
  Report(decision, Outcome::kWrong);
  return true;
}

Decision StoreNode::LogIn(const std::string& account, std::string& device_token) {
  AttemptFields fields;
  fields.account = account;
  fields.source = "192.0.2.7";
  fields.device_token = device_token;
  Decision decision = Assess(fields);
  if (decision.verdict.action == Action::kAllow)
    device_token = Report(decision, Outcome::kLoginComplete).device_token;
  return decision;
}

Confirmation StoreNode::Confirm(const std::string& account) {
  return Require(latchkey::Await<absl::StatusOr<Confirmation>>([&](auto done) {
    desk_->Confirm({.tenant = AttemptFields().tenant, .account = account}, "laptop", std::chrono::seconds(1),
                   std::move(done));
  }));
}

absl::StatusOr<Confirmation> StoreNode::RevokeAll(const std::string& account) {
  return latchkey::Await<absl::StatusOr<Confirmation>>([&](auto done) {
    desk_->RevokeAll({.tenant = AttemptFields().tenant, .account = account}, std::nullopt,
                     std::chrono::seconds(1), std::move(done));
  });
}

}  // namespace latchkey
