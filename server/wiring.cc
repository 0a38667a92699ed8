#include "server/wiring.h"

#include <prometheus/registry.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <optional>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "adapters/grpc/delivery_service.h"
#include "adapters/grpc/guard_service.h"
#include "adapters/grpc/incidents_service.h"
#include "adapters/grpc/policies_service.h"
#include "adapters/grpc/server.h"
#include "adapters/grpc/stats_service.h"
#include "adapters/grpc/workflows_service.h"
#include "adapters/log/decision_log.h"
#include "adapters/log/logging.h"
#include "adapters/memory/revocation_log.h"
#include "adapters/metrics/decision_metrics.h"
#include "adapters/metrics/delivery_metrics.h"
#include "adapters/metrics/finding_metrics.h"
#include "adapters/metrics/incident_metrics.h"
#include "adapters/metrics/metered_signal_store.h"
#include "adapters/metrics/metrics_server.h"
#include "adapters/metrics/policy_metrics.h"
#include "adapters/metrics/process_metrics.h"
#include "adapters/metrics/recording_metrics.h"
#include "adapters/metrics/store_metrics.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "adapters/sodium/key_ring_file.h"
#include "adapters/sodium/ring_sealer.h"
#include "adapters/sodium/siphash_key_hasher.h"
#include "adapters/sodium/system_random.h"
#include "adapters/system/file_watch.h"
#include "adapters/system/system_clock.h"
#include "engine/assess/account_view.h"
#include "engine/assess/assessor.h"
#include "engine/assess/owner_desk.h"
#include "engine/assess/reporter.h"
#include "engine/assess/shadow.h"
#include "engine/base/status_macros.h"
#include "engine/detect/attack_watcher.h"
#include "engine/incident/incident_desk.h"
#include "engine/stats/stats_observer.h"
#include "engine/workflow/attack_watch.h"
#include "engine/workflow/victim_standings.h"
#include "server/callers_file.h"
#include "server/delivery_source.h"
#include "server/exposure.h"
#include "server/ledger_source.h"
#include "server/policy_keeper.h"
#include "server/policy_source.h"
#include "server/recording_source.h"
#include "server/siem_source.h"
#include "server/sightings_pump.h"
#include "server/stats_pump.h"
#include "server/store_source.h"

