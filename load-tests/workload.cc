#include "load-tests/workload.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey::load {
namespace {

// Well mixed bits of a number (the finalizer of MurmurHash3).
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 33U)) * 0xff51afd7ed558ccdU;
  x = (x ^ (x >> 33U)) * 0xc4ceb9fe1a85ec53U;
  return x ^ (x >> 33U);
}

// 0 to 1, always the same for the n-th attempt and a purpose.
double Chance(int64_t n, uint64_t purpose) {
  return static_cast<double>(Mix(static_cast<uint64_t>(n) * 4 + purpose) >> 11U) * 0x1p-53;
}
constexpr uint64_t kOfCrowd = 0;
constexpr uint64_t kOfSource = 1;
constexpr uint64_t kOfOutcome = 2;
constexpr uint64_t kOfTag = 3;

// Every number below `size` once in `size` turns, in an order that looks random: a step that has no divisor
// in common with it.
int64_t Permuted(int64_t turn, int64_t size) {
  constexpr int64_t kSteps[] = {7'368'787, 5'800'079, 3'497'861, 2'750'159};  // primes
  int64_t step = 1;
  for (const int64_t candidate : kSteps) {
    if (size % candidate != 0) {
      step = candidate;
      break;
    }
  }
  return turn % size * (step % size) % size;
}

// Addresses are spread so that each is a network of its own; every fourth is IPv6.
void AssignSource(int64_t n, std::string* out) {
  std::array<char, 64> text{};
  char* end = text.data();
  const auto put = [&](int64_t number, int base) {
    end = std::to_chars(end, text.data() + text.size(), number, base).ptr;
  };
  if (n % 4 == 3) {
    for (const char c : std::string_view("2001:")) *end++ = c;
    put(0xdb8 + n / 0x10000, 16);
    *end++ = ':';
    put(n % 0x10000, 16);
    for (const char c : std::string_view("::1")) *end++ = c;
  } else {
    put(11 + n / 62'500 % 200, 10);
    *end++ = '.';
    put(n / 250 % 250, 10);
    *end++ = '.';
    put(n % 250, 10);
    *end++ = '.';
    put(1 + n % 200, 10);
  }
  out->assign(text.data(), static_cast<size_t>(end - text.data()));
}

void AssignAccount(size_t crowd, int64_t account, std::string* out) {
  constexpr std::string_view kName = "customer-00000000";
  constexpr std::string_view kPlace = "@shop.example";
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), account);
  const auto length = static_cast<size_t>(end - digits.data());
  out->assign(kName);
  out->replace(kName.size() - std::min(length, size_t{7}), std::string::npos, digits.data(), length);
  (*out)[kName.size() - 8] = static_cast<char>('0' + crowd % 10);  // Crowds have no account in common.
  out->append(kPlace);
}

const std::array<WorkloadShape, 3>& Shapes() {
  // So many accounts that none comes to its limit of five within a measurement.
  static const auto* shapes = new std::array<WorkloadShape, 3>{
      WorkloadShape{"assess", "strangers, nearly all admitted", false, {{"strangers", 1, 400'000, 100'000}}},
      WorkloadShape{
          "login", "Assess, then Report: nine of ten log in", true, {{"customers", 1, 400'000, 100'000}}},
      WorkloadShape{"attack",
                    "100 accounts tried from 20 addresses, nearly all refused",
                    false,
                    {{"attackers", 1, 100, 20}}},
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

size_t Workload::CrowdOf(int64_t n) const {
  if (shape_.crowds.size() == 1) return 0;
  double chance = Chance(n, kOfCrowd);
  size_t crowd = 0;
  for (; crowd + 1 < shape_.crowds.size() && chance >= shape_.crowds[crowd].share; ++crowd) {
    chance -= shape_.crowds[crowd].share;
  }
  return crowd;
}

void Workload::FillOf(size_t crowd, int64_t account, int64_t source, v1::AssessRequest* request) const {
  request->set_tenant("default");
  AssignAccount(crowd, account, request->mutable_account());
  AssignSource(source, request->mutable_source());
  request->set_path("web");
  if (request->challenge_kinds_size() == 0) request->add_challenge_kinds(v1::CHALLENGE_KIND_CAPTCHA);
  request->clear_device_token();
}

void Workload::Fill(int64_t n, v1::AssessRequest* request) const {
  const size_t index = CrowdOf(n);
  const Crowd& crowd = shape_.crowds[index];
  const int64_t account = Permuted(n, crowd.accounts);
  FillOf(index, account, static_cast<int64_t>(Chance(n, kOfSource) * crowd.sources), request);
  const uint64_t tag = Mix(static_cast<uint64_t>(n) * 4 + kOfTag);
  std::string* text = request->mutable_password_tags()->mutable_account_tag();
  text->assign({static_cast<char>(tag), static_cast<char>(tag >> 8U & 0x0FU)});
  if (!crowd.devices || tokens_ == nullptr) return;
  auto place = static_cast<size_t>(account);
  for (size_t before = 0; before < index; ++before) {
    if (shape_.crowds[before].devices) place += static_cast<size_t>(shape_.crowds[before].accounts);
  }
  if (place < tokens_->size()) request->set_device_token((*tokens_)[place]);
}

v1::AssessRequest Workload::Request(int64_t n) const {
  v1::AssessRequest request;
  Fill(n, &request);
  return request;
}

v1::Outcome Workload::OutcomeOf(int64_t n) const {
  return Chance(n, kOfOutcome) < shape_.crowds[CrowdOf(n)].wrong ? v1::OUTCOME_WRONG
                                                                 : v1::OUTCOME_LOGIN_COMPLETE;
}

int64_t Workload::logins_before() const {
  int64_t logins = 0;
  for (const Crowd& crowd : shape_.crowds) logins += crowd.devices ? crowd.accounts : 0;
  return logins;
}

void Workload::FillLogin(int64_t n, v1::AssessRequest* request) const {
  size_t index = 0;
  for (; index + 1 < shape_.crowds.size(); ++index) {
    const Crowd& crowd = shape_.crowds[index];
    if (!crowd.devices) continue;
    if (n < crowd.accounts) break;
    n -= crowd.accounts;
  }
  FillOf(index, n, n % shape_.crowds[index].sources, request);
}

}  // namespace latchkey::load
