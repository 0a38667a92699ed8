// Reuses the messages of a busy unary method: a call then allocates neither its request nor its response,
// nor most of the strings in them.
#pragma once

#include <grpcpp/support/message_allocator.h>

#include <memory>
#include <vector>

#include "engine/base/mutex.h"

namespace latchkey {

// Thread-safe. Outlives the server. Keeps at most `kKept` messages, and none that was large.
template <typename Request, typename Response>
class MessagePool final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override {
    {
      const MutexLock lock(mutex_);
      if (!free_.empty()) {
        Holder* holder = free_.back().release();
        free_.pop_back();
        return holder;
      }
    }
    return new Holder(*this);
  }

 private:
  static constexpr size_t kKept = 256;
  static constexpr size_t kBytesMax = 8192;

  class Holder final : public grpc::MessageHolder<Request, Response> {
   public:
    explicit Holder(MessagePool& pool) : pool_(pool) {
      this->set_request(&request_);
      this->set_response(&response_);
    }
    void Release() override { pool_.Take(std::unique_ptr<Holder>(this)); }
    [[nodiscard]] bool large() const {
      return request_.ByteSizeLong() + response_.ByteSizeLong() > kBytesMax;
    }
    void Clear() {
      request_.Clear();
      response_.Clear();
    }

   private:
    MessagePool& pool_;
    Request request_;
    Response response_;
  };

  void Take(std::unique_ptr<Holder> holder) {
    if (holder->large()) return;
    holder->Clear();
    const MutexLock lock(mutex_);
    if (free_.size() < kKept) free_.push_back(std::move(holder));
  }

  Mutex mutex_;
  std::vector<std::unique_ptr<Holder>> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
