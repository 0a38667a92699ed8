#include "engine/detect/tenant_book.h"

#include <algorithm>

namespace latchkey {
namespace {

constexpr uint32_t kTriesMin = 256;
constexpr uint16_t kTagMin = 16;

// 16, 20, 25, 31, …
bool Geometric(uint32_t count) { return count % std::max<uint32_t>(1, count / 4) == 0; }

}  // namespace

uint8_t TenantBook::IndexOf(uint64_t tenant, std::string_view name) {
  const uint64_t id = tenant | 1U;  // never zero
  for (uint8_t i = 0; i < kTenantsMax; ++i) {
    const uint64_t there = ids_[i].load(std::memory_order_acquire);
    if (there == id) return i;
    if (there != 0) continue;
    const MutexLock lock(adding_);
    if (ids_[i].load(std::memory_order_relaxed) == 0) {
      auto fresh = std::make_unique<Tenant>();
      {
        const MutexLock naming(fresh->mutex);
        fresh->name = std::string(name);
        fresh->busiest.reserve(kBusiest);
      }
      tenants_[i] = std::move(fresh);
      published_[i].store(tenants_[i].get(), std::memory_order_release);
      ids_[i].store(id, std::memory_order_release);
      return i;
    }
    if (ids_[i].load(std::memory_order_relaxed) == id) return i;
  }
  return kNone;
}

std::string TenantBook::NameOf(uint8_t index) const {
  const Tenant* tenant = index < kTenantsMax ? published_[index].load(std::memory_order_acquire) : nullptr;
  if (tenant == nullptr) return "";
  const MutexLock lock(tenant->mutex);
  return tenant->name;
}

void TenantBook::Begin(Tenant& tenant, TimePoint now) {
  TenantTally& tally = tenant.tally;
  if (now - tally.first > TenantTally::kSpan) {
    tally.first = now;
    tally.tries = tally.failures = tally.refusals = tally.unknown = 0;
    tally.challenged = tally.locked_out = 0;
    tenant.names.Clear();
    tenant.sources.Clear();
    tenant.looked_at = 0;
  }
  if (now - tally.day_first > kDay) {
    const bool next = now - tally.day_first <= 2 * kDay;
    tenant.yesterday = tenant.today;
    tally.day_passwords_yesterday = tally.day_passwords;
    if (!next) {
      tenant.yesterday.fill(0);
      tally.day_passwords_yesterday = 0;
    }
    tenant.today.fill(0);
    tenant.day_sources.Clear();
    tally.day_passwords = 0;
    tally.tag_accounts = tally.tag_yesterday = 0;
    tally.day_first = now;
  }
}

bool TenantBook::Count(uint8_t index, const Try& tried, TenantTally& tally) {
  Tenant* tenant = index < kTenantsMax ? published_[index].load(std::memory_order_acquire) : nullptr;
  if (tenant == nullptr) return false;
  const MutexLock lock(tenant->mutex);
  Begin(*tenant, tried.at);
  TenantTally& own = tenant->tally;
  own.last = tried.at;
  ++own.tries;
  CountAnswer(tried.answered, own);
  own.unknown += tried.unknown ? 1 : 0;
  tenant->names.Add(Spread(tried.account));
  tenant->sources.Add(Spread(tried.source));
  bool look = own.tries >= kTriesMin && own.tries >= tenant->looked_at + tenant->looked_at / 4;
  if (tried.fresh_tag) {
    uint16_t& count = tenant->today[*tried.fresh_tag % TenantTally::kTags];
    if (count < UINT16_MAX) ++count;
    ++own.day_passwords;
    tenant->day_sources.Add(Spread(tried.source));
    if (count >= kTagMin && Geometric(count)) {
      own.tag_accounts = count;
      own.tag_yesterday = tenant->yesterday[*tried.fresh_tag % TenantTally::kTags];
      look = true;
    }
  }
  if (!look) return false;
  tenant->looked_at = own.tries;
  own.names = tenant->names.Count();
  own.sources = tenant->sources.Count();
  own.day_sources = tenant->day_sources.Count();
  tally = own;
  return true;
}

void TenantBook::NoteSource(uint8_t index, const SourceTally& source, TenantTally& tally) {
  Tenant* tenant = index < kTenantsMax ? published_[index].load(std::memory_order_acquire) : nullptr;
  if (tenant == nullptr) return;
  const MutexLock lock(tenant->mutex);
  tenant->tally.names = tenant->names.Count();
  tenant->tally.sources = tenant->sources.Count();
  tenant->tally.day_sources = tenant->day_sources.Count();
  tally = tenant->tally;
  std::vector<SourceTally>& busiest = tenant->busiest;
  const auto same = std::find_if(busiest.begin(), busiest.end(),
                                 [&](const SourceTally& each) { return each.key == source.key; });
  if (same != busiest.end()) {
    *same = source;
    return;
  }
  if (busiest.size() < kBusiest) return busiest.push_back(source);
  // The stale or least busy one makes room.
  const auto least = std::min_element(busiest.begin(), busiest.end(), [&](const auto& a, const auto& b) {
    const auto rank = [&](const SourceTally& each) {
      return each.last + SourceTally::kSpan < source.last ? 0U : each.tries;
    };
    return rank(a) < rank(b);
  });
  if (least->last + SourceTally::kSpan < source.last || least->tries < source.tries) *least = source;
}

std::vector<SourceTally> TenantBook::Busiest(uint8_t index, TimePoint now) const {
  const Tenant* tenant = index < kTenantsMax ? published_[index].load(std::memory_order_acquire) : nullptr;
  if (tenant == nullptr) return {};
  std::vector<SourceTally> live;
  const MutexLock lock(tenant->mutex);
  for (const SourceTally& each : tenant->busiest) {
    if (each.last + SourceTally::kSpan >= now) live.push_back(each);
  }
  return live;
}

}  // namespace latchkey
