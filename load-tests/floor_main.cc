// The floor that Latchkey is measured against: the same gRPC server with the same settings and the same
// messages, decoded and answered, and nothing done in between.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "adapters/grpc/drain_signal.h"
#include "adapters/grpc/server.h"
#include "adapters/system/scheduling.h"
#include "latchkey/v1/guard.grpc.pb.h"
#include "load-tests/message_pool.h"

namespace {

using namespace latchkey;  // NOLINT(google-build-using-namespace): a program of one file

// Answers of the size that Latchkey's own have.
v1::AssessResponse UsualAnswer() {
  v1::AssessResponse answer;
  answer.set_decision_id("d-0123456789abcdef");
  answer.set_action(v1::ACTION_ALLOW);
  answer.set_lane(v1::LANE_STRANGER);
  answer.set_scope(v1::SCOPE_ACCOUNT_LANE);
  answer.mutable_advice();
  answer.set_policy_revision(1);
  answer.set_attempt_token(std::string(360, 't'));
  answer.mutable_attempt_token_expire_time()->set_seconds(1'760'000'000);
  return answer;
}

class Floor final : public v1::LoginGuardService::CallbackService {
 public:
  Floor() {
    SetMessageAllocatorFor_Assess(&assess_messages_);
    SetMessageAllocatorFor_Report(&report_messages_);
  }
  grpc::ServerUnaryReactor* Assess(grpc::CallbackServerContext* context, const v1::AssessRequest* /*request*/,
                                   v1::AssessResponse* response) override {
    *response = assessed_;
    return Done(context);
  }
  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context, const v1::ReportRequest* /*request*/,
                                   v1::ReportResponse* response) override {
    response->set_settlement(v1::ReportResponse::SETTLEMENT_SETTLED);
    return Done(context);
  }

 private:
  static grpc::ServerUnaryReactor* Done(grpc::CallbackServerContext* context) {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  // Used again; Latchkey itself needs none (adapters/grpc/byte_calls.h).
  load::MessagePool<v1::AssessRequest, v1::AssessResponse> assess_messages_;
  load::MessagePool<v1::ReportRequest, v1::ReportResponse> report_messages_;
  const v1::AssessResponse assessed_ = UsualAnswer();
};

}  // namespace

int main(int argc, char** argv) {
  std::string listen = "127.0.0.1:0";
  std::string ready_file;
  CLI::App app{"A gRPC server that decides nothing: the floor for load tests"};
  app.add_option("--listen", listen, "address to listen on");
  app.add_option("--ready-file", ready_file, "written with the bound address once it serves")->required();
  CLI11_PARSE(app, argc, argv);

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  PreferWholeTurns();  // as latchkeyd
  Floor floor;
  DrainSignal drain;
  GrpcServerSettings settings;
  settings.listen_address = listen;
  auto server = GrpcServer::Start(settings, {{&floor, "latchkey.v1.LoginGuardService"}}, drain);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", std::string(server.status().message()).c_str());
    return 1;
  }
  (*server)->SetServing(true);
  std::ofstream(ready_file + ".part") << "127.0.0.1:" << (*server)->port() << '\n';
  std::rename((ready_file + ".part").c_str(), ready_file.c_str());
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}
