#include "engine/attempt/attempt_keys.h"

#include <array>

#include "engine/attempt/key_material.h"

namespace latchkey {

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
          .tenant = Of(KeyDomain::kTenant, tenant, "").Short()};
}

}  // namespace latchkey