namespace latchkey {
namespace {

// A node that has its policy and keys answers without the store, as it does later: health says so when the
// store has answered, or after this.
constexpr Duration kStoreAwaited = std::chrono::seconds(5);
// Refusals that a node knows by heart, of a few kilobytes each.
constexpr size_t kRefusalsKept = 4096;

absl::StatusOr<KeyRing> OpenKeyRing(const ServerSettings& settings, ServiceLog& log) {
  if (!settings.key_ring.empty()) return LoadKeyRing(settings.key_ring);
  const std::string path = settings.data_dir + "/key-ring";
  if (!std::filesystem::exists(path)) {
    LATCHKEY_RETURN_IF_ERROR(CreateKeyRing(path));
    log.Write(LogLevel::kWarn,
              "made a key ring of this node's own; nodes that share a store need one key_ring",
              {{"file", path}});
  }
  return LoadKeyRing(path);
}

absl::StatusOr<CallerAuthSettings> OpenCallers(const ServerSettings& settings, ServiceLog& log) {
  CallerAuthSettings callers{.environment = settings.environment};
  if (!settings.api_keys.empty()) return ReadCallersFile(settings.api_keys, settings.environment);
  if (settings.tls_client_ca.empty()) {
    log.Write(LogLevel::kWarn, "no api_keys: every caller may do everything; for development only",
              {{"listen", settings.listen}});
    callers.anonymous = Caller{.name = "anonymous", .roles = RoleSet::All()};
  }
  return callers;
}

// Takes over a rotated key ring and changed callers; what is wrong is logged, and the old ones stay.
void ReloadSecrets(const ServerSettings& settings, RingSealer& sealer, CallerAuth& auth, ServiceLog& log) {
  const absl::StatusOr<KeyRing> ring = OpenKeyRing(settings, log);
  if (ring.ok()) sealer.Replace(*ring);
  const absl::StatusOr<CallerAuthSettings> callers = OpenCallers(settings, log);
  if (callers.ok()) auth.Replace(*callers);
  for (const absl::Status& status : {ring.status(), callers.status()}) {
    if (status.ok()) continue;
    log.Write(LogLevel::kError, "not reloaded; the old one stays", {{"why", std::string(status.message())}});
  }
}

// Takes over changed secrets of targets, and lets go of a file that was moved away.
void ReloadDelivery(DeliverySource* delivery, SiemSource* siem, ServiceLog& log) {
  if (siem != nullptr) siem->log().Reopen();
  if (delivery == nullptr) return;
  if (const absl::Status status = delivery->ReloadSecrets(); !status.ok())
    log.Write(LogLevel::kError, "secrets of targets are not reloaded; the old ones stay",
              {{"why", std::string(status.message())}});
}

GrpcServerSettings GrpcSettingsOf(const ServerSettings& settings) {
  GrpcServerSettings grpc{.listen_address = settings.listen};
  if (!settings.tls_certificate.empty()) {
    grpc.tls = TlsFiles{.certificate = settings.tls_certificate,
                        .private_key = settings.tls_private_key,
                        .client_ca = settings.tls_client_ca};
    grpc.tls->require_client_certificate = !settings.tls_client_ca.empty() && settings.api_keys.empty();
  }
  return grpc;
}

// "127.0.0.1:7450" with the port that was taken.
std::string BoundAddress(const std::string& listen, int port) {
  const size_t colon = listen.rfind(':');
  if (listen.rfind("unix:", 0) == 0 || colon == std::string::npos) return listen;
  return absl::StrCat(listen.substr(0, colon), ":", port);
}

absl::Status WriteReadyFile(const std::string& path, const std::string& address) {
  if (path.empty()) return absl::OkStatus();
  const std::string fresh = path + ".new";
  std::ofstream(fresh) << address << '\n';
  std::error_code error;
  std::filesystem::rename(fresh, path, error);
  return error ? absl::UnavailableError(absl::StrCat("ready_file: ", path, ": ", error.message()))
               : absl::OkStatus();
}

absl::Status MakeDataDir(const std::string& path) {
  std::error_code error;
  if (std::filesystem::create_directories(path, error))
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  return error ? absl::UnavailableError(absl::StrCat("data_dir: ", path, ": ", error.message()))
               : absl::OkStatus();
}

}  // namespace

absl::Status CheckConfiguration(const ServerSettings& settings) {
  LATCHKEY_RETURN_IF_ERROR(CheckExposure(settings));
  if (!settings.key_ring.empty()) LATCHKEY_RETURN_IF_ERROR(LoadKeyRing(settings.key_ring).status());
  if (!settings.api_keys.empty())
    LATCHKEY_RETURN_IF_ERROR(ReadCallersFile(settings.api_keys, settings.environment).status());
  const GrpcServerSettings grpc = GrpcSettingsOf(settings);
  if (grpc.tls) LATCHKEY_RETURN_IF_ERROR(CheckTlsFiles(*grpc.tls));
  LATCHKEY_RETURN_IF_ERROR(StoreSource::Check(settings));
  LATCHKEY_RETURN_IF_ERROR(CheckDelivery(settings));
  LATCHKEY_ASSIGN_OR_RETURN(const std::string text, ReadPolicyText(settings.policy_file));
  return StatusOf(YamlPolicyReader(settings.attempt_token_life).Read(text, 1), settings.policy_file);
}

absl::Status Serve(const ServerSettings& settings, Signals& signals) {
  ServiceLog log(settings.log_level);
  LATCHKEY_RETURN_IF_ERROR(CheckExposure(settings));
  LATCHKEY_RETURN_IF_ERROR(MakeDataDir(settings.data_dir));
  const SystemClock clock;
  SystemRandom random;
  LATCHKEY_ASSIGN_OR_RETURN(const KeyRing ring, OpenKeyRing(settings, log));
  const SipHashKeyHasher hasher(ring);
  RingSealer sealer(ring, clock);
  const KeyMaker keys(settings.environment, hasher);

  LATCHKEY_ASSIGN_OR_RETURN(
      std::unique_ptr<RevocationLog> revocations,
      RevocationLog::Open(settings.data_dir + "/revocations", settings.environment, clock.Now()));
  LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<StoreSource> stores,
                            StoreSource::Open(settings, clock, random, log));

