#include "engine/lab/figures.h"

namespace latchkey::lab {
namespace {

constexpr FigureKind kKinds[] = {
    {"owner_known_changed_answers", &Figures::owner_known_changed_answers,
     "answers to owners on a known device that differ from the same seed without the attack", -1},
    {"owner_known_compared", &Figures::owner_known_compared,
     "answers to owners on a known device that were compared", 0},
    {"owner_known_available", &Figures::owner_known_available,
     "right passwords of attacked owners on a known device that were answered ALLOW", 1},
    {"owner_new_available", &Figures::owner_new_available,
     "logins of attacked owners on a new device that got in within their patience", 1},
    {"owner_new_undisturbed", &Figures::owner_new_undisturbed,
     "first right passwords of attacked owners on a new device that were answered ALLOW", 1},
    {"guesses_verified", &Figures::guesses_verified, "different wrong passwords that attackers got verified",
     -1},
    {"guesses_per_account_24h", &Figures::guesses_per_account_24h,
     "the most of them for one account in any 24 h", -1},
    {"guesses_per_account_30d", &Figures::guesses_per_account_30d,
     "the most of them for one account in any 30 d", -1},
    {"probability_mass", &Figures::probability_mass,
     "the mean share of people whose password was among those tried on an attacked account", -1},
    {"accounts_taken", &Figures::accounts_taken, "accounts whose password attackers found", -1},
    {"benign_logins", &Figures::benign_logins, "logins of people with at most five wrong tries", 0},
    {"known_logins", &Figures::known_logins, "… of them on a known device", 0},
    {"benign_refused", &Figures::benign_refused, "the share of them that met THROTTLE or LOCKOUT", -1},
    {"benign_challenged", &Figures::benign_challenged, "the share of them that met CHALLENGE", -1},
    {"benign_known_refused", &Figures::benign_known_refused, "… refused, on a known device", -1},
    {"benign_known_challenged", &Figures::benign_known_challenged, "… challenged, on a known device", -1},
    {"benign_unknown_refused", &Figures::benign_unknown_refused, "… refused, on an unknown device", -1},
    {"benign_unknown_challenged", &Figures::benign_unknown_challenged, "… challenged, on an unknown device",
     -1},
    {"benign_failed", &Figures::benign_failed, "the share of people's logins that never got in", -1},
    {"attacker_cost_usd_per_victim_hour", &Figures::attacker_cost_usd_per_victim_hour,
     "dollars for each hour that a victim is refused, on his best device", 1},
    {"attacker_cost_usd_per_new_device_hour", &Figures::attacker_cost_usd_per_new_device_hour,
     "dollars for each hour that a victim is refused on a new device", 1},
    {"attacker_cost_usd", &Figures::attacker_cost_usd, "dollars for requests and CAPTCHAs", 1},
    {"attacker_requests", &Figures::attacker_requests, "requests of attackers", 0},
    {"known_denied_share", &Figures::known_denied_share,
     "the share of the time since the attack began in which victims were not let in on a known device", -1},
    {"new_denied_share", &Figures::new_denied_share,
     "the share of that time in which victims were refused on a new device", -1},
    {"new_challenged_share", &Figures::new_challenged_share,
     "the share of that time in which victims were challenged on a new device", -1},
    {"seconds_to_recover", &Figures::seconds_to_recover,
     "the longest that an attacked owner on a new device took to get in", -1},
    {"seconds_to_quiet", &Figures::seconds_to_quiet,
     "from the attack's last request until a new device is let in at once", -1},
    {"seconds_to_detect", &Figures::seconds_to_detect,
     "from the attack's first request until one of its requests is refused", -1},
    {"seconds_to_standing", &Figures::seconds_to_standing,
     "from the attack's first request until a dependent learns that an account is under attack", -1},
    {"refusal_seconds_max", &Figures::refusal_seconds_max, "how far ahead the end of a refusal was at most",
     -1},
    {"tokens_accepted", &Figures::tokens_accepted,
     "requests of attackers that were answered in lane device or recovered", -1},
    {"oracle_differences", &Figures::oracle_differences,
     "pairs of equal requests that told an existing account from an unknown one", -1},
    {"mails", &Figures::mails, "recovery mails sent", -1},
    {"degraded_answers", &Figures::degraded_answers, "answers given without the store", -1},
    {"memory_bytes", &Figures::memory_bytes, "what the store held at most", -1},
    {"attempts", &Figures::attempts, "attempts assessed, of people and attackers", 0},
};

}  // namespace

std::span<const FigureKind> FigureKinds() { return kKinds; }

const FigureKind* FindFigure(std::string_view name) {
  for (const FigureKind& kind : kKinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace latchkey::lab
