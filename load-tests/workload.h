// What is sent: attempts of many accounts from many addresses, the same ones for every subject.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey::load {

// People, or machines, that attempt alike.
struct Crowd {
  std::string name;      // as in "owners"
  double share = 1;      // of all attempts; those of a workload add up to 1
  int accounts = 1;      // how many different ones
  int sources = 1;       // how many different addresses, each in a network of its own
  bool devices = false;  // each account has logged in before and brings its device token
  double wrong = 0.1;    // share of the admitted attempts that are reported wrong; all others are complete
};

struct WorkloadShape {
  std::string name;
  std::string what;      // in words, for people
  bool reports = false;  // each admitted attempt is reported
  std::vector<Crowd> crowds;
};

// "assess": strangers that are nearly all admitted. "login": the same, reported. "attack": a hundred accounts
// from twenty addresses, nearly all refused. kNotFound for another name.
absl::StatusOr<WorkloadShape> FindWorkload(std::string_view name);
std::vector<std::string> WorkloadNames();

// Any number of threads may read it.
class Workload {
 public:
  // Device tokens by account of a crowd; empty where there is none.
  using Tokens = std::vector<std::string>;

  explicit Workload(WorkloadShape shape) : shape_(std::move(shape)) {}

  [[nodiscard]] const WorkloadShape& shape() const { return shape_; }

  // Which crowd the n-th attempt is of.
  [[nodiscard]] size_t CrowdOf(int64_t n) const;
  // Writes the n-th attempt over `request`. No account comes again within as many attempts as its crowd has
  // accounts.
  void Fill(int64_t n, v1::AssessRequest* request) const;
  [[nodiscard]] v1::AssessRequest Request(int64_t n) const;
  // How the n-th attempt ends, if it is admitted and this workload reports.
  [[nodiscard]] v1::Outcome OutcomeOf(int64_t n) const;

  // The logins that have to be made first, so that a crowd has its devices; then what they have brought.
  [[nodiscard]] int64_t logins_before() const;
  void FillLogin(int64_t n, v1::AssessRequest* request) const;
  void BringTokens(std::shared_ptr<const Tokens> tokens) { tokens_ = std::move(tokens); }

 private:
  void FillOf(size_t crowd, int64_t account, int64_t source, v1::AssessRequest* request) const;

  WorkloadShape shape_;
  std::shared_ptr<const Tokens> tokens_;  // of all crowds with devices, one crowd after the other
};

}  // namespace latchkey::load
