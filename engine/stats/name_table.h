// Small numbers for names, of which there are at most so many: what comes after is "other".
//
// Names that callers choose (tenants, paths) must not make memory or labels grow: the first `capacity`
// different ones are told apart, for as long as the process runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/base/mutex.h"

namespace latchkey {

// Thread-safe.
class NameTable {
 public:
  using Id = uint16_t;
  static constexpr Id kOther = 0;

  // Requires: 0 < capacity < 65535.
  explicit NameTable(size_t capacity) : capacity_(capacity) {}

  // The number of `name`, from 1; kOther once the table is full.
  [[nodiscard]] Id Intern(std::string_view name);
  [[nodiscard]] std::string NameOf(Id id) const;
  // How many numbers are in use, kOther's too.
  [[nodiscard]] size_t size() const { return size_.load(std::memory_order_acquire); }
  // How many numbers there can be.
  [[nodiscard]] size_t size_max() const { return capacity_ + 1; }

 private:
  const size_t capacity_;
  std::atomic<size_t> size_{1};
  mutable Mutex mutex_;
  std::vector<std::string> names_ ABSL_GUARDED_BY(mutex_) = {"other"};
  absl::flat_hash_map<std::string, Id> ids_ ABSL_GUARDED_BY(mutex_);
};

// What one thread at a time knows of a table: asks it only about names that it has not met.
// Thread-compatible.
class NameCache {
 public:
  explicit NameCache(NameTable& table) : table_(table) {}

  // As NameTable::Intern, without a lock for every name met before, and for all once the table is full.
  [[nodiscard]] NameTable::Id IdOf(std::string_view name) {
    // Most callers speak of one tenant, of one path.
    return name == latest_ ? latest_id_ : LookUp(name);
  }

 private:
  NameTable::Id LookUp(std::string_view name);
  NameTable::Id Meet(std::string_view name);
  void MeetAll();

  NameTable& table_;
  bool met_all_ = false;  // the table is full, and all of its names are here
  std::string latest_;
  NameTable::Id latest_id_ = NameTable::kOther;
  absl::flat_hash_map<std::string, NameTable::Id> met_;
};

}  // namespace latchkey
