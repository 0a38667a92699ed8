#include "tests/baselines/attack.h"

#include <algorithm>
#include <filesystem>

#include "adapters/policy_file/yaml_policy_reader.h"

namespace latchkey {
namespace {

constexpr char kHome[] = "198.51.100.7";
constexpr char kElsewhere[] = "192.0.2.44";
// How often the victim tries his doors while the attacker waits.
constexpr int kSamples = 4;
constexpr Duration kSpacing = 1ms;  // between two tries of the attacker
constexpr Duration kSampleMin = 10s;
constexpr Duration kSampleMax = 10min;

std::filesystem::path Folder() { return std::filesystem::path(LATCHKEY_ROOT) / "policies" / "baselines"; }

double Share(Duration part, Duration whole) {
  return whole == Duration::zero() ? 0
                                   : static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

}  // namespace

std::string BaselineText(const std::string& name) {
  return Require(ReadPolicyText((Folder() / (name + ".yaml")).string()));
}

std::vector<std::string> BaselineNames() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(Folder())) {
    if (file.path().extension() == ".yaml") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

AttemptFields AttemptFrom(const std::string& address) {
  AttemptFields fields;
  fields.account = "victim";
  fields.source = address;
  fields.challenge_kinds = {ChallengeKind::kCaptcha};
  return fields;
}

Siege::Siege(const std::string& baseline)
    : rig_({.store = StoreKind::kMemory,
            .policy = BaselineText(baseline),
            .seed = 1,
            .settings = {},
            .wrap = {}}) {
  const Decision login = rig_.Assess(AttemptFrom(kHome));
  device_token_ = rig_.ReportOutcome(login, Outcome::kLoginComplete).device_token;
  rig_.clock().Advance(1min);
}

Action Siege::OnDevice() {
  AttemptFields fields = AttemptFrom(kHome);
  fields.device_token = device_token_;
  return rig_.Explain(fields).decision.verdict.action;
}

Action Siege::FromHome() { return rig_.Explain(AttemptFrom(kHome)).decision.verdict.action; }
Action Siege::FromAnywhere() { return rig_.Explain(AttemptFrom(kElsewhere)).decision.verdict.action; }

void Siege::Wait(Duration time) {
  const int64_t samples = std::max(std::clamp<int64_t>(time / kSampleMin, 1, kSamples), time / kSampleMax);
  for (int64_t i = 0; i < samples; ++i) {
    const Duration step = time / (samples - i);
    auto add = [step](Action action, Duration& refused) {
      if (action != Action::kAllow) refused += step;
    };
    add(OnDevice(), on_device_);
    add(FromHome(), from_home_);
    add(FromAnywhere(), from_anywhere_);
    measured_ += step;
    rig_.clock().Advance(step);
    time -= step;
  }
}

int64_t Siege::Greedy(Duration span, const std::string& address) {
  const TimePoint end = rig_.now() + span;
  int64_t admitted = 0;
  while (rig_.now() < end) {
    const Decision decision = rig_.Try(AttemptFrom(address), Outcome::kWrong);
    TimePoint next = end;
    if (decision.verdict.action == Action::kAllow) {
      ++admitted;
      next = rig_.now() + kSpacing;
    } else if (decision.verdict.until) {
      next = std::max(*decision.verdict.until, rig_.now() + Duration(1));
    }
    Wait(std::min(next, end) - rig_.now());
  }
  return admitted;
}

int64_t Siege::Paced(int64_t tries, Duration period, Duration span, const std::string& address) {
  const TimePoint end = rig_.now() + span;
  int64_t admitted = 0;
  for (TimePoint next = rig_.now() + period; rig_.now() < end; next += period) {
    for (int64_t i = 0; i < tries; ++i) {
      if (rig_.Try(AttemptFrom(address), Outcome::kWrong).verdict.action == Action::kAllow) ++admitted;
      rig_.clock().Advance(kSpacing);
    }
    Wait(std::min(next, end) - rig_.now());
  }
  return admitted;
}

Siege::Refused Siege::refused() const {
  return {.on_device = Share(on_device_, measured_),
          .from_home = Share(from_home_, measured_),
          .from_anywhere = Share(from_anywhere_, measured_)};
}

void Siege::Measure() { measured_ = on_device_ = from_home_ = from_anywhere_ = Duration::zero(); }

}  // namespace latchkey
