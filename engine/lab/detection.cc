#include "engine/lab/detection.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "engine/detect/tally.h"
#include "engine/lab/world.h"

namespace latchkey::lab {
namespace {

constexpr double kLoginsADay = 1e6;

std::optional<double> Share(int64_t part, int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

bool OfTenant(AttackKind kind) {
  return kind == AttackKind::kCredentialStuffing || kind == AttackKind::kPasswordSpray ||
         kind == AttackKind::kKeyFlood;
}

// Whether it is about what is attacked here, or who attacks.
bool AboutTheAttack(const Finding& finding, const World& world,
                    const absl::flat_hash_set<Key>& attacked_accounts) {
  if (OfTenant(finding.kind)) return true;
  if (finding.kind == AttackKind::kCounterLaundering)
    return world.notes().attack.sources.contains(finding.subject);
  return attacked_accounts.contains(finding.subject);
}

Duration QuietOf(AttackKind kind) {
  return kind == AttackKind::kLowAndSlow ? Duration(std::chrono::hours(48)) : AccountTally::kQuiet;
}

// An upper bound that holds 95 times in 100 for a count of rare events: exact for none, else by Wilson and
// Hilferty's approximation to the Poisson distribution.
double PoissonMax(int64_t count) {
  if (count == 0) return 3;
  const auto next = static_cast<double>(count + 1);
  constexpr double kQuantile = 1.645;
  return next * std::pow(1 - 1 / (9 * next) + kQuantile / (3 * std::sqrt(next)), 3);
}

}  // namespace

std::optional<Duration> Detection::DelayOf(AttackKind kind) const {
  std::optional<Duration> first;
  for (const DetectedIncident& incident : incidents) {
    if (incident.right && incident.finding.kind == kind)
      first = first ? std::min(*first, incident.after) : incident.after;
  }
  return first;
}

Detection WatchScenario(const Scenario& scenario, const std::shared_ptr<const Policy>& policy,
                        const LabPorts& ports, uint64_t seed, Fleet fleet) {
  const bool attack = !scenario.attack.empty();
  World world(ports, policy, scenario, seed, fleet);
  world.Live(attack);
  const Notes& notes = world.notes();
  Detection detection{.scenario = scenario.name,
                      .attack = attack,
                      .wanted = scenario.attack_kinds,
                      .incidents = {},
                      .logins = static_cast<double>(notes.sessions.size()),
                      .days = static_cast<double>(scenario.duration.count()) / 86'400'000,
                      .guilty = static_cast<int64_t>(notes.attack.guilty.size())};
  absl::flat_hash_set<Key> attacked;
  for (uint32_t i = 0; i < world.accounts().size(); ++i) {
    if (world.accounts()[i].attacked) attacked.insert(world.KeyOf(i));
  }
  const auto true_kind = [&](AttackKind kind) {
    for (const auto* kinds : {&scenario.attack_kinds, &scenario.also}) {
      if (std::find(kinds->begin(), kinds->end(), kind) != kinds->end()) return true;
    }
    return false;
  };
  struct Open {
    size_t incident = 0;
    TimePoint last;
  };
  std::map<std::tuple<AttackKind, uint64_t, uint64_t>, Open> open;
  for (const FindingNote& note : notes.findings) {
    const Finding& finding = note.finding;
    const auto what = std::make_tuple(finding.kind, finding.subject.high, finding.subject.low);
    const auto found = open.find(what);
    if (found != open.end() && note.at - found->second.last <= QuietOf(finding.kind)) {
      found->second.last = note.at;
      detection.incidents[found->second.incident].finding = finding;
      continue;
    }
    open[what] = {detection.incidents.size(), note.at};
    DetectedIncident incident{.finding = finding};
    if (notes.attack.first_request) incident.after = note.at - *notes.attack.first_request;
    incident.right = attack && notes.attack.first_request && incident.after >= Duration::zero() &&
                     true_kind(finding.kind) && AboutTheAttack(finding, world, attacked);
    detection.incidents.push_back(std::move(incident));
  }
  absl::flat_hash_set<Key> named;
  for (const FindingNote& note : notes.findings) {
    for (const Suspect& suspect : note.finding.suspects) named.insert(suspect.account.key);
  }
  for (const Key& account : named)
    ++(notes.attack.guilty.contains(account) ? detection.named_right : detection.named_wrong);
  return detection;
}

DetectionReport ReportOf(const std::vector<Detection>& detections) {
  DetectionReport report;
  for (int number = 1; number <= kAttackKinds; ++number) {
    DetectionScore score{.kind = static_cast<AttackKind>(number)};
    std::vector<double> delays;
    for (const Detection& each : detections) {
      for (const DetectedIncident& incident : each.incidents) {
        if (incident.finding.kind == score.kind) ++(incident.right ? score.right : score.wrong);
      }
      if (std::find(each.wanted.begin(), each.wanted.end(), score.kind) == each.wanted.end()) continue;
      ++score.scenarios;
      if (const std::optional<Duration> delay = each.DelayOf(score.kind)) {
        ++score.recognised;
        delays.push_back(static_cast<double>(delay->count()) / 1000);
      }
    }
    score.precision = Share(score.right, score.right + score.wrong);
    score.recall = Share(score.recognised, score.scenarios);
    std::sort(delays.begin(), delays.end());
    if (!delays.empty()) score.delay_s = delays[delays.size() / 2];
    report.scores.push_back(score);
  }
  for (const Detection& each : detections) {
    report.rivals += each.guilty;
    report.named_right += each.named_right;
    report.named_wrong += each.named_wrong;
    if (each.attack) continue;
    report.false_incidents += static_cast<int64_t>(each.incidents.size());
    report.benign_logins += each.logins;
    report.benign_days += each.days;
  }
  report.suspect_precision = Share(report.named_right, report.named_right + report.named_wrong);
  report.suspect_recall = Share(report.named_right, report.rivals);
  if (report.benign_logins > 0) {
    const double days = report.benign_logins / kLoginsADay;
    report.false_incidents_per_day = static_cast<double>(report.false_incidents) / days;
    report.false_incidents_per_day_max = PoissonMax(report.false_incidents) / days;
  }
  return report;
}

}  // namespace latchkey::lab
