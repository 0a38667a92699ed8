#include "load-tests/profile_run.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"
#include "load-tests/measurement_json.h"

namespace latchkey::load {
namespace {

using Json = nlohmann::ordered_json;

struct Run {
  SubjectKind subject;
  Loop loop;
  std::vector<Measurement> rounds;
};

absl::StatusOr<Json> Play(const Profile& profile, const ProfileSettings& settings) {
  const Workload workload(profile.shape);
  Load load = settings.load;
  load.rate = profile.rate;
  load.pace = profile.pace;
  std::vector<Run> runs;
  for (const SubjectKind subject : settings.subjects) {
    if (settings.open) runs.push_back({subject, Loop::kOpen, {}});
    if (settings.closed) runs.push_back({subject, Loop::kClosed, {}});
  }
  for (int round = 1; round <= settings.rounds; ++round) {
    for (Run& run : runs) {
      std::fprintf(stderr, "%s, round %d of %d: %s, %s loop\n", profile.shape.name.c_str(), round,
                   settings.rounds, std::string(SubjectName(run.subject)).c_str(),
                   run.loop == Loop::kOpen ? "open" : "closed");
      auto measured = Measure(run.subject, run.loop, settings.programs, workload, load);
      if (!measured.ok()) return measured.status();
      run.rounds.push_back(*std::move(measured));
    }
  }
  Json json = {{"name", profile.shape.name},
               {"what", profile.shape.what},
               {"rate", profile.rate},
               {"pace", profile.pace}};
  for (const Crowd& crowd : profile.shape.crowds) json["crowds"].push_back(crowd.name);
  json["runs"] = Json::array();
  for (const Run& run : runs) {
    const char* loop = run.loop == Loop::kOpen ? "open" : "closed";
    Json result = RoundsJson(absl::StrCat(ToAbsl(SubjectName(run.subject)), ", ", loop), run.rounds);
    result["store"] = std::string(SubjectName(run.subject));
    result["loop"] = loop;
    json["runs"].push_back(std::move(result));
  }
  return json;
}

}  // namespace

absl::StatusOr<std::string> PlayProfiles(const std::vector<Profile>& profiles,
                                         const ProfileSettings& settings) {
  Json json = {{"rounds", settings.rounds},
               {"measured_seconds", static_cast<double>(settings.load.measured.count()) / 1e9},
               {"profiles", Json::array()}};
  for (const Profile& profile : profiles) {
    auto played = Play(profile, settings);
    if (!played.ok()) return played.status();
    json["profiles"].push_back(*std::move(played));
  }
  return json.dump(2) + "\n";
}

}  // namespace latchkey::load
