#include "cli/record_json.h"

#include <string>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace latchkey::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string At(TimePoint at) {
  const absl::Time time = absl::FromUnixMillis(at.time_since_epoch().count());
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

std::string Id(uint64_t id) { return absl::StrFormat("%012x", id); }

std::string Word(Lane lane) { return std::string(LaneName(lane)); }

Json SeriesJson(const Series& series) {
  Json charges = Json::array();
  for (const Entry& entry : series.entries) {
    Json charge = {{"at", At(entry.at)}, {"count", entry.count}};
    if (series.id.distinct()) charge["member"] = Id(entry.member);
    charges.push_back(std::move(charge));
  }
  return {{"counter", absl::StrFormat("%04x", series.id.signature)},
          {"place", series.id.sub},
          {"distinct", series.id.distinct()},
          {"until_cleared", series.id.ever()},
          {"charges", std::move(charges)}};
}

}  // namespace

Json RecordJson(const Record& record, NamesInRecord names) {
  Json json = {{"epoch", record.epoch},      {"slots", Json::array()},           {"series", Json::array()},
               {"in_flight", Json::array()}, {"wrong_passwords", Json::array()}, {"spent", Json::array()}};
  for (const Slot& slot : record.slots) {
    Json proof = {{"lane", Word(slot.lane)}, {"place", slot.index},   {"id", Id(slot.id)},
                  {"since", At(slot.since)}, {"seen", At(slot.seen)}, {"named", !slot.name.empty()}};
    if (names == NamesInRecord::kShown) proof["name"] = slot.name;
    json["slots"].push_back(std::move(proof));
  }
  for (const Series& series : record.series) json["series"].push_back(SeriesJson(series));
  for (const Reservation& open : record.reservations) {
    json["in_flight"].push_back({{"id", Id(open.id)},
                                 {"at", At(open.at)},
                                 {"lane", Word(open.lane)},
                                 {"place", open.sub},
                                 {"tagged", open.tag.has_value()}});
  }
  for (const WrongTag& tag : record.wrong_tags)
    json["wrong_passwords"].push_back({{"lane", Word(tag.lane)}, {"place", tag.sub}, {"at", At(tag.at)}});
  for (const SpentId& spent : record.spent)
    json["spent"].push_back({{"id", Id(spent.id)}, {"until", At(spent.until)}});
  return json;
}

}  // namespace latchkey::cli
