// The kinds of actors that a scenario can name.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/lab/actor.h"

namespace latchkey::lab {

enum class Side { kPeople, kAttack };

struct ActorKind {
  std::string_view name;
  Side side = Side::kPeople;
  std::string_view about;
  std::vector<Parameter> parameters;
  std::unique_ptr<Actor> (*make)(const Values& values);

  [[nodiscard]] const Parameter* Find(std::string_view parameter) const;
};

// All of them: people first, each side by name.
[[nodiscard]] std::span<const ActorKind> ActorKinds();
[[nodiscard]] const ActorKind* FindActorKind(std::string_view name);
// "botnet, sniper, …", of one side: for messages.
[[nodiscard]] std::string ActorNames(Side side);

}  // namespace latchkey::lab
