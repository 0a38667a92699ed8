// The outbox of a node, in one SQLite file.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/sqlite/database.h"
#include "engine/delivery/outbox_storage.h"

namespace latchkey {

// Thread-compatible.
class OutboxFile final : public OutboxStorage {
 public:
  static absl::StatusOr<std::unique_ptr<OutboxFile>> Open(const std::string& path);

  absl::StatusOr<OutboxContents> Load() override;
  absl::Status Save(const OutboxChanges& changes) override;

 private:
  OutboxFile() = default;
  absl::Status Prepare();
  absl::Status Put(const OutboxEntry& entry);

  std::unique_ptr<SqlDatabase> database_;  // outlives the statements
  struct Statements;
  std::shared_ptr<Statements> statements_;
};

}  // namespace latchkey
