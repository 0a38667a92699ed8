// The lines for a SIEM that the settings ask for.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/siem/siem_log.h"
#include "engine/delivery/incident_feed.h"
#include "server/settings.h"

namespace latchkey {

// Thread-compatible; its log is thread-safe.
class SiemSource {
 public:
  // Null when the settings say off. The ledger outlives it.
  static absl::StatusOr<std::unique_ptr<SiemSource>> Open(const ServerSettings& settings,
                                                          const NodeLedger& ledger);

  [[nodiscard]] SiemLog& log() { return *log_; }
  // Writes what has become of incidents since the last call. Each node does, of all: with the same uid.
  void TellIncidents(TimePoint now);

 private:
  explicit SiemSource(const NodeLedger& ledger) : incidents_(ledger) {}

  IncidentFeed incidents_;
  std::string place_;  // told up to here; empty: not begun
  std::unique_ptr<SiemLog> log_;
};

}  // namespace latchkey
