#include "cli/demo/round.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/demo/attack.h"
#include "cli/demo/auth_service.h"
#include "cli/demo/investigation.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"

namespace latchkey::demo {
namespace {

constexpr char kAlicesPassword[] = "correct horse battery staple";
constexpr char kMallorysPassword[] = "I always win";
constexpr absl::Duration kAttackPatience = absl::Seconds(30);
constexpr absl::Duration kIncidentPatience = absl::Seconds(10);
constexpr absl::Duration kBreath = absl::Milliseconds(500);  // while the attack goes on
constexpr absl::Duration kAuctionLasts = absl::Seconds(60);  // it is closed by hand, before that

// The people of the story and what they sit at. All addresses are of the documentation ranges.
struct Cast {
  Browser alices_laptop{.source = "192.0.2.10", .device_name = "laptop"};
  Browser alices_phone{.source = "198.51.100.23", .device_name = "new phone"};
  Browser mallorys_browser{.source = "203.0.113.66", .device_name = "mallory's"};
  Browser mallorys_script{.source = "203.0.113.66", .path = "api", .has_person = false};
};

std::string LoginText(const Login& login) {
  std::string text;
  if (login.first_action != login.answer.action()) {
    absl::StrAppend(&text, cli::ActionWord(login.first_action), ", solves the CAPTCHA, ");
  }
  absl::StrAppend(&text, cli::ActionWord(login.answer.action()), " in lane ", cli::Word(login.answer.lane()));
  if (login.answer.action() != v1::ACTION_ALLOW && login.answer.reasons_size() > 0) {
    absl::StrAppend(&text, " (", login.answer.reasons(0).rule_id(), ")");
  }
  return absl::StrCat(text, login.in ? ": she is in" : ": she stays out");
}

// Before the attack: both log in and bid.
absl::Status OpenAuction(AuthService& auth, AuctionHouse& shop, Cast& cast, Narrator& narrator) {
  LATCHKEY_RETURN_IF_ERROR(shop.Open());
  LATCHKEY_ASSIGN_OR_RETURN(const Login alice, auth.LogIn(cast.alices_laptop, "alice", kAlicesPassword));
  LATCHKEY_ASSIGN_OR_RETURN(const Login mallory,
                            auth.LogIn(cast.mallorys_browser, "mallory", kMallorysPassword));
  if (!alice.in || !mallory.in) return absl::UnknownError("the first logins were refused");
  narrator.Say("alice", "logs in on her laptop and bids 120 for the brass ship's clock in auction-17");
  narrator.Say("mallory", "logs in as himself and bids 100");
  LATCHKEY_RETURN_IF_ERROR(shop.Place("alice", 120));
  return shop.Place("mallory", 100);
}

// In the middle of the attack: alice wants in, twice.
absl::Status LetAliceTry(AuthService& auth, Cast& cast, Narrator& narrator, RoundResult& result) {
  LATCHKEY_ASSIGN_OR_RETURN(const Login laptop, auth.LogIn(cast.alices_laptop, "alice", kAlicesPassword));
  narrator.Say("alice", absl::StrCat("logs in on her laptop: ", LoginText(laptop)));
  result.owner_known_device = laptop.answer.action();
  absl::SleepFor(kBreath);
  LATCHKEY_ASSIGN_OR_RETURN(const Login phone, auth.LogIn(cast.alices_phone, "alice", kAlicesPassword));
  narrator.Say("alice", absl::StrCat("logs in on a new phone: ", LoginText(phone)));
  result.owner_new_device_before_challenge = phone.first_action;
  result.owner_new_device = phone.answer.action();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RoundResult> PlayRound(const std::shared_ptr<grpc::Channel>& latchkey, CommitmentRule rule,
                                      Narrator& narrator) {
  RoundResult result;
  Cast cast;
  AuctionHouse shop(latchkey, rule, absl::Now() + kAuctionLasts, narrator);
  AuthService auth(latchkey, [&shop](const std::string& account) { shop.OnAccountLocked(account); });
  auth.AddAccount("alice", kAlicesPassword);
  auth.AddAccount("mallory", kMallorysPassword);

  LATCHKEY_RETURN_IF_ERROR(OpenAuction(auth, shop, cast, narrator));
  Attack attack(auth, "alice", cast.mallorys_script, narrator);
  LATCHKEY_RETURN_IF_ERROR(attack.AwaitRefusal(kAttackPatience));
  LATCHKEY_RETURN_IF_ERROR(LetAliceTry(auth, cast, narrator, result));
  absl::SleepFor(kBreath);
  attack.Stop();
  for (const auto& [action, count] : attack.answers()) result.attacker_attempts += count;
  result.attacker_last_action = attack.last_action();
  result.attacker_guesses_verified = auth.wrong_passwords_verified("alice");
  narrator.Say("mallory", absl::StrCat("has tried ", result.attacker_attempts, " times; ",
                                       result.attacker_guesses_verified,
                                       " passwords were looked at; the last answer is ",
                                       cli::ActionWord(result.attacker_last_action)));

  if (rule == CommitmentRule::kWatchStandings) {
    LATCHKEY_ASSIGN_OR_RETURN(result.standing, shop.AwaitAttackOn("alice", kIncidentPatience));
    LATCHKEY_ASSIGN_OR_RETURN(result.incident, Investigate(latchkey, kIncidentPatience, narrator));
  }
  LATCHKEY_ASSIGN_OR_RETURN(result.winner, shop.Close());
  result.changes_heard = shop.changes_heard();
  result.bid_stands = shop.Stands("alice");
  narrator.Say("shop", absl::StrCat("auction-17 closes: ", result.winner, " wins",
                                    result.winner == "alice"     ? " with 120"
                                    : result.winner == "mallory" ? " with 100"
                                                                 : ""));
  result.seconds = narrator.Seconds();
  return result;
}

}  // namespace latchkey::demo
