#include "server/delivery_source.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "adapters/sqlite/outbox_file.h"
#include "adapters/webhook/curl_transport.h"
#include "engine/base/status_macros.h"
#include "engine/delivery/incident_feed.h"
#include "engine/delivery/ledger_places.h"
#include "engine/delivery/standings_feed.h"
#include "server/targets_file.h"
#include "server/wiring.h"

namespace latchkey {
namespace {

// How long a turn waits for the network when nothing is due.
constexpr Duration kPatience = std::chrono::milliseconds(500);
// Some may fail before another node takes over.
constexpr int kChecksALease = 5;

PlainHttp PlainOf(const DeliverySettings& wanted) {
  return wanted.allow_http ? PlainHttp::kAllowed : PlainHttp::kRefused;
}

OutboxLimits LimitsOf(const DeliverySettings& wanted) {
  OutboxLimits limits;
  limits.waiting_max = static_cast<size_t>(wanted.queue_entries);
  limits.bytes_max = static_cast<size_t>(wanted.queue_bytes);
  limits.attempts_max = wanted.attempts_max;
  limits.age_max = wanted.age_max;
  return limits;
}

TextsMayHold TextsOf(const ServerSettings& settings) {
  return settings.show_names ? TextsMayHold::kNames : TextsMayHold::kPseudonyms;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DeliverySource>> DeliverySource::Open(const ServerSettings& settings,
                                                                     Parts parts) {
  const DeliverySettings& wanted = settings.delivery;
  if (wanted.targets.empty()) return nullptr;
  std::unique_ptr<DeliverySource> source(new DeliverySource(parts.clock));
  LATCHKEY_ASSIGN_OR_RETURN(std::vector<DeliveryTarget> targets,
                            ReadTargetsFile(wanted.targets, PlainOf(wanted)));
  LATCHKEY_ASSIGN_OR_RETURN(AddressGuard guard, AddressGuard::Create(wanted.private_networks));
  LATCHKEY_ASSIGN_OR_RETURN(source->writer_,
                            SigningMessageWriter::Create(targets, settings.environment, TextsOf(settings)));
  LATCHKEY_ASSIGN_OR_RETURN(source->storage_, OutboxFile::Open(settings.data_dir + "/outbox.db"));
  source->transport_ = std::make_shared<CurlTransport>(
      CurlTransportSettings{.guard = std::move(guard),
                            .plain_http = PlainOf(wanted),
                            .ca_file = wanted.ca_file,
                            .timeout = wanted.timeout,
                            .user_agent = absl::StrCat("latchkey/", kVersion)},
      parts.clock);
  source->courier_ = std::make_unique<Courier>(
      Courier::Parts{*source->storage_, *source->writer_, *source->transport_, parts.random, parts.clock},
      LimitsOf(wanted), std::move(targets));
  LATCHKEY_RETURN_IF_ERROR(source->courier_->Restore());
  source->feeds_.push_back(std::make_unique<StandingsFeed>(parts.standings, settings.environment));
  source->feeds_.push_back(std::make_unique<IncidentFeed>(parts.ledger.node()));
  std::vector<NoticeFeed*> feeds;
  for (const auto& feed : source->feeds_) feeds.push_back(feed.get());
  // Of nodes that share the ledger one tells; and each goes on from where it was when it was killed.
  source->places_ = std::make_unique<LedgerPlaces>(
      parts.ledger.stored(), absl::StrCat(absl::Hex(parts.random.Next(), absl::kZeroPad16)),
      parts.ledger.is_shared() ? wanted.lease : Duration::zero());
  source->pump_ = std::make_unique<NoticePump>(*source->courier_, *source->places_, std::move(feeds),
                                               PumpOptions{.owner_notice_every = wanted.owner_notice_every,
                                                           .lease_check = wanted.lease / kChecksALease});
  // The first turn finds out where the feeds are; what happens from here on is told.
  source->pump_->Turn(parts.clock.Now());
  // Of incidents and standings both: the ledger tells of every change.
  source->wakes_.push_back(
      parts.ledger.node().Follow([transport = source->transport_] { transport->Wake(); }));
  source->thread_ = std::thread([raw = source.get()] { raw->Run(); });
  return source;
}

DeliverySource::~DeliverySource() {
  wakes_.clear();
  if (!thread_.joinable()) return;
  ending_ = true;
  transport_->Wake();
  thread_.join();
}

void DeliverySource::Run() {
  while (!ending_) {
    pump_->Turn(clock_.Now());
    courier_->Turn(kPatience);
  }
  courier_->Turn(Duration::zero());  // Notes what has arrived.
  pump_->End(clock_.Now());
}

absl::Status CheckDelivery(const ServerSettings& settings) {
  const DeliverySettings& wanted = settings.delivery;
  if (wanted.targets.empty()) return absl::OkStatus();
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<DeliveryTarget> targets,
                            ReadTargetsFile(wanted.targets, PlainOf(wanted)));
  LATCHKEY_RETURN_IF_ERROR(AddressGuard::Create(wanted.private_networks).status());
  return SigningMessageWriter::Create(targets, settings.environment, TextsOf(settings)).status();
}

}  // namespace latchkey
