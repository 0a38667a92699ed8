#include "cli/demo/demo.h"

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/demo/private_server.h"
#include "cli/table.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace latchkey::demo {
namespace {

absl::StatusOr<RoundResult> PlayOn(const DemoOptions& options, const std::string& policy, CommitmentRule rule,
                                   Narrator& narrator) {
  LATCHKEY_ASSIGN_OR_RETURN(
      const auto server,
      PrivateServer::Start({.program = options.server, .policy = policy, .more_flags = {"--show-names"}}));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return PlayRound(
      grpc::CreateCustomChannel(server->address(), grpc::InsecureChannelCredentials(), arguments), rule,
      narrator);
}

nlohmann::ordered_json RoundJson(const RoundResult& round) {
  nlohmann::ordered_json json = {{"bid", round.bid_stands ? "stands" : "void"},
                                 {"owner_known_device", cli::ActionWord(round.owner_known_device)},
                                 {"owner_new_device", cli::ActionWord(round.owner_new_device)},
                                 {"attacker_guesses_verified", round.attacker_guesses_verified}};
  if (round.owner_new_device_before_challenge != round.owner_new_device) {
    json["owner_new_device_before_challenge"] = cli::ActionWord(round.owner_new_device_before_challenge);
  }
  if (round.standing) {
    json["standing"] = {{"state", cli::Word(round.standing->state())},
                        {"keep_commitments", round.standing->keep_commitments()},
                        {"cause", round.standing->cause()},
                        {"since", cli::TimeWord(round.standing->start_time())},
                        {"changes_heard", round.changes_heard}};
  }
  if (round.incident) {
    json["incident"] = {{"kind", "lockout-sabotage"},
                        {"text", round.incident->text()},
                        {"suspects", nlohmann::json::array()}};
    for (const v1::IncidentSuspect& suspect : round.incident->suspects()) {
      json["incident"]["suspects"].push_back({{"account", suspect.account().name()},
                                              {"confidence", suspect.confidence()},
                                              {"text", suspect.text()}});
    }
  }
  return json;
}

std::string SuspectText(const RoundResult& round) {
  if (!round.incident) return "nobody";
  return round.incident->suspects(0).account().name();
}

std::string NewDeviceText(const RoundResult& round) {
  const std::string action = cli::ActionWord(round.owner_new_device);
  if (round.owner_new_device_before_challenge == round.owner_new_device) return action;
  return absl::StrCat(action, " after ", cli::ActionWord(round.owner_new_device_before_challenge));
}

}  // namespace

absl::StatusOr<DemoResult> PlayDemo(const DemoOptions& options) {
  Narrator narrator(*options.narration);
  DemoResult result;
  narrator.Begin(
      "Five strikes: five wrong passwords lock the account, and the shop voids bids of locked accounts");
  LATCHKEY_ASSIGN_OR_RETURN(result.five_strikes,
                            PlayOn(options, options.five_strikes, CommitmentRule::kVoidWhenLocked, narrator));
  narrator.Begin(
      "Latchkey's default policy: strangers are slowed, the owner has a latchkey, the shop watches "
      "its bidders");
  LATCHKEY_ASSIGN_OR_RETURN(result.default_policy, PlayOn(options, options.default_policy,
                                                          CommitmentRule::kWatchStandings, narrator));
  return result;
}

std::string DemoJson(const DemoResult& result) {
  return nlohmann::ordered_json{{"five-strikes", RoundJson(result.five_strikes)},
                                {"default", RoundJson(result.default_policy)}}
      .dump(1);
}

void ShowDemoTable(const DemoResult& result, std::ostream& out) {
  cli::Table table({{""}, {"five-strikes"}, {"default"}});
  const auto row = [&](const char* what, auto text) {
    table.Add({what, text(result.five_strikes), text(result.default_policy)});
  };
  row("alice's bid", [](const RoundResult& r) { return std::string(r.bid_stands ? "stands" : "void"); });
  row("who wins the auction", [](const RoundResult& r) { return r.winner; });
  row("alice on her own laptop, under attack",
      [](const RoundResult& r) { return cli::ActionWord(r.owner_known_device); });
  row("alice on a new phone, under attack", NewDeviceText);
  row("mallory's attempts", [](const RoundResult& r) { return absl::StrCat(r.attacker_attempts); });
  row("of these, passwords looked at",
      [](const RoundResult& r) { return absl::StrCat(r.attacker_guesses_verified); });
  row("mallory's last answer", [](const RoundResult& r) { return cli::ActionWord(r.attacker_last_action); });
  row("who is named as behind it", SuspectText);
  row("seconds played", [](const RoundResult& r) { return absl::StrFormat("%.1f", r.seconds); });
  out << '\n';
  table.Print(out);
}

absl::Status CheckStory(const DemoResult& result) {
  const RoundResult& strikes = result.five_strikes;
  const RoundResult& latchkey = result.default_policy;
  if (strikes.bid_stands) return absl::UnknownError("with five strikes the bid should have been voided");
  if (!latchkey.bid_stands) return absl::UnknownError("with the default policy the bid should stand");
  if (!latchkey.standing || !latchkey.standing->keep_commitments()) {
    return absl::UnknownError("with the default policy the shop should have heard to keep commitments");
  }
  if (latchkey.owner_known_device != v1::ACTION_ALLOW || latchkey.owner_new_device != v1::ACTION_ALLOW) {
    return absl::UnknownError("with the default policy the owner should have got in");
  }
  if (SuspectText(latchkey) != "default/mallory") {
    return absl::UnknownError("with the default policy mallory should have been named");
  }
  if (latchkey.attacker_last_action == v1::ACTION_ALLOW) {
    return absl::UnknownError("with the default policy the attacker should have been stopped");
  }
  return absl::OkStatus();
}

}  // namespace latchkey::demo
