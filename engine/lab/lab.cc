#include "engine/lab/lab.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/lab/passwords.h"
#include "engine/lab/prices.h"
#include "engine/lab/world.h"

namespace latchkey::lab {
namespace {

using Figure = Figures::Figure;

double Seconds(Duration time) { return static_cast<double>(time.count()) / 1000; }

Figure Share(int64_t part, int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

Figure Since(const std::optional<TimePoint>& first, const std::optional<TimePoint>& then) {
  if (!first || !then) return std::nullopt;
  return Seconds(*then - *first);
}

// The most of these, in ascending order, within any such span.
int64_t MostWithin(const std::vector<TimePoint>& times, Duration span) {
  size_t most = 0;
  for (size_t first = 0, next = 0; first < times.size(); ++first) {
    while (next < times.size() && times[next] < times[first] + span) ++next;
    most = std::max(most, next - first);
  }
  return static_cast<int64_t>(most);
}

// Right passwords and logins of people: were they let in?
void CountLogins(const World& world, bool attack, Figures& figures) {
  // What "a login with at most five wrong tries" met, on a known device [1] and on an unknown one [0].
  constexpr int kWrongMax = 5;
  struct Met {
    int64_t logins = 0;
    int64_t refused = 0;
    int64_t challenged = 0;
  } met[2];
  int64_t sessions = 0, failed = 0;
  int64_t right = 0, right_allowed = 0, news = 0, news_in = 0, news_tried = 0, undisturbed = 0;
  Duration longest{-1};
  for (const SessionNote& session : world.notes().sessions) {
    ++sessions;
    failed += session.in ? 0 : 1;
    if (session.wrong <= kWrongMax) {
      Met& each = met[session.known ? 1 : 0];
      ++each.logins;
      each.refused += session.refused ? 1 : 0;
      each.challenged += session.challenged ? 1 : 0;
    }
    if (attack && !world.accounts()[session.account].attacked) continue;
    if (session.known) {
      right += session.right;
      right_allowed += session.right_allowed;
      continue;
    }
    ++news;
    news_in += session.in ? 1 : 0;
    news_tried += session.right > 0 ? 1 : 0;
    undisturbed += session.first_right_allowed ? 1 : 0;
    if (session.in) longest = std::max(longest, session.took);
  }
  figures.owner_known_available = Share(right_allowed, right);
  figures.owner_new_available = Share(news_in, news);
  figures.owner_new_undisturbed = Share(undisturbed, news_tried);
  if (attack && longest >= Duration::zero()) figures.seconds_to_recover = Seconds(longest);
  const int64_t logins = met[0].logins + met[1].logins;
  figures.benign_logins = static_cast<double>(logins);
  figures.known_logins = static_cast<double>(met[1].logins);
  figures.benign_refused = Share(met[0].refused + met[1].refused, logins);
  figures.benign_challenged = Share(met[0].challenged + met[1].challenged, logins);
  figures.benign_known_refused = Share(met[1].refused, met[1].logins);
  figures.benign_known_challenged = Share(met[1].challenged, met[1].logins);
  figures.benign_unknown_refused = Share(met[0].refused, met[0].logins);
  figures.benign_unknown_challenged = Share(met[0].challenged, met[0].logins);
  figures.benign_failed = Share(failed, sessions);
}

void CountGuesses(const World& world, Figures& figures) {
  int64_t guesses = 0, day = 0, month = 0, taken = 0, attacked = 0;
  double mass = 0;
  for (const Account& account : world.accounts()) {
    if (!account.attacked) continue;
    ++attacked;
    taken += account.taken ? 1 : 0;
    guesses += static_cast<int64_t>(account.guessed_at.size());
    day = std::max(day, MostWithin(account.guessed_at, std::chrono::hours(24)));
    month = std::max(month, MostWithin(account.guessed_at, std::chrono::hours(24 * 30)));
    // In a fixed order, so that sums are the same to the last bit.
    const std::set<Password> tried(account.tried.begin(), account.tried.end());
    for (Password password : tried) mass += MassOf(password);
  }
  figures.guesses_verified = static_cast<double>(guesses);
  figures.guesses_per_account_24h = static_cast<double>(day);
  figures.guesses_per_account_30d = static_cast<double>(month);
  figures.accounts_taken = static_cast<double>(taken);
  if (attacked > 0) figures.probability_mass = mass / static_cast<double>(attacked);
}

// What victims would have been answered, looked at again and again from the first request on.
void CountDenials(const World& world, Figures& figures) {
  const Notes& notes = world.notes();
  if (!notes.attack.first_request) return;
  int64_t looks = 0, new_denied = 0, new_challenged = 0, known_looks = 0, known_denied = 0, best_denied = 0;
  std::map<uint32_t, TimePoint> last_disturbed;
  for (const ProbeNote& probe : notes.probes) {
    const bool denied = probe.on_new == Action::kThrottle || probe.on_new == Action::kLockout;
    ++looks;
    new_denied += denied ? 1 : 0;
    new_challenged += probe.on_new == Action::kChallenge ? 1 : 0;
    if (probe.on_new != Action::kAllow) last_disturbed[probe.account] = probe.at;
    if (probe.known) {
      ++known_looks;
      known_denied += *probe.known != Action::kAllow ? 1 : 0;
    }
    best_denied += (probe.known ? *probe.known != Action::kAllow : denied) ? 1 : 0;
  }
  figures.known_denied_share = Share(known_denied, known_looks);
  figures.new_denied_share = Share(new_denied, looks);
  figures.new_challenged_share = Share(new_challenged, looks);
  if (looks > 0) {
    TimePoint quiet = *notes.attack.last_request;
    for (const auto& [account, at] : last_disturbed) quiet = std::max(quiet, at);
    const TimePoint last_look = notes.probes.back().at;
    if (quiet < last_look) figures.seconds_to_quiet = Seconds(quiet - *notes.attack.last_request);
  }

  const double cost = static_cast<double>(notes.attack.requests) * kUsdPerRequest +
                      static_cast<double>(notes.attack.captchas) * kUsdPerCaptcha;
  figures.attacker_cost_usd = cost;
  int64_t victims = 0;
  for (const Account& account : world.accounts()) victims += account.owned && account.attacked ? 1 : 0;
  const double hours =
      Seconds(world.end() - *notes.attack.first_request) / 3600 * static_cast<double>(victims);
  auto per_hour = [&](int64_t denied) -> Figure {
    if (denied == 0 || hours <= 0) return std::nullopt;
    return cost / (hours * static_cast<double>(denied) / static_cast<double>(looks));
  };
  figures.attacker_cost_usd_per_victim_hour = per_hour(best_denied);
  figures.attacker_cost_usd_per_new_device_hour = per_hour(new_denied);
}

}  // namespace

Figures RunScenario(const Scenario& scenario, const std::shared_ptr<const Policy>& policy,
                    const LabPorts& ports, uint64_t seed) {
  const bool attack = !scenario.attack.empty();
  World world(ports, policy, scenario, seed);
  world.Live(attack);
  const Notes& notes = world.notes();
  Figures figures;
  CountLogins(world, attack, figures);
  figures.attempts = static_cast<double>(notes.attempts);
  figures.refusal_seconds_max = Seconds(notes.refusal_max);
  figures.mails = static_cast<double>(notes.mails);
  figures.degraded_answers = static_cast<double>(notes.degraded);
  figures.memory_bytes = static_cast<double>(notes.memory_max);
  figures.owner_known_changed_answers = 0;
  if (!attack) {
    figures.owner_known_compared = static_cast<double>(notes.answers.size());
    figures.guesses_verified = 0;
    return figures;
  }
  CountGuesses(world, figures);
  CountDenials(world, figures);
  figures.attacker_requests = static_cast<double>(notes.attack.requests);
  figures.seconds_to_detect = Since(notes.attack.first_request, notes.attack.first_refused);
  figures.seconds_to_standing = Since(notes.attack.first_request, notes.attack.first_standing);
  figures.tokens_accepted = static_cast<double>(notes.attack.tokens_accepted);
  if (notes.attack.oracle_pairs > 0)
    figures.oracle_differences = static_cast<double>(notes.attack.oracle_differences);

  World calm(ports, policy, scenario, seed);
  calm.Live(/*with_attack=*/false);
  const Changed changed = Compare(calm.notes().answers, notes.answers);
  figures.owner_known_compared = static_cast<double>(changed.compared);
  figures.owner_known_changed_answers = static_cast<double>(changed.changed);
  figures.attempts = *figures.attempts + static_cast<double>(calm.notes().attempts);
  return figures;
}

}  // namespace latchkey::lab
