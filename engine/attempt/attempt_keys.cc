#include "engine/attempt/attempt_keys.h"

#include <array>
#include <atomic>
#include <utility>

#include "engine/attempt/key_material.h"

namespace latchkey {
namespace {

std::atomic<uint64_t> serials{0};

}  // namespace

KeyMaker::KeyMaker(std::string environment, const KeyHasher& hasher)
    : environment_(std::move(environment)),
      hasher_(hasher),
      serial_(serials.fetch_add(1, std::memory_order_relaxed) + 1) {}

Key KeyMaker::Of(KeyDomain domain, std::string_view tenant, std::string_view name) const {
  const std::initializer_list<std::string_view> parts = {environment_, tenant, name};
  // Nearly all names are short: they need no memory of their own.
  std::array<char, 256> material;
  const size_t size = KeyMaterialSize(parts);
  if (size > material.size()) return hasher_.Hash(KeyMaterial(domain, parts));
  WriteKeyMaterial(domain, parts, material.data());
  return hasher_.Hash({material.data(), size});
}

Key KeyMaker::Account(std::string_view tenant, std::string_view account) const {
  return Of(KeyDomain::kAccount, tenant, account);
}

Key KeyMaker::Network(std::string_view tenant, const Source& source) const {
  return Of(KeyDomain::kNetwork, tenant, source.network());
}

uint64_t KeyMaker::SourceId(std::string_view tenant, const Source& source) const {
  return Of(KeyDomain::kSource, tenant, source.host()).Short();
}

AttemptKeys KeyMaker::Of(const Attempt& attempt) const {
  const std::string_view tenant = attempt.fields().tenant;
  return {.account = Account(tenant, attempt.fields().account),
          .network = Network(tenant, attempt.source()),
          .source = SourceId(tenant, attempt.source()),
          .tenant = TenantId(tenant)};
}

uint64_t KeyMaker::TenantId(std::string_view tenant) const {
  // Nearly always it is the one that this thread has asked for last.
  struct Last {
    uint64_t maker = 0;
    std::string tenant;
    uint64_t id = 0;
  };
  thread_local Last last;
  if (last.maker != serial_ || last.tenant != tenant) {
    last.id = Of(KeyDomain::kTenant, tenant, "").Short();
    last.tenant = tenant;
    last.maker = serial_;
  }
  return last.id;
}

}  // namespace latchkey
