#include <optional>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/fields.h"
#include "adapters/policy_file/policy_spec_reader.h"
#include "adapters/policy_file/values.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

// The fields of one detector, each with where it goes.
class Part {
 public:
  Part(const Fields& detect, std::string_view name, const MapForm& form, Problems& problems)
      : name_(absl::StrCat("'", ToAbsl(name), "'")), form_(form), problems_(problems) {
    if (const YamlNode* node = detect.Find(name)) fields_.emplace(*node, name_, form, problems);
  }

  const Part& Whole(std::string_view key, int64_t& value) const {
    if (const YamlNode* node = Find(key)) {
      const ValueForm& form = form_.Find(key)->value;
      value = ReadWhole(*node, What(key), {.min = form.min, .max = form.max}, problems_).value_or(value);
    }
    return *this;
  }
  const Part& Share(std::string_view key, double& value) const {
    if (const YamlNode* node = Find(key))
      value = ReadNumber(*node, What(key), {.min = 0.01, .max = 1}, problems_).value_or(value);
    return *this;
  }
  const Part& Ratio(std::string_view key, double& value) const {
    if (const YamlNode* node = Find(key))
      value = ReadNumber(*node, What(key), {.min = 1, .max = 1000}, problems_).value_or(value);
    return *this;
  }
  const Part& Time(std::string_view key, Duration& value) const {
    if (const YamlNode* node = Find(key)) value = ReadDuration(*node, What(key), problems_).value_or(value);
    return *this;
  }

 private:
  [[nodiscard]] const YamlNode* Find(std::string_view key) const {
    return fields_ ? fields_->Find(key) : nullptr;
  }
  [[nodiscard]] std::string What(std::string_view key) const {
    return absl::StrCat("'", ToAbsl(key), "' of ", name_);
  }

  const std::string name_;
  const MapForm& form_;
  Problems& problems_;
  std::optional<Fields> fields_;
};

}  // namespace

DetectSpec ReadDetect(const YamlNode& node, Problems& problems) {
  const Fields fields(node, "'detect'", kDetectForm, problems);
  DetectSpec spec;
  const auto part = [&](std::string_view name, const MapForm& form) {
    return Part(fields, name, form, problems);
  };
  part("lockout_sabotage", kSabotageForm)
      .Whole("tries", spec.lockout_sabotage.tries)
      .Share("confidence", spec.lockout_sabotage.confidence)
      .Whole("one_in", spec.lockout_sabotage.one_in)
      .Share("again", spec.lockout_sabotage.again)
      .Share("stakes", spec.lockout_sabotage.stakes)
      .Time("deadline", spec.lockout_sabotage.deadline);
  part("suspects", kSuspectsForm)
      .Share("confidence", spec.suspects.confidence)
      .Share("prior", spec.suspects.prior)
      .Ratio("same_address", spec.suspects.same_address)
      .Ratio("same_network", spec.suspects.same_network)
      .Ratio("same_device", spec.suspects.same_device)
      .Ratio("recently", spec.suspects.recently)
      .Time("recent", spec.suspects.recent);
  part("credential_stuffing", kStuffingForm)
      .Whole("accounts", spec.credential_stuffing.accounts)
      .Share("failing", spec.credential_stuffing.failing);
  part("password_spray", kSprayForm)
      .Whole("accounts", spec.password_spray.accounts)
      .Share("share", spec.password_spray.share);
  part("targeted_guessing", kTargetedForm).Whole("passwords", spec.targeted_guessing.passwords);
  part("distributed_guessing", kDistributedForm).Whole("sources", spec.distributed_guessing.sources);
  part("low_and_slow", kLowAndSlowForm)
      .Whole("days", spec.low_and_slow.days)
      .Whole("passwords", spec.low_and_slow.passwords);
  part("token_theft", kTokenTheftForm).Whole("failures", spec.token_theft.failures);
  part("counter_laundering", kLaunderingForm)
      .Whole("failures", spec.counter_laundering.failures)
      .Whole("logins", spec.counter_laundering.logins);
  part("key_flood", kKeyFloodForm)
      .Whole("names", spec.key_flood.names)
      .Share("unknown", spec.key_flood.unknown);
  return spec;
}

}  // namespace latchkey
