#include "adapters/redis/flood_guard.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {

FloodGuard::FloodGuard(SignalStore& store, RedisClient& client, std::string_view environment,
                       const Clock& clock, int strangers_in_flight, FillWatch::OnChange on_change)
    : overflow_(store, crowding_, clock),
      bulkhead_(overflow_, clock, [] { return std::chrono::steady_clock::now().time_since_epoch(); },
                {.in_flight_max = static_cast<size_t>(strangers_in_flight)}) {
  watch_.emplace(client, crowding_,
                 FillWatchOptions{.marker = absl::StrCat("lk:{", ToAbsl(environment), ":f}")},
                 std::move(on_change));
}

FloodGuard::Counts FloodGuard::counts() const {
  return {.crowded = crowding_.crowded(),
          .fill = watch_->fill(),
          .overflowed = overflow_.overflowed(),
          .held_back = bulkhead_.held_back()};
}

}  // namespace latchkey
