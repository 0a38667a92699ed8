// delivery: what other systems are told, whether it arrives, and the documents that receivers of security
// events fetch.
#include <memory>

#include "absl/strings/str_cat.h"
#include "adapters/messages/secret_file.h"
#include "adapters/messages/transmitter_documents.h"
#include "cli/json.h"
#include "cli/pages.h"
#include "cli/printable.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "latchkey/v1/delivery.grpc.pb.h"

namespace latchkey::cli {
namespace {

using Delivery = v1::DeliveryService::Stub;

constexpr auto kRight = Table::Align::kRight;

std::string_view CircuitWord(v1::TargetCircuit circuit) {
  switch (circuit) {
    case v1::TARGET_CIRCUIT_CLOSED:
      return "up";
    case v1::TARGET_CIRCUIT_OPEN:
      return "failing";
    default:
      return "stopped";
  }
}

absl::StatusOr<ExitCode> Status(Session& session) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer,
                            session.Call(&Delivery::GetDeliveryStatus, v1::GetDeliveryStatusRequest()));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  const absl::Time now = absl::Now();
  Table table({{"TARGET"},
               {"STATE"},
               {"WAITING", kRight},
               {"OLDEST"},
               {"DELIVERED", kRight},
               {"FAILED", kRight},
               {"DEAD", kRight},
               {"LAST FAILURE"}});
  for (const v1::TargetStatus& target : answer.targets()) {
    table.Add({target.target(), std::string(CircuitWord(target.circuit())), absl::StrCat(target.waiting()),
               target.has_oldest_time() ? SinceWord(target.oldest_time(), now) : "-",
               absl::StrCat(target.delivered()), absl::StrCat(target.failures()), absl::StrCat(target.dead()),
               target.last_failure()});
  }
  table.Print(session.out());
  if (!answer.delivering()) session.err() << "another node delivers\n";
  if (!answer.storage_ok())
    session.err() << "the disk does not take what waits: it would be lost with the node\n";
  if (answer.gaps() > 0)
    session.err() << Counted(answer.gaps(), "time")
                  << ", changes were no longer kept when they were to be told\n";
  return ExitCode::kOk;
}

struct TargetFlags {
  std::string target;
  int64_t letter = 0;
};

absl::StatusOr<ExitCode> Dead(Session& session, const TargetFlags& flags) {
  v1::ListDeadLettersRequest request;
  request.set_target(flags.target);
  request.set_page_size(100);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, AllPages(session, &Delivery::ListDeadLetters, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  const absl::Time now = absl::Now();
  Table table(
      {{"LETTER", kRight}, {"TARGET"}, {"KIND"}, {"GIVEN UP"}, {"ATTEMPTS", kRight}, {"WHY"}, {"NOTICE"}});
  for (const v1::DeadLetter& letter : answer.letters()) {
    table.Add({absl::StrCat(letter.letter_id()), letter.target(), letter.kind(),
               SinceWord(letter.give_up_time(), now), absl::StrCat(letter.attempts()), letter.reason(),
               letter.notice_id()});
  }
  table.Print(session.out());
  if (table.empty()) session.err() << "no dead letters\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Replay(Session& session, const TargetFlags& flags) {
  v1::ReplayDeadLettersRequest request;
  request.set_target(flags.target);
  request.set_letter_id(flags.letter);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Delivery::ReplayDeadLetters, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
  } else {
    session.out() << Counted(answer.replayed(), "message") << " sent again\n";
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Test(Session& session, const TargetFlags& flags) {
  v1::SendTestNoticeRequest request;
  request.set_target(flags.target);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Delivery::SendTestNotice, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
  } else {
    session.out() << "sent " << Printable(answer.notice_id())
                  << "; `latchkey delivery status` tells what became of it\n";
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Jwks(Session& session, const std::vector<std::string>& key_files) {
  std::vector<TokenSigner> signers;
  for (const std::string& path : key_files) {
    LATCHKEY_ASSIGN_OR_RETURN(const std::string pem, ReadPrivateFile(path));
    auto signer = TokenSigner::FromPem(pem);
    if (!signer.ok())
      return absl::Status(signer.status().code(), absl::StrCat(path, ": ", signer.status().message()));
    signers.push_back(*std::move(signer));
  }
  session.out() << JwksDocument(signers) << '\n';
  return ExitCode::kOk;
}

struct MetadataFlags {
  std::string issuer;
  std::string jwks_uri;
};

}  // namespace

void AddDeliveryVerbs(CLI::App& app, ChosenVerb& chosen) {
  auto& delivery = *app.add_subcommand("delivery", "Show and mend what other systems are told");
  delivery.require_subcommand(1);

  chosen.On(*delivery.add_subcommand("status", "Show how each target is"), Status);

  auto flags = std::make_shared<TargetFlags>();
  auto& dead = *delivery.add_subcommand("dead", "List messages that were given up");
  dead.add_option("TARGET", flags->target, "Only of this target")->type_name("");
  chosen.On(dead, [flags](Session& session) { return Dead(session, *flags); });

  auto& replay = *delivery.add_subcommand(
      "replay", "Send a target's dead letters again, and resume it if it had said that it is gone");
  replay.add_option("TARGET", flags->target, "The target")->required()->type_name("");
  replay.add_option("--letter", flags->letter, "Only this one")->type_name("N")->check(CLI::PositiveNumber);
  chosen.On(replay, [flags](Session& session) { return Replay(session, *flags); });

  auto& test = *delivery.add_subcommand("test", "Send a test message to a target");
  test.add_option("TARGET", flags->target, "The target")->required()->type_name("");
  chosen.On(test, [flags](Session& session) { return Test(session, *flags); });

  auto& jwks =
      *delivery.add_subcommand("jwks", "Print the public keys of security events, as a JSON Web Key Set");
  auto keys = std::make_shared<std::vector<std::string>>();
  jwks.add_option("KEY", *keys, "Files of private keys in PEM; two while one is being rotated")
      ->required()
      ->type_name("FILE");
  chosen.On(jwks, [keys](Session& session) { return Jwks(session, *keys); });

  auto& metadata = *delivery.add_subcommand(
      "metadata", "Print the transmitter's metadata, for /.well-known/ssf-configuration of the issuer");
  auto documents = std::make_shared<MetadataFlags>();
  metadata.add_option("--issuer", documents->issuer, "The issuer, as in the file of targets")
      ->required()
      ->type_name("URL");
  metadata.add_option("--jwks-uri", documents->jwks_uri, "Where the key set is served")
      ->required()
      ->type_name("URL");
  chosen.On(metadata, [documents](Session& session) -> absl::StatusOr<ExitCode> {
    session.out() << TransmitterDocument(documents->issuer, documents->jwks_uri) << '\n';
    return ExitCode::kOk;
  });
}

}  // namespace latchkey::cli
