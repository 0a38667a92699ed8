// confirm-owner, devices, sources, revoke-devices: the acts of owners, as a support desk does them.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/json.h"
#include "cli/pages.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "latchkey/v1/guard.grpc.pb.h"

namespace latchkey::cli {
namespace {

using Guard = v1::LoginGuardService::Stub;

struct OwnerFlags {
  std::string account;
  std::string source;
  std::string source_id;
  std::string device_id;
  std::string name;
  std::string reason;
  bool mint = false;
  v1::ConfirmOwnerRequest::Method method = v1::ConfirmOwnerRequest::METHOD_UNSPECIFIED;
};

// A request about the account of these flags.
template <class Request>
Request About(const OwnerFlags& flags, const Session& session) {
  Request request;
  request.set_tenant(session.settings().tenant);
  request.set_account(flags.account);
  return request;
}

// Prints JSON and says so, or leaves the showing to the caller.
bool Printed(Session& session, const google::protobuf::Message& answer) {
  if (session.json()) session.out() << ToJson(answer) << '\n';
  return session.json();
}

absl::StatusOr<ExitCode> ConfirmOwner(Session& session, const OwnerFlags& flags) {
  auto request = About<v1::ConfirmOwnerRequest>(flags, session);
  request.set_source(flags.source);
  request.set_method(flags.method);
  request.set_device_name(flags.name);
  request.set_reason(flags.reason);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Guard::ConfirmOwner, request));
  if (Printed(session, answer)) return ExitCode::kOk;
  Attributes rows;
  rows.Add("recovered lane",
           answer.recovery_open() ? "open" : absl::StrCat("not opened: ", Word(answer.refusal())));
  if (answer.has_next_time()) rows.Add("next recovery", UntilWord(answer.next_time(), absl::Now()));
  rows.Add("recovery token", answer.recovery_token());
  if (answer.has_recovery_expire_time()) rows.Add("valid until", TimeWord(answer.recovery_expire_time()));
  rows.Add("device token", answer.device_token());
  if (answer.has_device_token_expire_time())
    rows.Add("valid until", TimeWord(answer.device_token_expire_time()));
  rows.Print(session.out());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> RevokeDevices(Session& session, const OwnerFlags& flags) {
  auto request = About<v1::RevokeDevicesRequest>(flags, session);
  request.set_device_id(flags.device_id);
  request.set_mint_device_token(flags.mint);
  request.set_device_name(flags.name);
  request.set_reason(flags.reason);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Guard::RevokeDevices, request));
  if (Printed(session, answer)) return ExitCode::kOk;
  Attributes rows;
  rows.Add("revoked", Counted(answer.revoked_count(), "device"));
  rows.Add("device token", answer.device_token());
  if (answer.has_device_token_expire_time())
    rows.Add("valid until", TimeWord(answer.device_token_expire_time()));
  rows.Print(session.out());
  return ExitCode::kOk;
}

void ShowDevices(const google::protobuf::RepeatedPtrField<v1::Device>& devices, Session& session) {
  const absl::Time now = absl::Now();
  Table table(
      {{"DEVICE"}, {"NAME"}, {"LAST LOGIN"}, {"SINCE"}, {"ENDS"}, {"FAILURES", Table::Align::kRight}});
  for (const v1::Device& device : devices) {
    table.Add({device.device_id(), device.name(), SinceWord(device.last_login_time(), now),
               TimeWord(device.create_time()), TimeWord(device.expire_time()),
               absl::StrCat(device.failures())});
  }
  table.Print(session.out());
  if (table.empty()) session.err() << "no devices\n";
}

absl::StatusOr<ExitCode> ListDevices(Session& session, const OwnerFlags& flags) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, AllPages(session, &Guard::ListDevices,
                                                        About<v1::ListDevicesRequest>(flags, session)));
  if (!Printed(session, answer)) ShowDevices(answer.devices(), session);
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> NameDevice(Session& session, const OwnerFlags& flags) {
  auto request = About<v1::NameDeviceRequest>(flags, session);
  request.set_device_id(flags.device_id);
  request.set_name(flags.name);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Guard::NameDevice, request));
  google::protobuf::RepeatedPtrField<v1::Device> devices;
  *devices.Add() = answer.device();
  if (!Printed(session, answer)) ShowDevices(devices, session);
  return ExitCode::kOk;
}

// Forgetting what is not there is done already, but a script may have mistyped it.
ExitCode Forgotten(Session& session, const google::protobuf::Message& answer, bool forgotten) {
  if (!Printed(session, answer)) session.out() << (forgotten ? "forgotten\n" : "was not there\n");
  return forgotten ? ExitCode::kOk : ExitCode::kNotFound;
}

absl::StatusOr<ExitCode> ForgetDevice(Session& session, const OwnerFlags& flags) {
  auto request = About<v1::ForgetDeviceRequest>(flags, session);
  request.set_device_id(flags.device_id);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Guard::ForgetDevice, request));
  return Forgotten(session, answer, answer.forgotten());
}

