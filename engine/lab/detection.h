// What detectors say of a simulated day, against what its scenario says happened.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/lab/lab_engine.h"
#include "engine/lab/scenario.h"

namespace latchkey::lab {

// Findings of one kind and subject, until they have been quiet for two hours; low and slow ones for two days.
struct DetectedIncident {
  Finding finding;    // the latest
  Duration after{0};  // from the attack's first request until it was told
  bool right = false;
};

struct Detection {
  std::string scenario;
  bool attack = false;
  std::vector<AttackKind> wanted;
  std::vector<DetectedIncident> incidents;
  double logins = 0;  // of people, begun
  double days = 0;
  // Of sabotage by a rival with an account of his own.
  int64_t guilty = 0;
  int64_t named_right = 0;
  int64_t named_wrong = 0;

  [[nodiscard]] std::optional<Duration> DelayOf(AttackKind kind) const;  // absent: not recognised
};

// Lives the day once, with its attack, under the eyes of the detectors. Thread-safe: runs share nothing.
[[nodiscard]] Detection WatchScenario(const Scenario& scenario, const std::shared_ptr<const Policy>& policy,
                                      const LabPorts& ports, uint64_t seed, Fleet fleet = {});

struct DetectionScore {
  AttackKind kind = AttackKind::kLockoutSabotage;
  int64_t scenarios = 0;   // with such an attack …
  int64_t recognised = 0;  // … in which it was told
  int64_t right = 0;       // incidents of this kind that are true …
  int64_t wrong = 0;       // … and that are not, ordinary days included
  std::optional<double> precision;
  std::optional<double> recall;
  std::optional<double> delay_s;  // median
};

struct DetectionReport {
  std::vector<DetectionScore> scores;  // of every kind
  int64_t rivals = 0;
  int64_t named_right = 0;
  int64_t named_wrong = 0;
  std::optional<double> suspect_precision;
  std::optional<double> suspect_recall;
  // Of days without an attack, at 1,000,000 logins a day.
  int64_t false_incidents = 0;
  double benign_logins = 0;
  double benign_days = 0;
  std::optional<double> false_incidents_per_day;
  std::optional<double> false_incidents_per_day_max;  // one can be 95 % sure of this
};
[[nodiscard]] DetectionReport ReportOf(const std::vector<Detection>& detections);

}  // namespace latchkey::lab
