#include "engine/signal/packed_charge.h"

#include <optional>

namespace latchkey {
namespace {

// What can be said of an ask: a third answer is that ApplyCharge must be asked.
enum class Said { kNo, kYes, kUnknown };

Said SaidIf(bool yes) { return yes ? Said::kYes : Said::kNo; }

struct Proof {
  Said holds = Said::kNo;
  uint16_t slot = 0;
};

// As CheckProof does.
Proof ProofOf(const LaneAsk& ask, const RecordLayout& account, TimePoint now) {
  switch (ask.lane) {
    case Lane::kStranger:
      return {Said::kYes, 0};
    case Lane::kChallenged:
      // It would have to be spent.
      return {account.IsSpent(ask.proof_id, now) ? Said::kNo : Said::kUnknown, 0};
    case Lane::kFamiliar: {
      const std::optional<RecordLayout::SlotAt> slot = account.FindSlot(ask.lane, ask.proof_id);
      return slot ? Proof{SaidIf(slot->seen + ask.fresh_for > now), slot->index} : Proof{};
    }
    case Lane::kRecovered: {
      const std::optional<RecordLayout::SlotAt> slot = account.FindSlot(ask.lane, ask.proof_id);
      if (!slot || ask.proof_epoch < account.epoch()) return {};
      return {SaidIf(slot->since + ask.fresh_for > now), slot->index};
    }
    case Lane::kDevice: {
      if (ask.proof_epoch < account.epoch() || account.IsSpent(ask.proof_id, now)) return {};
      const std::optional<RecordLayout::SlotAt> slot = account.FindSlot(ask.lane, ask.proof_id);
      if (!slot) return {Said::kUnknown, 0};  // It may have to be given a place.
      return {Said::kYes, slot->index};
    }
  }
  return {Said::kUnknown, 0};
}

RecordBench::Touched* TouchedBy(const CounterAsk& ask, uint16_t slot, RecordBench& record) {
  return record.Touch({.signature = ask.signature, .sub = ask.sub_is_slot ? slot : ask.sub});
}

Said Admits(const std::vector<CounterAsk>& asks, RecordBench& record, uint16_t slot, TimePoint now,
            Duration life) {
  for (const CounterAsk& ask : asks) {
    if (ask.limits.empty()) continue;
    const RecordBench::Touched* touched = TouchedBy(ask, slot, record);
    if (touched == nullptr) return Said::kUnknown;
    const bool distinct = touched->id.distinct();
    const int64_t weight = distinct ? 1 : ask.weight;
    for (const Limit& limit : ask.limits) {
      // Were all of it in the window, there would still be room, and it has started no hold.
      if (touched->weight + weight <= limit.above && touched->weight < limit.above) continue;
      if (EvaluateLimit(limit, touched->left(), distinct, weight, now, life).refuses) return Said::kNo;
    }
  }
  return Said::kYes;
}

// False when ApplyCharge must do it.
bool ChargeAll(const std::vector<CounterAsk>& asks, RecordBench& record, uint16_t slot, TimePoint now) {
  for (const CounterAsk& ask : asks) {
    if (!ask.charged) continue;
    RecordBench::Touched* touched = TouchedBy(ask, slot, record);
    if (touched == nullptr || !record.Charge(*touched, ask, now)) return false;
  }
  return true;
}

// Charges what is admitted. False when ApplyCharge must do it.
bool Admit(const ChargeRequest& request, TimePoint now, PackedChange& account, PackedChange& network,
           RecordBenches& benches, ChargeResult& result) {
  const LaneAsk& ask = request.lanes[static_cast<size_t>(result.admitted)];
  const Duration life = request.token_life;
  result.counted = result.admitted;
  const Reservation own{
      .id = request.reservation_id, .at = now, .lane = ask.lane, .sub = result.sub, .tag = request.tag};
  std::optional<Reservation> same;
  benches.account.ReadTail(now, life, [&](const Reservation& r) {
    if (own.tag && !same && r.lane == own.lane && r.sub == own.sub && r.tag == own.tag) same = r;
    return true;
  });
  benches.network.ReadTail(now, life, [](const Reservation&) { return true; });
  result.shared = same.has_value();
  if (result.shared) {
    result.reservation_id = same->id;
  } else if (benches.account.live() >= kReservationsMax ||
             !ChargeAll(ask.account, benches.account, result.sub, now) ||
             !ChargeAll(ask.network, benches.network, result.sub, now)) {
    return false;
  }
  account.changed = !result.shared || benches.account.changed();
  if (account.changed) benches.account.Write(now, result.shared ? nullptr : &own, account.after);
  network.changed = benches.network.changed();
  if (network.changed) benches.network.Write(now, nullptr, network.after);
  result.brief->charged_at = result.shared ? same->at : now;
  result.brief->spent = Admits(ask.network, benches.network, result.sub, now, life) != Said::kYes ||
                        Admits(ask.account, benches.account, result.sub, now, life) != Said::kYes;
  return true;
}

}  // namespace

bool ChargePacked(const ChargeRequest& request, TimePoint now, PackedChange& account, PackedChange& network,
                  ChargeResult& result) {
  RecordBenches& benches = RecordBenches::OfThread();
  if (request.dry_run || request.forced || !benches.account.Begin(account, now) ||
      !benches.network.Begin(network, now))
    return false;
  const Duration life = request.token_life;
  result.reservation_id = request.reservation_id;
  result.records.now = now;
  bool fell = false;
  for (size_t i = 0; i < request.lanes.size() && result.admitted < 0; ++i) {
    const LaneAsk& ask = request.lanes[i];
    const Proof proof = ProofOf(ask, benches.account.layout(), now);
    if (proof.holds == Said::kUnknown) return false;
    if (proof.holds == Said::kNo) continue;
    result.sub = proof.slot;
    Said admits = ask.closed ? Said::kNo : Admits(ask.network, benches.network, proof.slot, now, life);
    if (admits == Said::kYes) admits = Admits(ask.account, benches.account, proof.slot, now, life);
    if (admits == Said::kUnknown) return false;
    if (admits == Said::kYes) {
      result.admitted = static_cast<int>(i);
    } else {
      fell = true;
    }
  }
  account.proven = benches.account.proven();
  network.proven = benches.network.proven();
  if (result.admitted < 0) return true;
  result.brief.emplace().fell = fell;
  return Admit(request, now, account, network, benches, result);
}

}  // namespace latchkey
