// A disk, a writer and a network for couriers, as good or bad as a test wants.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/delivery/outbox_storage.h"
#include "engine/delivery/transport.h"

namespace latchkey {

// Keeps what is saved, unless told to fail.
class FakeStorage final : public OutboxStorage {
 public:
  absl::StatusOr<OutboxContents> Load() override {
    OutboxContents contents;
    for (const auto& [position, entry] : entries_) contents.entries.push_back(entry);
    contents.known = known_;
    return contents;
  }
  absl::Status Save(const OutboxChanges& changes) override {
    if (full) return absl::UnavailableError("no space left");
    for (const OutboxEntry& entry : changes.put) entries_[entry.position] = entry;
    for (const uint64_t position : changes.removed) entries_.erase(position);
    known_.insert(known_.end(), changes.known.begin(), changes.known.end());
    return absl::OkStatus();
  }
  bool full = false;
  std::map<uint64_t, OutboxEntry> entries_;
  std::vector<KnownNotice> known_;
};

class FakeWriter final : public MessageWriter {
 public:
  std::optional<std::string> Payload(const DeliveryTarget& /*target*/, const Notice& notice) override {
    return notice.id;
  }
  absl::StatusOr<DeliveryRequest> Request(const DeliveryTarget& target, const OutboxEntry& entry,
                                          TimePoint /*now*/) override {
    if (!secrets_there) return absl::NotFoundError("the secret cannot be read");
    return DeliveryRequest{.url = target.url, .body = absl::StrCat(entry.payload, "/", entry.attempts)};
  }
  bool secrets_there = true;
};

// Answers at once: takes everything, or is away.
class FakeTransport final : public MessageTransport {
 public:
  void Send(uint64_t position, DeliveryRequest request) override {
    if (!away) bodies.push_back(request.body);
    arrivals_.push_back({position, away ? Answer{.why = "away"}
                                        : Answer{.meaning = Answer::Meaning::kDelivered, .reached = true}});
  }
  std::vector<Arrival> Poll(Duration patience) override {
    last_patience = patience;
    return std::exchange(arrivals_, {});
  }
  void Wake() override { ++wakes; }
  bool away = false;
  int wakes = 0;
  Duration last_patience{0};
  std::vector<std::string> bodies;

 private:
  std::vector<Arrival> arrivals_;
};

}  // namespace latchkey
