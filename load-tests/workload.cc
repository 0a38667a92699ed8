#include "load-tests/workload.h"

#include <algorithm>
#include <array>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/base/text.h"

namespace latchkey::load {
namespace {

constexpr size_t kRequestsMax = 200'000;

// Addresses are spread so that each is a network of its own; every fourth is IPv6.
std::string SourceOf(int n) {
  const int high = n / 250 % 250;
  const int low = n % 250;
  if (n % 4 == 3) return absl::StrFormat("2001:db8:%x::%x", n + 1, low + 1);
  return absl::StrCat(11 + n / 62'500, ".", high, ".", low, ".", 1 + n % 200);
}

const std::array<WorkloadShape, 3>& Shapes() {
  static const auto* shapes = new std::array<WorkloadShape, 3>{
      WorkloadShape{"assess", 200'000, 50'000, false, "strangers, nearly all admitted"},
      WorkloadShape{"login", 200'000, 50'000, true, "Assess, then Report: nine of ten log in"},
      WorkloadShape{"attack", 100, 20, false, "100 accounts tried from 20 addresses, nearly all refused"},
  };
  return *shapes;
}

}  // namespace

absl::StatusOr<WorkloadShape> FindWorkload(std::string_view name) {
  for (const WorkloadShape& shape : Shapes()) {
    if (shape.name == name) return shape;
  }
  return absl::NotFoundError(absl::StrCat("there is no workload '", ToAbsl(name), "'"));
}

std::vector<std::string> WorkloadNames() {
  std::vector<std::string> names;
  for (const WorkloadShape& shape : Shapes()) names.push_back(shape.name);
  return names;
}

Workload::Workload(WorkloadShape shape) : shape_(std::move(shape)) {
  std::mt19937_64 random(7);  // The same requests in every run.
  std::vector<int> accounts(static_cast<size_t>(shape_.accounts));
  for (size_t i = 0; i < accounts.size(); ++i) accounts[i] = static_cast<int>(i);
  std::shuffle(accounts.begin(), accounts.end(), random);

  const size_t count = std::max(accounts.size(), std::min(kRequestsMax, accounts.size() * 64));
  requests_.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const int account = accounts[i % accounts.size()];
    const int source = static_cast<int>(random() % static_cast<uint64_t>(shape_.sources));
    v1::AssessRequest& request = requests_.emplace_back();
    request.set_tenant("default");
    request.set_account(absl::StrFormat("customer-%07d@shop.example", account));
    request.set_source(SourceOf(source));
    request.set_path("web");
    request.add_challenge_kinds(v1::CHALLENGE_KIND_CAPTCHA);
    const uint64_t tag = random();
    request.mutable_password_tags()->set_account_tag(
        std::string{static_cast<char>(tag), static_cast<char>(tag >> 8U & 0x0FU)});
  }
}

}  // namespace latchkey::load
