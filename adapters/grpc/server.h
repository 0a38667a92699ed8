// The gRPC server: where it listens, its bounds, health, reflection, and how it ends.
#pragma once

#include <grpcpp/server.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/grpc/drain_signal.h"
#include "adapters/grpc/tls_files.h"
#include "engine/base/clock.h"

namespace latchkey {

struct GrpcServerSettings {
  std::string listen_address = "127.0.0.1:7070";  // "host:port", "[::1]:port" or "unix:path"; port 0: any
  std::optional<TlsFiles> tls;  // none: plaintext. Where that is right is for wiring to say.
  int message_bytes_max = 1 << 20;
  int metadata_bytes_max = 16 << 10;
  int concurrent_streams_max = 1000;  // of one connection
  Duration keepalive_time = std::chrono::seconds(60);
  Duration keepalive_timeout = std::chrono::seconds(20);
  Duration client_ping_interval_min = std::chrono::seconds(10);
  Duration connection_age_max{0};  // zero: without end. A few minutes spread clients over new nodes.
  Duration connection_age_grace = std::chrono::seconds(30);
  bool reflection = true;
};

// A service and its full name, as in "latchkey.v1.LoginGuardService": health is asked by it.
struct NamedService {
  grpc::Service* service = nullptr;
  std::string name;
};

class GrpcServer {
 public:
  // Listens and serves; health says NOT_SERVING until SetServing. Services and `drain` outlive it.
  // kInvalidArgument when a file is not what TLS needs; kUnavailable when the address is taken.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const GrpcServerSettings& settings,
                                                           const std::vector<NamedService>& services,
                                                           DrainSignal& drain);
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // The port that was taken; 1 for a Unix socket.
  [[nodiscard]] int port() const { return port_; }

  // What health says of the server and of every service. Thread-safe.
  void SetServing(bool serving);

  // Ends gracefully: health says NOT_SERVING, `linger` passes for load balancers to see it, streams are told,
  // new calls are refused, running ones have until `grace` and are then cancelled. Once.
  void Drain(Duration linger, Duration grace);

 private:
  explicit GrpcServer(DrainSignal& drain) : drain_(drain) {}

  DrainSignal& drain_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::string> service_names_;
  int port_ = 0;
};

}  // namespace latchkey
