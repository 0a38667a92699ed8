#include "adapters/grpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/status_macros.h"
#ifdef LATCHKEY_HAS_HEALTH_PROTO
#include "grpc/health/v1/health.pb.h"
#endif

namespace latchkey {
namespace {

constexpr unsigned kCertificateRefreshSeconds = 60;

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(const std::optional<TlsFiles>& tls) {
  if (!tls) return grpc::InsecureServerCredentials();
  LATCHKEY_RETURN_IF_ERROR(CheckTlsFiles(*tls));
  auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      tls->private_key, tls->certificate, tls->client_ca, kCertificateRefreshSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  if (!tls->client_ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(tls->require_client_certificate
                                      ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                      : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

// Takes reflection, which its library adds to every server of the process, out of one.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

// Switches of the whole process, thrown before a server is built.
void SetUpProcess() {
  // Debian builds Abseil without NDEBUG, so that each lock of gRPC's would be looked up in a graph of all.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
#ifdef LATCHKEY_HAS_HEALTH_PROTO
  // Pulls the descriptor in, so that reflection can describe the health service.
  grpc::health::v1::HealthCheckRequest::descriptor();
#endif
}

void ApplyBounds(const GrpcServerSettings& settings, grpc::ServerBuilder& builder) {
  const auto ms = [](Duration span) { return static_cast<int>(span.count()); };
  builder.SetMaxReceiveMessageSize(settings.message_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, settings.metadata_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, settings.concurrent_streams_max);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, ms(settings.keepalive_time));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, ms(settings.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             ms(settings.client_ping_interval_min));
  if (settings.connection_age_max > Duration::zero()) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, ms(settings.connection_age_max));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, ms(settings.connection_age_grace));
  }
  // Two servers on one port would each get some of the calls: the second is to fail loudly.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcServerSettings& settings,
                                                              const std::vector<NamedService>& services,
                                                              DrainSignal& drain) {
  SetUpProcess();
  LATCHKEY_ASSIGN_OR_RETURN(auto credentials, Credentials(settings.tls));
  std::unique_ptr<GrpcServer> server(new GrpcServer(drain));
  grpc::ServerBuilder builder;
  ApplyBounds(settings, builder);
  builder.AddListeningPort(settings.listen_address, std::move(credentials), &server->port_);
  if (!settings.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  for (const NamedService& service : services) {
    builder.RegisterService(service.service);
    server->service_names_.push_back(service.name);
  }
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || server->port_ == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", settings.listen_address,
                                               ": it is taken, or not an address of this machine"));
  }
  server->SetServing(false);
  return server;
}

GrpcServer::~GrpcServer() {
  if (server_ == nullptr) return;
  drain_.Begin();
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

void GrpcServer::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  for (const std::string& name : service_names_) health->SetServingStatus(name, serving);
  health->SetServingStatus("", serving);
}

void GrpcServer::Drain(Duration linger, Duration grace) {
  server_->GetHealthCheckService()->Shutdown();
  std::this_thread::sleep_for(linger);
  drain_.Begin();
  server_->Shutdown(std::chrono::system_clock::now() + grace);
  server_->Wait();
}

}  // namespace latchkey
