// Who calls, and what he may do. Default deny: a caller that is not known may nothing.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/grpc/roles.h"
#include "engine/base/published.h"

namespace grpc {
class ServerContextBase;
}

namespace latchkey {

// A known caller: a service or a person, never shared by two.
struct Caller {
  std::string name;
  RoleSet roles;
  std::string environment;  // credentials belong to one; empty: to whichever this server is
};

// A key as the key file holds it: its digest, never the key.
struct ApiKey {
  std::array<uint8_t, 32> sha256{};
  Caller caller;
};

// A client certificate that the server's client CA has signed, by its common name.
struct CertificateCaller {
  std::string common_name;
  Caller caller;
};

struct CallerAuthSettings {
  std::string environment;
  std::vector<ApiKey> keys;
  std::vector<CertificateCaller> certificates;
  // Who a caller without any credentials is. Only for development on loopback; wiring sees to that.
  std::optional<Caller> anonymous;
};

// 64 hexadecimal digits, as `sha256sum` prints them.
[[nodiscard]] std::optional<std::array<uint8_t, 32>> DigestFromHex(std::string_view hex);
[[nodiscard]] std::array<uint8_t, 32> DigestOf(std::string_view key);

// Thread-safe.
class CallerAuth {
 public:
  // `refused` hears of each refusal, for the audit log: the method, the caller's name if known, why.
  using Refused = std::function<void(Method method, std::string_view caller, std::string_view why)>;

  explicit CallerAuth(CallerAuthSettings settings, Refused refused = nullptr);

  // Callers as they are from now on; calls that are running go on.
  void Replace(CallerAuthSettings settings);

  // The caller, if it may call the method. kUnauthenticated for none or an unknown key; kPermissionDenied for
  // a key of another environment or without the role.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<const Caller>> Authorize(
      const grpc::ServerContextBase& context, Method method) const;

  // The same from what a request carries: `authorization` header and verified common name; empty: none.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<const Caller>> Authorize(std::string_view authorization,
                                                                        std::string_view common_name,
                                                                        Method method) const;

 private:
  struct Known {
    std::string environment;
    std::vector<std::pair<std::array<uint8_t, 32>, std::shared_ptr<const Caller>>> keys;
    std::vector<std::pair<std::string, std::shared_ptr<const Caller>>> certificates;
    std::shared_ptr<const Caller> anonymous;
  };
  // The caller's verified common name; looking for it is dear, so it is asked for where it matters only.
  using NameOf = std::function<std::string()>;

  static std::shared_ptr<const Known> Index(CallerAuthSettings settings);
  static const Caller* Find(const Known& known, std::string_view authorization, const NameOf& name_of);
  [[nodiscard]] absl::StatusOr<std::shared_ptr<const Caller>> Decide(std::string_view authorization,
                                                                     const NameOf& name_of,
                                                                     Method method) const;

  const Refused refused_;
  Published<Known> known_;
};

}  // namespace latchkey
