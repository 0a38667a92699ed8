#include "tests/adapters/clients/fake_latchkey.h"

#include <chrono>
#include <stdexcept>
#include <utility>

namespace latchkey {

FakeLatchkey::FakeLatchkey(Script script, const std::string& address) : script_(std::move(script)) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0)
    throw std::runtime_error("the fake Latchkey cannot listen on " + address);
  address_ = "127.0.0.1:" + std::to_string(port);
}

FakeLatchkey::~FakeLatchkey() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

grpc::Status FakeLatchkey::Converse(grpc::ServerContext* /*context*/, Stream* stream) {
  return script_(*stream, streams_++);
}

std::vector<v1::ConverseItem> ReadItems(FakeLatchkey::Stream& stream, size_t count) {
  std::vector<v1::ConverseItem> items;
  v1::ConverseRequest frame;
  while (items.size() < count && stream.Read(&frame)) {
    items.insert(items.end(), frame.items().begin(), frame.items().end());
  }
  return items;
}

v1::ConverseAnswer AnswerTo(const v1::ConverseItem& item) {
  v1::ConverseAnswer answer;
  answer.set_correlation_id(item.correlation_id());
  if (item.has_assess()) {
    answer.mutable_assess()->set_action(v1::ACTION_ALLOW);
    answer.mutable_assess()->set_decision_id(item.assess().account());
    answer.mutable_assess()->set_attempt_token("token-" + item.assess().account());
  } else {
    answer.mutable_report()->set_settlement(v1::ReportResponse::SETTLEMENT_SETTLED);
  }
  return answer;
}

void Answer(FakeLatchkey::Stream& stream, const std::vector<v1::ConverseItem>& items) {
  for (const v1::ConverseItem& item : items) {
    v1::ConverseResponse frame;
    *frame.add_answers() = AnswerTo(item);
    stream.Write(frame);
  }
}

grpc::Status AnswerAll(FakeLatchkey::Stream& stream, int /*nth*/) {
  v1::ConverseRequest frame;
  while (stream.Read(&frame)) {
    v1::ConverseResponse answers;
    for (const v1::ConverseItem& item : frame.items()) *answers.add_answers() = AnswerTo(item);
    stream.Write(answers);
  }
  return grpc::Status::OK;
}

}  // namespace latchkey