absl::StatusOr<ExitCode> ListSources(Session& session, const OwnerFlags& flags) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, AllPages(session, &Guard::ListSources,
                                                        About<v1::ListSourcesRequest>(flags, session)));
  if (Printed(session, answer)) return ExitCode::kOk;
  const absl::Time now = absl::Now();
  Table table({{"SOURCE"}, {"LAST LOGIN"}, {"SINCE"}, {"ENDS"}, {"FAILURES", Table::Align::kRight}});
  for (const v1::FamiliarSource& source : answer.sources()) {
    table.Add({source.source_id(), SinceWord(source.last_login_time(), now), TimeWord(source.create_time()),
               TimeWord(source.expire_time()), absl::StrCat(source.failures())});
  }
  table.Print(session.out());
  if (table.empty()) session.err() << "no familiar sources\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ForgetSource(Session& session, const OwnerFlags& flags) {
  auto request = About<v1::ForgetSourceRequest>(flags, session);
  if (!flags.source.empty()) {
    request.set_source(flags.source);
  } else if (!flags.source_id.empty()) {
    request.set_source_id(flags.source_id);
  } else {
    return absl::InvalidArgumentError("sources forget wants SOURCE_ID or --address ADDRESS");
  }
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Guard::ForgetSource, request));
  return Forgotten(session, answer, answer.forgotten());
}

using Act = absl::StatusOr<ExitCode> (*)(Session&, const OwnerFlags&);

// A subcommand about one account.
std::pair<CLI::App*, std::shared_ptr<OwnerFlags>> AddAct(CLI::App& app, ChosenVerb& chosen,
                                                         const std::string& name, const std::string& help,
                                                         Act act) {
  auto* verb = app.add_subcommand(name, help);
  auto flags = std::make_shared<OwnerFlags>();
  verb->add_option("ACCOUNT", flags->account, "Whose")->required()->type_name("");
  chosen.On(*verb, [flags, act](Session& session) { return act(session, *flags); });
  return {verb, flags};
}

void AddDevices(CLI::App& app, ChosenVerb& chosen) {
  auto& devices = *app.add_subcommand("devices", "List, name or forget the devices of an account");
  devices.require_subcommand(1);
  AddAct(devices, chosen, "list", "List devices, last used first", ListDevices);
  auto [name, naming] = AddAct(devices, chosen, "name", "Name a device", NameDevice);
  name->add_option("DEVICE", naming->device_id, "Which, as list shows it")->required()->type_name("");
  name->add_option("NAME", naming->name, "Its name; empty takes the name away")->required()->type_name("");
  auto [forget, forgetting] =
      AddAct(devices, chosen, "forget", "Make a device's token worthless", ForgetDevice);
  forget->add_option("DEVICE", forgetting->device_id, "Which, as list shows it")->required()->type_name("");
}

void AddSources(CLI::App& app, ChosenVerb& chosen) {
  auto& sources = *app.add_subcommand("sources", "List or forget the familiar sources of an account");
  sources.require_subcommand(1);
  AddAct(sources, chosen, "list", "List familiar sources, last used first", ListSources);
  auto [forget, flags] = AddAct(sources, chosen, "forget", "Forget a familiar source", ForgetSource);
  auto* id = forget->add_option("SOURCE_ID", flags->source_id, "Which, as list shows it")->type_name("");
  forget->add_option("--address", flags->source, "Which, by its address")->type_name("ADDRESS")->excludes(id);
}

}  // namespace

void AddOwnerVerbs(CLI::App& app, ChosenVerb& chosen) {
  auto [confirm, owner] =
      AddAct(app, chosen, "confirm-owner", "Say that an owner has proved himself out of band", ConfirmOwner);
  confirm->add_option("SOURCE", owner->source, "The address of the browser that asked")
      ->required()
      ->type_name("");
  AddEnum(*confirm, "--method", owner->method, "How he proved himself")->required();
  confirm->add_option("--device-name", owner->name, "Names the device that gets the token")
      ->type_name("NAME");
  confirm->add_option("--reason", owner->reason, "Why, for the audit log")->type_name("TEXT");

  AddDevices(app, chosen);
  AddSources(app, chosen);

  auto [revoke, devices] =
      AddAct(app, chosen, "revoke-devices", "Make all device tokens of an account, or one, worthless at once",
             RevokeDevices);
  auto* device = revoke->add_option("--device", devices->device_id, "Only this one, as devices list shows it")
                     ->type_name("ID");
  revoke->add_flag("--mint", devices->mint, "Mint a new token for the browser that asked")->excludes(device);
  revoke->add_option("--device-name", devices->name, "Names that browser")->type_name("NAME");
  revoke->add_option("--reason", devices->reason, "Why, for the audit log")->type_name("TEXT");
}

}  // namespace latchkey::cli
