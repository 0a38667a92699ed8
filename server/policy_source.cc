#include "server/policy_source.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/file_policy_repository.h"
#include "adapters/policy_file/revision_file.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "engine/base/status_macros.h"
#include "engine/policy/certificate/certificate.h"

namespace latchkey {
namespace {

// A policy applied on one node is in force on all of them within a second.
constexpr std::chrono::milliseconds kPollEvery{500};

absl::StatusOr<std::unique_ptr<PolicyRepository>> OpenRepository(const ServerSettings& settings,
                                                                 StoreSource& stores, const Clock& clock) {
  if (!settings.policy_in_store) return std::make_unique<FilePolicyRepository>(settings.policy_file, clock);
  LATCHKEY_ASSIGN_OR_RETURN(std::string text, ReadPolicyText(settings.policy_file));
  PolicyRevision seed{.number = 1,
                      .text = std::move(text),
                      .author = "seed",
                      .reason = absl::StrCat("read from ", settings.policy_file),
                      .applied_at = clock.Now()};
  return stores.OpenPolicyRevisions(std::move(seed));
}

// A store that is not there yet is asked again for half a minute: without a policy nothing can be answered.
absl::StatusOr<PolicyRevision> AwaitNewest(const PolicyRepository& repository, ServiceLog& log) {
  constexpr int kTries = 60;
  absl::StatusOr<PolicyRevision> newest = repository.Newest();
  for (int tries = 1;
       tries < kTries && (absl::IsUnavailable(newest.status()) || absl::IsDeadlineExceeded(newest.status()));
       ++tries) {
    if (tries == 1) {
      log.Write(LogLevel::kWarn, "waiting for the store, which holds the policy",
                {{"why", std::string(newest.status().message())}});
    }
    std::this_thread::sleep_for(kPollEvery);
    newest = repository.Newest();
  }
  return newest;
}

// What a policy gives up is said at every load, so that it stays known.
void TellAcceptedRisks(const Policy& policy, ServiceLog& log) {
  for (const Diagnostic& risk : AcceptedRisks(Certify(policy))) {
    log.Write(LogLevel::kWarn, "the policy gives up a promise",
              {{"policy", policy.spec().name}, {"what", risk.message}});
  }
}

const char* StageText(Stage stage) {
  if (stage == Stage::kShadow) return "policy shadowed";
  return stage == Stage::kShare ? "policy in force for a share of the accounts" : "policy in force";
}

}  // namespace

absl::StatusOr<std::unique_ptr<PolicySource>> PolicySource::Open(const ServerSettings& settings,
                                                                 StoreSource& stores,
                                                                 const PolicyReader& reader,
                                                                 const Clock& clock, ServiceLog& log) {
  std::unique_ptr<PolicySource> source(new PolicySource());
  LATCHKEY_ASSIGN_OR_RETURN(source->repository_, OpenRepository(settings, stores, clock));
  LATCHKEY_RETURN_IF_ERROR(AwaitNewest(*source->repository_, log).status());
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<PolicyRevision> revisions, source->repository_->List());
  const StandingRevisions standing = StandingOf(revisions);
  if (standing.enforced == nullptr)
    return absl::DataLossError("the store holds no policy revision that is in force");
  const PolicyRevision& enforced = *standing.enforced;
  PolicyReading reading = reader.Read(enforced.text, enforced.number);
  LATCHKEY_RETURN_IF_ERROR(StatusOf(reading, settings.policy_in_store
                                                 ? absl::StrCat("policy revision ", enforced.number)
                                                 : settings.policy_file));
  source->holder_ = std::make_unique<PolicyHolder>(std::move(reading.policy));
  PolicyHolder& holder = *source->holder_;
  TellAcceptedRisks(*holder.Current(), log);
  source->keeper_ = std::make_unique<RepositoryPolicyKeeper>(
      *source->repository_, reader, holder,
      [&log, &holder](const absl::Status& status, int64_t revision, Stage stage) {
        const std::string number = absl::StrCat(revision);
        if (status.ok()) {
          log.Write(LogLevel::kInfo, StageText(stage), {{"revision", number}});
          const PoliciesInForce all = holder.All();
          TellAcceptedRisks(all.candidate != nullptr ? *all.candidate : *all.enforced, log);
        } else {
          log.Write(LogLevel::kError, "policy refused; the old one stays in force",
                    {{"revision", number}, {"why", std::string(status.message())}});
        }
      });
  PolicyKeeper& keeper = *source->keeper_;
  if (standing.candidate != nullptr) (void)keeper.Reload();
  if (!settings.policy_in_store) {
    source->watch_ = std::make_unique<FileWatch>(settings.policy_file, [&keeper] { (void)keeper.Reload(); });
  } else {
    source->poll_.emplace(kPollEvery, [&keeper] { (void)keeper.Reload(); });
  }
  return source;
}

}  // namespace latchkey
