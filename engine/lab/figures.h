// What one run came out at: the numbers of a row of the matrix.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace latchkey::lab {

// Absent: there was nothing to measure (no attack, no such login), or no price buys it. Shares are 0 … 1,
// times in seconds.
struct Figures {
  using Figure = std::optional<double>;
  Figure owner_known_changed_answers;
  Figure owner_known_compared;
  Figure owner_known_available;
  Figure owner_new_available;
  Figure owner_new_undisturbed;
  Figure guesses_verified;
  Figure guesses_per_account_24h;
  Figure guesses_per_account_30d;
  Figure probability_mass;
  Figure accounts_taken;
  Figure benign_logins;
  Figure known_logins;
  Figure benign_refused;
  Figure benign_challenged;
  Figure benign_known_refused;
  Figure benign_known_challenged;
  Figure benign_unknown_refused;
  Figure benign_unknown_challenged;
  Figure benign_failed;
  Figure attacker_cost_usd_per_victim_hour;
  Figure attacker_cost_usd_per_new_device_hour;
  Figure attacker_cost_usd;
  Figure attacker_requests;
  Figure known_denied_share;
  Figure new_denied_share;
  Figure new_challenged_share;
  Figure seconds_to_recover;
  Figure seconds_to_quiet;
  Figure seconds_to_detect;
  Figure seconds_to_standing;
  Figure refusal_seconds_max;
  Figure tokens_accepted;
  Figure oracle_differences;
  Figure mails;
  Figure degraded_answers;
  Figure memory_bytes;
  Figure attempts;
};

struct FigureKind {
  std::string_view name;
  Figures::Figure Figures::*member;
  std::string_view about;
  // Which way is better for the defender: -1 less, +1 more, 0 neither.
  int better;
};

// All of them, in the order of the table.
[[nodiscard]] std::span<const FigureKind> FigureKinds();
[[nodiscard]] const FigureKind* FindFigure(std::string_view name);

}  // namespace latchkey::lab
