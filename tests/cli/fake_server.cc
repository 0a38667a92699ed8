#include "tests/cli/fake_server.h"

#include <chrono>
#include <thread>

namespace latchkey::cli {

Ran RunCli(const std::vector<std::string>& arguments, const std::string& input) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = Run(arguments, {in, out, err});
  return {code, out.str(), err.str()};
}

std::string Metadata(const grpc::ServerContext& context, const std::string& name) {
  const auto found = context.client_metadata().find(name);
  return found == context.client_metadata().end() ? ""
                                                  : std::string(found->second.begin(), found->second.end());
}

grpc::Status FakeGuard::RecordEvents(grpc::ServerContext* /*context*/,
                                     grpc::ServerReader<v1::RecordEventsRequest>* reader,
                                     v1::RecordEventsResponse* response) {
  int64_t accepted = 0;
  for (v1::RecordEventsRequest frame; reader->Read(&frame);) {
    accepted += frame.events_size();
    frames.push_back(frame);
  }
  *response = summary;
  response->set_accepted(accepted);
  return grpc::Status::OK;
}

grpc::Status FakeStats::ListTopAccounts(grpc::ServerContext* /*context*/,
                                        const v1::ListTopAccountsRequest* request,
                                        v1::ListTopAccountsResponse* response) {
  const bool first = request->page_token().empty();
  auto& row = *response->add_accounts();
  row.set_account_key(first ? "aaaa" : "bbbb");
  row.set_attempts(first ? 20 : 10);
  if (first) response->set_next_page_token("second");
  return grpc::Status::OK;
}

grpc::Status FakeStats::WatchDecisions(grpc::ServerContext* context,
                                       const v1::WatchDecisionsRequest* /*request*/,
                                       grpc::ServerWriter<v1::WatchDecisionsResponse>* writer) {
  for (const v1::DecisionEvent& decision : decisions) {
    v1::WatchDecisionsResponse batch;
    *batch.add_decisions() = decision;
    writer->Write(batch);
  }
  while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return grpc::Status::CANCELLED;
}

grpc::Status FakeHealth::Check(grpc::ServerContext* /*context*/,
                               const grpc::health::v1::HealthCheckRequest* request,
                               grpc::health::v1::HealthCheckResponse* response) {
  if (!request->service().empty()) return {grpc::StatusCode::NOT_FOUND, "unknown service"};
  response->set_status(status);
  return grpc::Status::OK;
}

FakeServer::FakeServer() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(&guard);
  builder.RegisterService(&policies);
  builder.RegisterService(&stats);
  builder.RegisterService(&health);
  server_ = builder.BuildAndStart();
}

FakeServer::~FakeServer() {
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  server_->Wait();
}

Ran FakeServer::Run(std::vector<std::string> arguments, const std::string& input) const {
  arguments.insert(arguments.begin(), {"--server", address()});
  return RunCli(arguments, input);
}

}  // namespace latchkey::cli
