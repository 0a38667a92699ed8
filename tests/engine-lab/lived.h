// A small world that has been lived through, for tests of single actors.
#pragma once

#include <memory>
#include <string>

#include "engine/lab/world.h"
#include "tests/scenarios/lab_test.h"

namespace latchkey::lab {

class Lived {
 public:
  // `casts`: the lines "people:" and "attack:" of a scenario.
  explicit Lived(const std::string& casts, const std::string& duration = "1d", bool with_attack = true,
                 uint64_t seed = 1)
      : scenario_(ScenarioOfText("id: T\nshows: a test\nduration: " + duration + "\n" + casts)),
        world_(MemoryPorts(), PolicyOfFile(LATCHKEY_ROOT "/policies/default.yaml"), scenario_, seed) {
    world_.Live(with_attack);
  }

  [[nodiscard]] const Notes& notes() const { return world_.notes(); }
  [[nodiscard]] const std::vector<Account>& accounts() const { return world_.accounts(); }
  [[nodiscard]] TimePoint start() const { return world_.start(); }

 private:
  Scenario scenario_;
  World world_;
};

}  // namespace latchkey::lab
