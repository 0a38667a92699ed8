#include "adapters/redis/fill_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/redis/await_reply.h"
#include "adapters/redis/info.h"

namespace latchkey {

std::optional<double> FillOf(std::string_view info) {
  const std::optional<int64_t> used = InfoNumber(info, "used_memory");
  const std::optional<int64_t> most = InfoNumber(info, "maxmemory");
  if (!used || !most || *most <= 0) return std::nullopt;
  return static_cast<double>(*used) / static_cast<double>(*most);
}

FillWatch::FillWatch(RedisClient& client, Crowding& crowding, FillWatchOptions options, OnChange on_change)
    : client_(client),
      crowding_(crowding),
      options_(std::move(options)),
      on_change_(std::move(on_change)),
      thread_([this] { Run(); }) {}

FillWatch::~FillWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void FillWatch::Run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    lock.unlock();
    Look();
    lock.lock();
    wake_.wait_for(lock, options_.every, [this] { return ending_; });
  }
}

void FillWatch::Look() {
  std::optional<double> fullest;
  for (const RedisClient::Shard& shard : client_.shards()) {
    const auto info = Ask(absl::StrCat("lk:{", shard.tag, "}"), {"INFO", "memory"});
    if (!info.ok() || info->IsError()) continue;
    if (const std::optional<double> fill = FillOf(info->text))
      fullest = std::max(fullest.value_or(0), *fill);
    else
      fullest = fullest.value_or(0);
  }
  const bool was = crowding_.crowded();
  const bool crowded =
      fullest ? *fullest >= (was ? options_.calm_at : options_.crowded_at) : was;  // not known: as before
  if (fullest) fill_.store(*fullest, std::memory_order_relaxed);
  bool sharing = crowding_.sharing();
  if (crowded) {
    const std::string life = absl::StrCat(std::max<int64_t>(crowding_.keep().count(), 60'000));
    (void)Ask(options_.marker, {"SET", options_.marker, "1", "PX", life});
    sharing = true;
  } else if (const auto marked = Ask(options_.marker, {"GET", options_.marker}); marked.ok()) {
    sharing = marked->kind == Reply::Kind::kString;
  }
  crowding_.Set(crowded, sharing);
  if (crowded != was && on_change_) on_change_(crowded, fill());
}

absl::StatusOr<Reply> FillWatch::Ask(const std::string& key, const std::vector<std::string>& command) {
  return AwaitAnyReply([&](RedisClient::Done done) {
    client_.Send(key, command, client_.options().command_timeout, std::move(done));
  });
}

}  // namespace latchkey
