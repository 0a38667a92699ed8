// The findings of a backtest, for people and for scripts.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "cli/backtest/event_source.h"
#include "engine/backtest/backtest.h"

namespace latchkey::cli {

struct ShownBacktest {
  const Backtest& backtest;
  std::vector<SourceTally> sources;
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Policy> current;  // null: compared with what was recorded
  bool from_log = false;                  // … where everybody was let through
  uint64_t overflowed = 0;                // writes to records that several accounts or networks share
  int top = 20;
};

void ShowBacktest(const ShownBacktest& shown, std::ostream& out);
void ShowBacktestJson(const ShownBacktest& shown, std::ostream& out);

}  // namespace latchkey::cli
