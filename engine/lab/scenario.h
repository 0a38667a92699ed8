// A scenario: who comes to the login page, for how long, and what has to come out.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "engine/detect/finding.h"
#include "engine/lab/figures.h"
#include "engine/lab/parameters.h"

namespace latchkey::lab {

struct ActorKind;

struct Cast {
  const ActorKind* kind = nullptr;
  Values values;
};

// "guesses_per_account_24h: <= 100"
struct Expectation {
  enum class Sign { kEqual, kAtMost, kAtLeast, kAbsent };
  const FigureKind* figure = nullptr;
  Sign sign = Sign::kEqual;
  double value = 0;
};
// "0", "<= 0.001", ">= 0.99", "none" (there is no such figure). kInvalidArgument for anything else.
[[nodiscard]] absl::StatusOr<Expectation> ParseExpectation(const FigureKind& figure, std::string_view text);
// Whether the figures meet it; else says what came out.
[[nodiscard]] absl::Status Check(const Expectation& expectation, const Figures& figures);

// What goes wrong around the login page.
struct Faults {
  Duration outage_start{0};  // the store cannot be asked from here …
  Duration outage{0};        // … for so long
  Duration skew{0};          // the node's clock is off by up to this
  double duplicates = 0;     // the share of reports that arrive twice
  Duration reorder{0};       // reports of wrong passwords arrive late by up to this
};

struct Scenario {
  std::string name;   // of its file: "a01-auction-snipe"
  std::string id;     // of the catalogue: "A1", "B4"
  std::string shows;  // one sentence
  Duration duration{0};
  bool tags = true;           // the service sends password tags
  int64_t store_entries = 0;  // the store's bound; 0: its own default
  int64_t stakes = 64;        // so many of the first accounts have something at stake, in one auction …
  Duration deadline{0};       // … until then; zero: an hour after the end
  // What the attack is: detectors have to say these, and may say those as well.
  std::vector<AttackKind> attack_kinds;
  std::vector<AttackKind> also;
  Faults faults;
  std::vector<Cast> people;
  std::vector<Cast> attack;
  std::vector<Expectation> expectations;

  // Whether an attacker holds an owner's own proof: then he spends what it has proved.
  [[nodiscard]] bool StealsProof() const;
  // Multiplies all counts of actors, and of what is at stake.
  void Scale(double factor);
};

// Reads a scenario from the text that people write (port; the adapter reads YAML). kInvalidArgument: one
// "file:line:column: …" line a mistake.
class ScenarioReader {
 public:
  virtual ~ScenarioReader() = default;
  [[nodiscard]] virtual absl::StatusOr<Scenario> Read(std::string_view file, std::string_view text) const = 0;
};

}  // namespace latchkey::lab
