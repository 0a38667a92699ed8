#include "load-tests/redis_commands.h"

#include <functional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "load-tests/connections.h"
#include "load-tests/redis_probe.h"
#include "load-tests/workload.h"

namespace latchkey::load {
namespace {

constexpr int kCalls = 200;

// Makes calls one after the other, and counts what they ask of Redis.
class Caller {
 public:
  Caller(const Subject& subject, const Connections& connections)
      : subject_(subject), connections_(connections), exchanges_(kCalls) {}

  // One attempt each.
  void AssessAll(const std::function<void(int, v1::AssessRequest*)>& fill) {
    v1::AssessRequest request;
    for (int i = 0; i < kCalls && status_.ok(); ++i) {
      fill(i, &request);
      Exchange& exchange = exchanges_[static_cast<size_t>(i)];
      exchange.Assess(connections_.Pick(0), request, std::chrono::steady_clock::now(), kPatience, queue_);
      Await(exchange);
    }
  }
  // Of what was admitted.
  void ReportAll(v1::Outcome outcome) {
    for (Exchange& exchange : exchanges_) {
      if (!status_.ok() || exchange.action() != v1::ACTION_ALLOW) continue;
      exchange.Report(connections_.Pick(0), outcome, std::chrono::steady_clock::now(), kPatience, queue_);
      Await(exchange);
    }
  }
  double Count(const std::function<void()>& work) {
    const auto counts = CountRedisCommands(subject_.redis_port(), work);
    if (status_.ok()) status_ = counts.status();
    if (!status_.ok()) return 0;
    int64_t sum = 0;
    for (const auto& [name, count] : *counts) {
      sum += count;
      names_.insert(name);
    }
    return static_cast<double>(sum) / kCalls;
  }
  [[nodiscard]] int Admitted() const {
    int admitted = 0;
    for (const Exchange& exchange : exchanges_) admitted += exchange.action() == v1::ACTION_ALLOW ? 1 : 0;
    return admitted;
  }
  [[nodiscard]] const std::string& TokenOf(int i) const {
    return exchanges_[static_cast<size_t>(i)].device_token();
  }
  [[nodiscard]] const absl::Status& status() const { return status_; }
  [[nodiscard]] const std::set<std::string>& names() const { return names_; }

 private:
  static constexpr Nanos kPatience = std::chrono::seconds(5);

  void Await(const Exchange& exchange) {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    if (!exchange.status().ok())
      status_ =
          absl::UnavailableError(absl::StrCat("a call has failed: ", exchange.status().error_message()));
  }

  const Subject& subject_;
  const Connections& connections_;
  grpc::CompletionQueue queue_;
  std::vector<Exchange> exchanges_;
  absl::Status status_;
  std::set<std::string> names_;
};

}  // namespace

absl::StatusOr<RedisCommands> MeasureRedisCommands(const Programs& programs) {
  const auto subject = Subject::Start(SubjectKind::kRedis, programs);
  if (!subject.ok()) return subject.status();
  const auto connections = Connections::Open((*subject)->address(), 1);
  if (!connections.ok()) return connections.status();
  auto shape = FindWorkload("assess");
  if (!shape.ok()) return shape.status();
  shape->crowds[0].accounts = 4 * kCalls;
  const Workload workload(*shape);
  const auto strangers = [&](int first) {
    return [&workload, first](int i, v1::AssessRequest* request) { workload.Fill(first + i, request); };
  };

  Caller caller(**subject, **connections);
  // Once before, so that scripts are loaded and connections are up.
  caller.AssessAll(strangers(0));
  caller.ReportAll(v1::OUTCOME_LOGIN_COMPLETE);

  RedisCommands commands;
  commands.assess_stranger = caller.Count([&] { caller.AssessAll(strangers(kCalls)); });
  commands.report_success = caller.Count([&] { caller.ReportAll(v1::OUTCOME_LOGIN_COMPLETE); });
  std::vector<std::string> tokens;
  for (int i = 0; i < kCalls; ++i) tokens.push_back(caller.TokenOf(i));
  const auto owners = [&](int i, v1::AssessRequest* request) {
    workload.Fill(kCalls + i, request);
    request->set_device_token(tokens[static_cast<size_t>(i)]);
  };
  commands.assess_device = caller.Count([&] { caller.AssessAll(owners); });
  caller.AssessAll(strangers(2 * kCalls));
  // Wrong without a tag: a tag may make it the same wrong password again, which is given back.
  caller.AssessAll([&](int i, v1::AssessRequest* request) {
    workload.Fill(3 * kCalls + i, request);
    request->clear_password_tags();
  });
  commands.report_failure = caller.Count([&] { caller.ReportAll(v1::OUTCOME_WRONG); });
  const auto victim = [&](int /*i*/, v1::AssessRequest* request) {
    workload.Fill(0, request);
    request->set_account("victim@shop.example");
    request->clear_password_tags();
  };
  caller.AssessAll(victim);
  commands.refused_repeat = caller.Count([&] { caller.AssessAll(victim); });
  if (!caller.status().ok()) return caller.status();
  if (caller.Admitted() > kCalls / 10)
    return absl::InternalError("attempts were admitted that had to be refused");
  commands.names.assign(caller.names().begin(), caller.names().end());
  return commands;
}

}  // namespace latchkey::load
