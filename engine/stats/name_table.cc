#include "engine/stats/name_table.h"

#include "engine/base/text.h"

namespace latchkey {

NameTable::Id NameTable::Intern(std::string_view name) {
  const MutexLock lock(mutex_);
  if (const auto found = ids_.find(ToAbsl(name)); found != ids_.end()) return found->second;
  if (names_.size() > capacity_) return kOther;
  const auto id = static_cast<Id>(names_.size());
  names_.emplace_back(name);
  ids_.emplace(names_.back(), id);
  size_.store(names_.size(), std::memory_order_release);
  return id;
}

std::string NameTable::NameOf(Id id) const {
  const MutexLock lock(mutex_);
  return id < names_.size() ? names_[id] : names_[kOther];
}

NameTable::Id NameCache::LookUp(std::string_view name) {
  latest_id_ = Meet(name);
  latest_ = name;
  return latest_id_;
}

NameTable::Id NameCache::Meet(std::string_view name) {
  if (const auto found = met_.find(ToAbsl(name)); found != met_.end()) return found->second;
  if (met_all_) return NameTable::kOther;
  const NameTable::Id id = table_.Intern(name);
  if (id == NameTable::kOther) {
    MeetAll();
  } else {
    met_.emplace(std::string(name), id);
  }
  return id;
}

void NameCache::MeetAll() {
  for (size_t id = 1; id < table_.size(); ++id) {
    met_.emplace(table_.NameOf(static_cast<NameTable::Id>(id)), static_cast<NameTable::Id>(id));
  }
  met_all_ = true;
}

}  // namespace latchkey
