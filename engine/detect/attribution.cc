#include "engine/detect/attribution.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/detect/evidence.h"

namespace latchkey {
namespace {

// He fails from where the victim fails from: more likely attacked than attacking.
constexpr double kAttackedToo = 0.05;
// He had nothing at stake yet when it began.
constexpr double kBidLater = 0.5;
// He has not been there for a day.
constexpr double kLongAgo = 0.3;
constexpr Duration kLong = std::chrono::hours(24);

std::string PlaceText(const RivalLink& link) {
  if (link.same_address) return "address";
  return link.same_network ? "network" : "";
}

// How much likelier the place is for this rival than for anybody else who may be there.
double PlaceRatio(const RivalLink& link, const DetectSpec::Suspects& spec) {
  const double exclusive = link.same_address ? spec.same_address : link.same_network ? spec.same_network : 1;
  const double shared = exclusive / static_cast<double>(std::max<int64_t>(1, link.residents));
  return std::max(1.0, shared * link.share);
}

struct Candidate {
  const RivalLink* link = nullptr;
  Evidence evidence;
  double tie = 0;
  std::string text;
};

Candidate Weigh(const RivalLink& link, const Activity& activity, const DetectSpec::Suspects& spec) {
  const AccountTally& account = *activity.account;
  Candidate candidate{.link = &link, .evidence = {}, .tie = 0, .text = {}};
  Evidence& evidence = candidate.evidence;
  evidence.Add("a rival of the victim", spec.prior, LogOdds(spec.prior),
               absl::StrCat("of sabotage, ", spec.prior, " is the deed of one given rival"));
  const std::string place = PlaceText(link);
  const Duration ago = activity.now - link.last_login;
  if (!place.empty()) {
    const double weight = std::log(PlaceRatio(link, spec));
    candidate.tie += weight;
    evidence.Add(absl::StrCat("same ", place), static_cast<double>(link.residents), weight,
                 link.residents <= 1 ? absl::StrCat("nobody else logs in at this ", place)
                                     : absl::StrCat(link.residents, " accounts log in at this ", place));
    const bool recent = link.last_login + spec.recent >= account.first;
    const double time = recent ? spec.recently : ago > kLong ? kLongAgo : 1.0;
    candidate.tie += std::log(time);
    evidence.Add("time of the login there", static_cast<double>(ago.count()) / 1000, std::log(time),
                 absl::StrCat("logged in there ", AgeText(ago), " ago"));
    candidate.text = absl::StrCat("logged in from the same ", place, " ", AgeText(ago), " ago");
  }
  if (link.same_device) {
    candidate.tie += std::log(spec.same_device);
    evidence.Add("same device", account.foreign_tries, std::log(spec.same_device),
                 absl::StrCat(account.foreign_tries, " tries carried a device token of this account"));
    absl::StrAppend(&candidate.text, candidate.text.empty() ? "" : "; ", "tries carried its device token");
  }
  if (link.stake_created > account.first)
    evidence.Add("time of the stake", 0, std::log(kBidLater), "had nothing at stake when it began");
  if (link.attacked) {
    candidate.tie += std::log(kAttackedToo);
    evidence.Add("attacked as well", 1, std::log(kAttackedToo), "the same source fails on this account too");
  }
  absl::StrAppend(&candidate.text, "; both have something at stake in ", link.workflow);
  return candidate;
}

}  // namespace

Attribution Attribute(const Activity& activity, const DetectSpec::Suspects& spec) {
  std::vector<Candidate> candidates;
  double all = 1;  // odds of anybody else
  for (const RivalLink& link : activity.links) {
    candidates.push_back(Weigh(link, activity, spec));
    all += std::exp(candidates.back().evidence.log_odds());
  }
  Attribution attribution;
  for (const Candidate& candidate : candidates) {
    if (candidate.tie > attribution.link) {
      attribution.link = candidate.tie;
      attribution.link_text = candidate.text;
    }
    const double confidence = std::exp(candidate.evidence.log_odds()) / all;
    if (confidence < spec.confidence) continue;
    attribution.named.push_back({.account = candidate.link->account,
                                 .confidence = confidence,
                                 .text = candidate.text,
                                 .evidence = candidate.evidence.terms()});
  }
  std::sort(attribution.named.begin(), attribution.named.end(),
            [](const Suspect& a, const Suspect& b) { return a.confidence > b.confidence; });
  return attribution;
}

}  // namespace latchkey
