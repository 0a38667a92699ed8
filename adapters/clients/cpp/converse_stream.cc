#include "adapters/clients/cpp/converse_stream.h"

#include <utility>

namespace latchkey::client {

ConverseStream::ConverseStream(Owner& owner, std::shared_ptr<grpc::Channel> channel, const Dialer& dialer)
    : owner_(owner), channel_(std::move(channel)), stub_(v1::LoginGuardService::NewStub(channel_)) {
  dialer.Authorize(context_);
}

void ConverseStream::Start() {
  stub_->async()->Converse(&context_, this);
  AddHold();  // until kRelease: frames are written from outside gRPC's callbacks
  StartRead(&incoming_);
  StartCall();
}

void ConverseStream::OnReadDone(bool ok) {
  if (!ok) return Do(owner_.Broken());
  v1::ConverseResponse answers;
  answers.Swap(&incoming_);
  StartRead(&incoming_);
  owner_.Heard(answers);
}

void ConverseStream::Do(Next next) {
  if (next == Next::kWrite) Write();
  if (next == Next::kRelease) RemoveHold();
}

}  // namespace latchkey::client
