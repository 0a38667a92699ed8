#include "load-tests/converse_loop.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "load-tests/connections.h"
#include "load-tests/window.h"

namespace latchkey::load {
namespace {

using std::chrono::steady_clock;

// One stream: a frame being sent or none, answers being read always.
class Stream {
 public:
  enum class Step : uint8_t { kStart, kWrite, kRead };
  // What the completion queue hands back.
  struct Tag {
    Stream* stream;
    Step step;
  };

  Stream(v1::LoginGuardService::Stub& stub, const Workload& workload, const Load& load, int64_t first,
         int64_t stride, grpc::CompletionQueue& queue)
      : workload_(workload),
        load_(load),
        next_(first),
        stride_(stride),
        waiting_max_(std::max(load.in_flight / load.connections, load.frame_items)),
        sent_at_(kFramesKept),
        numbers_(kFramesKept * static_cast<size_t>(load.frame_items)) {
    for (int i = 0; i < load.frame_items; ++i) frame_.add_items();
    stream_ = stub.AsyncConverse(&context_, &queue, &start_);
  }

  // Takes note that a step is done. False when the stream has ended.
  bool Done(Step step, bool ok, Instant now, Tally* tally) {
    if (!ok) return false;
    switch (step) {
      case Step::kStart:
        stream_->Read(&answers_, &read_);
        break;
      case Step::kWrite:
        writing_ = false;
        break;
      case Step::kRead:
        Take(now, tally);
        stream_->Read(&answers_, &read_);
        break;
    }
    while (!writing_ && waiting_ + load_.frame_items <= waiting_max_) Send(now);
    return true;
  }
  void Cancel() { context_.TryCancel(); }

 private:
  // Frames whose sending time is known; many more than are ever in flight.
  static constexpr size_t kFramesKept = 4096;

  // Reports of what was admitted go first, then new attempts.
  void Send(Instant now) {
    for (v1::ConverseItem& item : *frame_.mutable_items()) {
      int64_t number = next_;
      if (reports_.empty()) {
        workload_.Fill(number, item.mutable_assess());
        next_ += stride_;
      } else {
        number = reports_.front().number;
        item.mutable_report()->set_outcome(workload_.OutcomeOf(number));
        item.mutable_report()->set_attempt_token(std::move(reports_.front().attempt_token));
        reports_.pop_front();
      }
      numbers_[items_ % numbers_.size()] = number;
      item.set_correlation_id(items_++);
    }
    sent_at_[frames_++ % kFramesKept] = now;
    waiting_ += load_.frame_items;
    writing_ = true;
    stream_->Write(frame_, &write_);
  }
  void Take(Instant now, Tally* tally) {
    waiting_ -= answers_.answers_size();
    for (v1::ConverseAnswer& answer : *answers_.mutable_answers()) {
      const uint64_t id = answer.correlation_id();
      if (workload_.shape().reports && answer.assess().action() == v1::ACTION_ALLOW) {
        reports_.push_back(
            {numbers_[id % numbers_.size()], std::move(*answer.mutable_assess()->mutable_attempt_token())});
      }
      if (tally == nullptr) continue;
      if (answer.has_problem()) {
        ++tally->errors[answer.problem().code()];
        continue;
      }
      tally->latency.Add(now - sent_at_[id / static_cast<uint64_t>(load_.frame_items) % kFramesKept]);
      ++tally->answered;
      if (answer.has_report()) {
        ++tally->reported;
      } else {
        ++tally->actions[static_cast<size_t>(answer.assess().action()) % tally->actions.size()];
        tally->degraded += answer.assess().degraded() ? 1 : 0;
      }
    }
  }
  // An admitted attempt that is to be reported.
  struct Admitted {
    int64_t number;
    std::string attempt_token;
  };

  const Workload& workload_;
  const Load& load_;
  int64_t next_;
  const int64_t stride_;
  const int waiting_max_;         // items
  std::vector<Instant> sent_at_;  // by frame
  std::vector<int64_t> numbers_;  // of the attempts, by item
  std::deque<Admitted> reports_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::ConverseRequest, v1::ConverseResponse>> stream_;
  v1::ConverseRequest frame_;
  v1::ConverseResponse answers_;
  uint64_t frames_ = 0;
  uint64_t items_ = 0;
  int waiting_ = 0;
  bool writing_ = false;
  Tag start_{this, Step::kStart};
  Tag write_{this, Step::kWrite};
  Tag read_{this, Step::kRead};
};

}  // namespace

absl::StatusOr<Tally> RunConverseLoop(const std::string& address, const Workload& workload, const Load& load,
                                      const std::function<void()>& on_edge) {
  auto connections = Connections::Open(address, load.connections);
  if (!connections.ok()) return connections.status();
  grpc::CompletionQueue queue;
  std::deque<Stream> streams;
  for (int i = 0; i < load.connections; ++i) {
    streams.emplace_back((*connections)->Pick(i), workload, load, load.first + i, load.connections, queue);
  }
  Tally tally;
  Window window(steady_clock::now(), load.warm_up, load.measured, on_edge);
  bool all_went_on = true;
  void* tag = nullptr;
  bool ok = false;
  while (all_went_on && queue.Next(&tag, &ok)) {
    const Instant now = steady_clock::now();
    const Window::Part part = window.At(now);
    if (part == Window::Part::kEnding) break;
    if (load.attempts > 0 && tally.answered >= load.attempts) break;
    const auto& done = *static_cast<const Stream::Tag*>(tag);
    all_went_on = done.stream->Done(done.step, ok, now, part == Window::Part::kMeasuring ? &tally : nullptr);
  }
  tally.span = window.span();
  for (Stream& stream : streams) stream.Cancel();
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  if (!all_went_on) return absl::UnavailableError("a stream has ended early");
  return tally;
}

}  // namespace latchkey::load
