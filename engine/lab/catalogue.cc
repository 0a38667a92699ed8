#include "engine/lab/catalogue.h"

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"
#include "engine/lab/actors/botnet.h"
#include "engine/lab/actors/burst.h"
#include "engine/lab/actors/carrier.h"
#include "engine/lab/actors/family.h"
#include "engine/lab/actors/farmer.h"
#include "engine/lab/actors/flooder.h"
#include "engine/lab/actors/forger.h"
#include "engine/lab/actors/guesser.h"
#include "engine/lab/actors/hopper.h"
#include "engine/lab/actors/kiosk.h"
#include "engine/lab/actors/launderer.h"
#include "engine/lab/actors/mail_flooder.h"
#include "engine/lab/actors/monitors.h"
#include "engine/lab/actors/office.h"
#include "engine/lab/actors/owners.h"
#include "engine/lab/actors/pacer.h"
#include "engine/lab/actors/password_managers.h"
#include "engine/lab/actors/prober.h"
#include "engine/lab/actors/rival.h"
#include "engine/lab/actors/saboteur.h"
#include "engine/lab/actors/shoppers.h"
#include "engine/lab/actors/sniper.h"
#include "engine/lab/actors/sprayer.h"
#include "engine/lab/actors/stale_clients.h"
#include "engine/lab/actors/stuffer.h"
#include "engine/lab/actors/tailgater.h"
#include "engine/lab/actors/thief.h"
#include "engine/lab/actors/travellers.h"

namespace latchkey::lab {

const Parameter* ActorKind::Find(std::string_view parameter) const {
  for (const Parameter& each : parameters) {
    if (each.name == parameter) return &each;
  }
  return nullptr;
}

std::span<const ActorKind> ActorKinds() {
  static const std::vector<ActorKind>& kinds = *new std::vector<ActorKind>{CarrierKind(),
                                                                           FamilyKind(),
                                                                           KioskKind(),
                                                                           MonitorsKind(),
                                                                           OfficeKind(),
                                                                           OwnersKind(),
                                                                           PasswordManagersKind(),
                                                                           ShoppersKind(),
                                                                           StaleClientsKind(),
                                                                           TravellersKind(),
                                                                           BotnetKind(),
                                                                           BurstKind(),
                                                                           FarmerKind(),
                                                                           FlooderKind(),
                                                                           ForgerKind(),
                                                                           GuesserKind(),
                                                                           HopperKind(),
                                                                           LaundererKind(),
                                                                           MailFlooderKind(),
                                                                           PacerKind(),
                                                                           ProberKind(),
                                                                           RivalKind(),
                                                                           SaboteurKind(),
                                                                           SniperKind(),
                                                                           SprayerKind(),
                                                                           StufferKind(),
                                                                           TailgaterKind(),
                                                                           ThiefKind()};
  return kinds;
}

const ActorKind* FindActorKind(std::string_view name) {
  for (const ActorKind& kind : ActorKinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

std::string ActorNames(Side side) {
  std::string names;
  for (const ActorKind& kind : ActorKinds()) {
    if (kind.side == side) absl::StrAppend(&names, names.empty() ? "" : ", ", ToAbsl(kind.name));
  }
  return names;
}

}  // namespace latchkey::lab
