// What is sent: attempts of many accounts from many addresses, the same ones for every subject.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey::load {

// How many different accounts and addresses, and what is reported.
struct WorkloadShape {
  std::string name;
  int accounts = 0;
  int sources = 0;
  bool reports = false;   // each admitted attempt is reported: one in ten wrong, the others complete
  std::string_view what;  // in words, for people
};

// "assess": strangers that are nearly all admitted. "login": the same, reported. "attack": a hundred accounts
// from twenty addresses, nearly all refused. kNotFound for another name.
absl::StatusOr<WorkloadShape> FindWorkload(std::string_view name);
std::vector<std::string> WorkloadNames();

// Immutable once built, so any number of threads may read it.
class Workload {
 public:
  explicit Workload(WorkloadShape shape);

  [[nodiscard]] const WorkloadShape& shape() const { return shape_; }

  // The n-th attempt; they repeat after a while.
  [[nodiscard]] const v1::AssessRequest& Request(int64_t n) const {
    return requests_[static_cast<size_t>(n) % requests_.size()];
  }

  // How the n-th attempt ends, if it is admitted and this workload reports.
  [[nodiscard]] static v1::Outcome OutcomeOf(int64_t n) {
    return n % 10 == 9 ? v1::OUTCOME_WRONG : v1::OUTCOME_LOGIN_COMPLETE;
  }

 private:
  WorkloadShape shape_;
  std::vector<v1::AssessRequest> requests_;
};

}  // namespace latchkey::load
