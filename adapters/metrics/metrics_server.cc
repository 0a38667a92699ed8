#include "adapters/metrics/metrics_server.h"

#include <prometheus/exposer.h>
#include <prometheus/registry.h>

#include <exception>

#include "absl/strings/str_cat.h"

namespace latchkey {

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& address, std::shared_ptr<prometheus::Registry> registry) {
  std::unique_ptr<MetricsServer> server(new MetricsServer());
  try {
    server->exposer_ = std::make_unique<prometheus::Exposer>(address, 1);
    server->exposer_->RegisterCollectable(registry);
  } catch (const std::exception& error) {
    return absl::UnavailableError(absl::StrCat("metrics_listen: cannot serve on ", address,
                                               ": it is taken, or not an address of this machine (",
                                               error.what(), ")"));
  }
  return server;
}

MetricsServer::~MetricsServer() = default;

int MetricsServer::port() const { return exposer_->GetListeningPorts().front(); }

}  // namespace latchkey
