#include "server/siem_source.h"

#include "adapters/siem/ecs_format.h"
#include "adapters/siem/ocsf_format.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kPage = 256;

}  // namespace

absl::StatusOr<std::unique_ptr<SiemSource>> SiemSource::Open(const ServerSettings& settings,
                                                             const NodeLedger& ledger) {
  const SiemSettings& wanted = settings.siem;
  if (wanted.format == "off") return nullptr;
  std::unique_ptr<SiemFormat> format;
  if (wanted.format == "ocsf") {
    format = std::make_unique<OcsfFormat>(settings.environment);
  } else {
    format = std::make_unique<EcsFormat>(settings.environment);
  }
  std::unique_ptr<SiemSource> source(new SiemSource(ledger));
  LATCHKEY_ASSIGN_OR_RETURN(
      source->log_, SiemLog::Open({.path = wanted.path, .show_names = wanted.show_names}, std::move(format)));
  return source;
}

void SiemSource::TellIncidents(TimePoint now) {
  if (place_.empty()) {
    place_ = incidents_.Latest(now).value_or("");
    return;
  }
  absl::StatusOr<NoticeFeed::Page> page = incidents_.ReadAfter(place_, kPage, now);
  if (!page.ok()) {
    // A log that was lost or written anew: go on from where it is now.
    if (absl::IsOutOfRange(page.status())) place_.clear();
    return;
  }
  for (const Notice& notice : page->notices) log_->OnIncident(notice);
  place_ = std::move(page->place);
}

}  // namespace latchkey