  const YamlPolicyReader reader(settings.attempt_token_life);
  LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<PolicySource> policy_source,
                            PolicySource::Open(settings, *stores, reader, clock, log));
  PolicyHolder& policies = policy_source->holder();

  const std::unique_ptr<StoreHealthSource> store_health =
      stores->Keep(policies, *revocations, [&revocations, &clock] { return revocations->Live(clock.Now()); });

  const auto registry = std::make_shared<prometheus::Registry>();
  DecisionStats node_stats({.keep_names = settings.show_names});
  ClusterStats stats(node_stats, stores->stats_exchange(), absl::StrCat(absl::Hex(random.Next())));
  MeteredSignalStore store(stores->store(), node_stats.latency(), *registry);
  DecisionMetrics metrics(*registry);
  ProcessMetrics process_metrics(*registry, kVersion);
  PolicyMetrics policy_metrics(*registry);
  policy_metrics.Show(policies.Current());
  StoreMetrics store_metrics(*registry);
  StatsObserver stats_observer(node_stats);
  LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<LedgerSource> ledger,
                            LedgerSource::Open(*stores, sealer, clock, log));
  // In this order: a standing that is told is of an account whose stakes are known.
  Stakes stakes({}, random);
  StakeBook stake_book(stakes, ledger->node(), hasher);
  IncidentBook incident_book;
  ledger->node().Add(Book::kIncidents, incident_book);
  Standings standings({}, ledger->node(), settings.environment);
  VictimStandings victims(stakes, standings);
  // Of nodes that tell each other what they see, each counts all of it.
  const uint64_t counting = ledger->is_shared() ? IncidentDesk::kAllNodes : random.Next();
  IncidentDesk incident_desk({}, counting, ledger->node(), incident_book, random, &victims);
  ledger->Start([&incident_desk, &standings, &stakes](TimePoint now) {
    incident_desk.Keep(now);
    standings.Advance(now);
    stakes.Advance(now);
  });
  const absl::Cleanup unkept = [&ledger] { ledger->Stop(); };
  AttackWatch attack_watch(stakes, standings);
  FindingMetrics findings(*registry, incident_desk);
  IncidentMetrics incident_metrics(*registry);
  AttackWatcher attack_watcher({.policies = policies, .stakes = stakes, .sealer = sealer, .sink = findings},
                               {.show_names = settings.show_names});
  const std::unique_ptr<SightingsPump> sightings =
      SightingsPump::Open(*stores, {.watcher = attack_watcher, .sealer = sealer, .clock = clock, .log = log},
                          absl::StrCat(absl::Hex(random.Next())));
  std::vector<DecisionObserver*> observers = {&stats_observer, &attack_watch, &attack_watcher};
  DecisionLog decision_log(log.raw());
  if (settings.log_decisions) observers.push_back(&decision_log);
  RecordingMetrics recording_metrics(*registry);
  LATCHKEY_ASSIGN_OR_RETURN(const std::unique_ptr<RecordingSource> recording,
                            RecordingSource::Open(settings, {.stores = *stores,
                                                             .sealer = sealer,
                                                             .revocations = *revocations,
                                                             .policies = policies,
                                                             .stakes = stakes}));
  if (recording != nullptr) observers.push_back(&recording->observer());
  LATCHKEY_ASSIGN_OR_RETURN(const std::unique_ptr<SiemSource> siem,
                            SiemSource::Open(settings, ledger->node()));
  if (siem != nullptr) observers.push_back(&siem->log());
  LATCHKEY_ASSIGN_OR_RETURN(
      const std::unique_ptr<DeliverySource> delivery,
      DeliverySource::Open(settings,
                           {.standings = standings, .ledger = *ledger, .clock = clock, .random = random}));
  DeliveryMetrics delivery_metrics(*registry);

  const AssessSettings assessing{
      .token_life = settings.attempt_token_life,
      // Redis gives up by its own timeout; the rest is for the way there and back.
      .store_deadline = settings.redis_command_timeout + std::chrono::milliseconds(30),
      .journal_capacity = static_cast<size_t>(settings.journal_entries),
      .refusals_kept = kRefusalsKept};
  ShadowEngine shadow({.clock = clock,
                       .random = random,
                       .keys = keys,
                       .policies = policies,
                       .store = stores->shadow_store(),
                       .stakes = &stakes},
                      assessing);
  Assessor assessor({.clock = clock,
                     .random = random,
                     .keys = keys,
                     .sealer = sealer,
                     .policies = policies,
                     .revocations = *revocations,
                     .store = store,
                     .local_store = stores->local_store(),
                     .observers = observers,
                     .shadow = &shadow,
                     .stakes = &stakes,
                     .sole_store = stores->sole_store()},
                    assessing);
  OpeningStore opening(store, assessor.refusals());
  OpeningStore opening_locally(stores->local_store(), assessor.refusals());
  Reporter reporter({.clock = clock,
                     .sealer = sealer,
                     .policies = policies,
                     .revocations = *revocations,
                     .store = opening,
                     .local_store = opening_locally,
                     .assessor = assessor,
                     .observers = observers,
                     .shadow = &shadow});
  OwnerDesk owner_desk({.clock = clock,
                        .random = random,
                        .keys = keys,
                        .sealer = sealer,
                        .policies = policies,
                        .revocations = *revocations,
                        .store = opening,
                        .feed = stores->revocation_feed()});

  LATCHKEY_ASSIGN_OR_RETURN(CallerAuthSettings callers, OpenCallers(settings, log));
  CallerAuth auth(std::move(callers));
  DrainSignal drain;
  GuardService guard({.auth = auth,
                      .assessor = assessor,
                      .reporter = reporter,
                      .owners = owner_desk,
                      .keys = keys,
                      .policies = policies,
                      .clock = clock,
                      .drain = drain,
                      .latency = &node_stats.latency()});
  PoliciesService policies_service({.auth = auth,
                                    .repository = policy_source->repository(),
                                    .reader = reader,
                                    .keeper = policy_source->keeper(),
                                    .holder = policies,
                                    .clock = clock});
  const auto unresolved = [&ledger, &incident_book] {
    return ledger->node().ready() ? std::optional(incident_book.Unresolved()) : std::nullopt;
  };
  const AccountView accounts(keys, policies, store, settings.attempt_token_life, &stakes);
  StatsService stats_service({.auth = auth,
                              .stats = stats,
                              .accounts = accounts,
                              .policies = policies,
                              .clock = clock,
                              .drain = drain,
                              .store_health = store_health.get(),
                              .incidents = unresolved});
  WorkflowsService workflows({.auth = auth,
                              .keys = keys,
                              .stakes = stakes,
                              .stake_book = stake_book,
                              .standings = standings,
                              .clock = clock,
                              .drain = drain});
  DeliveryService delivery_service(auth, delivery ? &delivery->courier() : nullptr,
                                   delivery ? &delivery->pump() : nullptr);

  IncidentsService incidents({.auth = auth,
                              .keys = keys,
                              .ledger = ledger->node(),
                              .book = incident_book,
                              .desk = incident_desk,
                              .clock = clock,
                              .drain = drain});
  // Before the services go: they wait for its answers.
  const absl::Cleanup unanswered = [&ledger] { ledger->Stop(); };

  LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<GrpcServer> server,
                            GrpcServer::Start(GrpcSettingsOf(settings),
                                              {{&guard, v1::LoginGuardService::service_full_name()},
                                               {&policies_service, v1::PoliciesService::service_full_name()},
                                               {&stats_service, v1::StatsService::service_full_name()},
                                               {&workflows, v1::WorkflowsService::service_full_name()},
                                               {&incidents, v1::IncidentsService::service_full_name()},
                                               {&delivery_service, v1::DeliveryService::service_full_name()}},
                                              drain));
  std::unique_ptr<MetricsServer> metrics_server;
  if (!settings.metrics_listen.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(metrics_server, MetricsServer::Start(settings.metrics_listen, registry));
    log.Write(LogLevel::kInfo, "serving metrics",
              {{"address", BoundAddress(settings.metrics_listen, metrics_server->port())}});
  }

  const StatsPump pump(stats, clock, log, [&] { metrics.Update(stats, clock.Now()); });

  std::promise<void> ended;
  signals.Listen({.terminate = [&ended] { ended.set_value(); },
                  .reload =
                      [&] {
                        (void)policy_source->keeper().Reload();
                        ReloadSecrets(settings, sealer, auth, log);
                        ReloadDelivery(delivery.get(), siem.get(), log);
                      }});
  const absl::Cleanup deaf = [&signals] { signals.Stop(); };
  std::once_flag serving;
  const auto serve = [&server, &serving] { std::call_once(serving, [&] { server->SetServing(true); }); };
  stores->WhenUp(serve);
  const absl::Cleanup unheard = [&stores] { stores->WhenUp([] {}); };
  const std::string address = BoundAddress(settings.listen, server->port());
  log.Write(
      LogLevel::kInfo, "listening",
      {{"address", address}, {"store", stores->description()}, {"policy", policies.Current()->spec().name}});
  LATCHKEY_RETURN_IF_ERROR(WriteReadyFile(settings.ready_file, address));
  std::future<void> end = ended.get_future();
  const TimePoint started = clock.Now();
  while (end.wait_for(std::chrono::seconds(1)) != std::future_status::ready) {
    if (clock.Now() >= started + kStoreAwaited) serve();
    store_metrics.Update(store_health->Health());
    process_metrics.Update();
    incident_metrics.Update(incident_book.Unresolved());
    attack_watcher.Tick(clock.Now());
    findings.Update(attack_watcher.sightings_dropped());
    if (recording != nullptr) recording_metrics.Update(recording->counts());
    policy_metrics.Show(policies.Current());
    if (delivery != nullptr)
      delivery_metrics.Update(delivery->courier().States(), delivery->courier().counts(),
                              delivery->pump().counts(), clock.Now());
    if (siem != nullptr) {
      siem->TellIncidents(clock.Now());
      const SiemCounts lines = siem->log().counts();
      delivery_metrics.UpdateSiem(lines.written, lines.dropped, lines.failed);
    }
  }
  log.Write(LogLevel::kInfo, "draining", {});
  server->Drain(settings.drain_linger, settings.drain_grace);
  return absl::OkStatus();
}

}  // namespace latchkey
