#include "adapters/grpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include <fstream>
#include <thread>

#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/adapters/grpc/workflows_fixture.h"
#include "tests/support/test_certificates.h"

namespace latchkey {
namespace {

using std::chrono::seconds;

class ServerTest : public WorkflowsServerTest {
 protected:
  grpc::health::v1::HealthCheckResponse::ServingStatus Health(const std::string& service) {
    auto stub =
        grpc::health::v1::Health::NewStub(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    return stub->Check(With("").get(), request, &response).ok()
               ? response.status()
               : grpc::health::v1::HealthCheckResponse::SERVICE_UNKNOWN;
  }

  // What reflection answers to "list the services", as bytes; nothing when it is off. (The messages' classes
  // live in gRPC's library without headers.)
  std::string Reflect() {
    grpc::GenericStub stub(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
    grpc::CompletionQueue queue;
    const auto context = With("");
    auto call = stub.PrepareCall(context.get(),
                                 "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
    const auto finished = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    call->StartCall(nullptr);
    if (!finished()) return "";
    const grpc::Slice list_services(std::string("\x3a\x00", 2));  // field 7, an empty string
    call->WriteLast(grpc::ByteBuffer(&list_services, 1), {}, nullptr);
    finished();
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    const bool answered = finished();
    grpc::Status status;
    call->Finish(&status, nullptr);
    finished();
    grpc::Slice bytes;
    if (!answered || !answer.DumpToSingleSlice(&bytes).ok()) return "";
    return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
  }

  grpc::Status Standing(const std::string& key, const std::string& account = "alice") {
    v1::GetStandingRequest request;
    request.set_account(account);
    v1::GetStandingResponse response;
    return stub_->GetStanding(With(key).get(), request, &response);
  }
};

TEST_F(ServerTest, HealthFollowsWhatItIsTold) {
  Start();
  using Response = grpc::health::v1::HealthCheckResponse;
  EXPECT_EQ(Health(""), Response::NOT_SERVING);
  server_->SetServing(true);
  EXPECT_EQ(Health(""), Response::SERVING);
  EXPECT_EQ(Health("latchkey.v1.WorkflowsService"), Response::SERVING);
  EXPECT_EQ(Health("nobody.Here"), Response::SERVICE_UNKNOWN);
  server_->SetServing(false);
  EXPECT_EQ(Health("latchkey.v1.WorkflowsService"), Response::NOT_SERVING);
}

TEST_F(ServerTest, ReflectionListsTheServices) {
  Start();
  EXPECT_THAT(Reflect(), ::testing::AllOf(::testing::HasSubstr("latchkey.v1.WorkflowsService"),
                                          ::testing::HasSubstr("grpc.health.v1.Health")));
}

TEST_F(ServerTest, ReflectionCanBeOff) {
  GrpcServerSettings settings;
  settings.reflection = false;
  Start(settings);
  EXPECT_EQ(Reflect(), "");
}

TEST_F(ServerTest, EveryCallNeedsCredentialsAndTheRightRole) {
  Start();
  EXPECT_EQ(Standing("").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Standing("guess").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(Standing("auction-key").ok());
}

TEST_F(ServerTest, ATenMegabyteAccountIsRefusedByTheBoundOfMessages) {
  Start();
  EXPECT_EQ(Standing("auction-key", std::string(10 << 20, 'a')).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Standing("auction-key", std::string(100'000, 'a')).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(Standing("auction-key").ok());
}

TEST_F(ServerTest, OversizedMetadataIsRefusedAndTheServerLives) {
  Start();
  auto context = With("auction-key");
  context->AddMetadata("x-padding", std::string(100'000, 'x'));
  v1::GetStandingRequest request;
  request.set_account("alice");
  v1::GetStandingResponse response;
  EXPECT_FALSE(stub_->GetStanding(context.get(), request, &response).ok());
  // The connection of who did that may be closed; the next one serves.
  bool serves = false;
  for (int i = 0; i < 100 && !serves; ++i) serves = Standing("auction-key").ok();
  EXPECT_TRUE(serves);
}

TEST_F(ServerTest, AnAddressThatIsTakenIsSaidSo) {
  Start();
  GrpcServerSettings settings;
  settings.listen_address = address_;
  DrainSignal drain;
  const auto second = GrpcServer::Start(settings, {}, drain);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ServerTest, DrainingEndsStreamsAndThenRefusesCalls) {
  Start();
  server_->SetServing(true);
  auto context = With("auction-key");
  auto stream = stub_->WatchStandings(context.get(), {});
  v1::WatchStandingsResponse message;
  ASSERT_TRUE(stream->Read(&message));
  const auto begin = std::chrono::steady_clock::now();
  std::thread drain([&] { server_->Drain(Duration(0), seconds(8)); });
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  drain.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(6));
  EXPECT_EQ(Standing("auction-key").error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, TlsServesWhoKnowsTheAuthority) {
  const TestCertificates certificates;
  GrpcServerSettings settings;
  settings.tls = TlsFiles{certificates.cert_file(), certificates.key_file(), "", false};
  Start(settings);
  std::ifstream ca(certificates.ca_file());
  grpc::SslCredentialsOptions options;
  options.pem_root_certs.assign(std::istreambuf_iterator<char>(ca), {});
  stub_ = v1::WorkflowsService::NewStub(
      grpc::CreateChannel("localhost:" + std::to_string(server_->port()), grpc::SslCredentials(options)));
  EXPECT_TRUE(Standing("auction-key").ok());
  stub_ = v1::WorkflowsService::NewStub(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
  EXPECT_EQ(Standing("auction-key").error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, AMissingCertificateIsSaidSoAtStart) {
  GrpcServerSettings settings;
  settings.listen_address = "127.0.0.1:0";
  settings.tls = TlsFiles{"/nonexistent/cert.pem", "/nonexistent/key.pem", "", false};
  DrainSignal drain;
  const auto server = GrpcServer::Start(settings, {}, drain);
  EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(server.status().message().find("/nonexistent/cert.pem"), absl::string_view::npos);
}

TEST_F(ServerTest, ACertificateThatNoClientCouldAcceptIsSaidSoAtStart) {
  const TestCertificates ours;
  const TestCertificates others;
  EXPECT_TRUE(CheckTlsFiles({ours.cert_file(), ours.key_file(), ours.ca_file(), true}).ok());
  const auto refused = [](const TlsFiles& files) { return std::string(CheckTlsFiles(files).message()); };
  EXPECT_NE(refused({ours.cert_file(), others.key_file(), "", false}).find("is not the key of"),
            std::string::npos);
  EXPECT_NE(refused({ours.key_file(), ours.key_file(), "", false}).find("is no certificate"),
            std::string::npos);
  EXPECT_NE(refused({ours.cert_file(), ours.key_file(), ours.key_file(), false}).find("client CA"),
            std::string::npos);
  GrpcServerSettings settings;
  settings.listen_address = "127.0.0.1:0";
  settings.tls = TlsFiles{ours.cert_file(), others.key_file(), "", false};
  DrainSignal drain;
  EXPECT_EQ(GrpcServer::Start(settings, {}, drain).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace latchkey
