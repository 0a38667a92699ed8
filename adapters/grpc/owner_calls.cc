// The acts of owners: methods of GuardService.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "adapters/grpc/guard_service.h"
#include "adapters/grpc/unary.h"
#include "adapters/grpc/wire_values.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kReasonMax = 256;
constexpr int kPageUsual = 50;
constexpr int kPageMost = 100;

// A page of a list that is known whole.
struct PageOf {
  size_t begin = 0;
  size_t size = 0;
};

template <typename Request>
absl::StatusOr<PageOf> DecodePage(const Request& request) {
  PageOf page;
  LATCHKEY_ASSIGN_OR_RETURN(page.begin, DecodeOffset(request.page_token()));
  LATCHKEY_ASSIGN_OR_RETURN(page.size, DecodePageSize(request.page_size(), kPageUsual, kPageMost));
  return page;
}

template <typename Response, typename Encode>
void EncodePage(const std::vector<KnownProof>& all, const PageOf& page, Response* response, Encode encode) {
  const size_t begin = std::min(page.begin, all.size());
  const size_t end = std::min(begin + page.size, all.size());
  for (size_t i = begin; i < end; ++i) encode(all[i]);
  if (end < all.size()) response->set_next_page_token(EncodeOffset(end));
}

void EncodeDevice(const KnownProof& known, Duration life, v1::Device* out) {
  out->set_device_id(known.id);
  out->set_name(known.name);
  EncodeTime(known.since, out->mutable_create_time());
  EncodeTime(known.seen, out->mutable_last_login_time());
  EncodeTime(known.seen + life, out->mutable_expire_time());
  out->set_failures(known.failures);
}

absl::Status CheckConfirmation(const v1::ConfirmOwnerRequest& request) {
  LATCHKEY_RETURN_IF_ERROR(Source::Parse(request.source()).status());
  if (request.method() == v1::ConfirmOwnerRequest::METHOD_UNSPECIFIED ||
      !v1::ConfirmOwnerRequest::Method_IsValid(request.method())) {
    return WrongField("method", "is required, and one that is known");
  }
  const bool desk = request.method() == v1::ConfirmOwnerRequest::METHOD_SUPPORT_DESK;
  return CheckText("reason", request.reason(), desk ? 1 : 0, kReasonMax);
}

absl::StatusOr<std::string> SourceIdOf(const v1::ForgetSourceRequest& request, const AccountName& name,
                                       const KeyMaker& keys) {
  if (request.target_case() == v1::ForgetSourceRequest::kSourceId) return request.source_id();
  if (request.target_case() != v1::ForgetSourceRequest::kSource) {
    return WrongField("source_id", "a source_id or a source is required");
  }
  LATCHKEY_ASSIGN_OR_RETURN(const Source source, Source::Parse(request.source()));
  return absl::StrCat(absl::Hex(keys.SourceId(name.tenant, source), absl::kZeroPad12));
}

// Forgetting is idempotent: what is not there is not an error.
absl::Status Forgotten(const absl::Status& status, bool& forgotten) {
  forgotten = status.ok();
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

}  // namespace

grpc::ServerUnaryReactor* GuardService::ConfirmOwner(grpc::CallbackServerContext* context,
                                                     const v1::ConfirmOwnerRequest* request,
                                                     v1::ConfirmOwnerResponse* response) {
  return AnswerLater(
      context, parts_.auth, Method::kConfirmOwner,
      [&](const auto& /*caller*/, Duration left, Finisher finish) {
        const auto name = DecodeAccount(request->tenant(), request->account(), parts_.tenants);
        if (!name.ok()) return finish(name.status());
        if (absl::Status wrong = CheckConfirmation(*request); !wrong.ok()) return finish(wrong);
        parts_.owners.Confirm(
            *name, request->device_name(), left, [response, finish](absl::StatusOr<Confirmation> confirmed) {
              if (!confirmed.ok()) return finish(confirmed.status());
              response->set_device_token(confirmed->device_token);
              EncodeTime(confirmed->device_token_expires, response->mutable_device_token_expire_time());
              response->set_recovery_open(!confirmed->recovery_token.empty());
              if (response->recovery_open()) {
                response->set_recovery_token(confirmed->recovery_token);
                EncodeTime(confirmed->recovery_token_expires, response->mutable_recovery_expire_time());
              } else {
                response->set_refusal(v1::ConfirmOwnerResponse::REFUSAL_RECOVERIES_SPENT);
              }
              finish(absl::OkStatus());
            });
      });
}

grpc::ServerUnaryReactor* GuardService::RevokeDevices(grpc::CallbackServerContext* context,
                                                      const v1::RevokeDevicesRequest* request,
                                                      v1::RevokeDevicesResponse* response) {
  return AnswerLater(
      context, parts_.auth, Method::kRevokeDevices,
      [&](const auto& /*caller*/, Duration left, Finisher finish) {
        const auto name = DecodeAccount(request->tenant(), request->account(), parts_.tenants);
        if (!name.ok()) return finish(name.status());
        if (absl::Status wrong = CheckText("reason", request->reason(), 0, kReasonMax); !wrong.ok()) {
          return finish(wrong);
        }
        if (!request->device_id().empty()) {
          return parts_.owners.Forget(*name, Lane::kDevice, request->device_id(), left,
                                      [response, finish](const absl::Status& status) {
                                        bool forgotten = false;
                                        const absl::Status end = Forgotten(status, forgotten);
                                        response->set_revoked_count(forgotten ? 1 : 0);
                                        finish(end);
                                      });
        }
        // The list is only for the count: a store that cannot answer must not keep a revocation from being
        // kept.
        parts_.owners.List(
            *name, Lane::kDevice, left,
            [this, name = *name, left, request, response,
             finish](const absl::StatusOr<std::vector<KnownProof>>& known) {
              if (known.ok()) response->set_revoked_count(static_cast<int32_t>(known->size()));
              parts_.owners.RevokeAll(
                  name, request->mint_device_token() ? std::optional(request->device_name()) : std::nullopt,
                  left, [request, response, finish](const absl::StatusOr<Confirmation>& revoked) {
                    if (!revoked.ok()) return finish(revoked.status());
                    if (request->mint_device_token()) {
                      response->set_device_token(revoked->device_token);
                      EncodeTime(revoked->device_token_expires, response->mutable_device_token_expire_time());
                    }
                    finish(absl::OkStatus());
                  });
            });
      });
}

grpc::ServerUnaryReactor* GuardService::ListDevices(grpc::CallbackServerContext* context,
                                                    const v1::ListDevicesRequest* request,
                                                    v1::ListDevicesResponse* response) {
  return AnswerLater(context, parts_.auth, Method::kListDevices,
                     [&](const auto& /*caller*/, Duration left, Finisher finish) {
                       const auto name = DecodeAccount(request->tenant(), request->account(), parts_.tenants);
                       if (!name.ok()) return finish(name.status());
                       const auto page = DecodePage(*request);
                       if (!page.ok()) return finish(page.status());
                       const Duration life = parts_.policies.Current()->spec().device.token_ttl;
                       parts_.owners.List(*name, Lane::kDevice, left,
                                          [page = *page, life, response,
                                           finish](const absl::StatusOr<std::vector<KnownProof>>& known) {
                                            if (!known.ok()) return finish(known.status());
                                            EncodePage(*known, page, response, [&](const KnownProof& one) {
                                              EncodeDevice(one, life, response->add_devices());
                                            });
                                            finish(absl::OkStatus());
                                          });
                     });
}

grpc::ServerUnaryReactor* GuardService::NameDevice(grpc::CallbackServerContext* context,
                                                   const v1::NameDeviceRequest* request,
                                                   v1::NameDeviceResponse* response) {
  return AnswerLater(
      context, parts_.auth, Method::kNameDevice, [&](const auto& /*caller*/, Duration left, Finisher finish) {
        const auto name = DecodeAccount(request->tenant(), request->account(), parts_.tenants);
        if (!name.ok()) return finish(name.status());
        parts_.owners.Name(*name, request->device_id(), request->name(), left,
                           [this, name = *name, left, request, response, finish](const absl::Status& named) {
                             if (!named.ok()) return finish(named);
                             const Duration life = parts_.policies.Current()->spec().device.token_ttl;
                             parts_.owners.List(name, Lane::kDevice, left,
                                                [life, request, response, finish](
                                                    const absl::StatusOr<std::vector<KnownProof>>& known) {
                                                  if (!known.ok()) return finish(known.status());
                                                  for (const KnownProof& one : *known) {
                                                    if (one.id == request->device_id())
                                                      EncodeDevice(one, life, response->mutable_device());
                                                  }
                                                  finish(absl::OkStatus());
                                                });
                           });
      });
}

grpc::ServerUnaryReactor* GuardService::ForgetDevice(grpc::CallbackServerContext* context,
                                                     const v1::ForgetDeviceRequest* request,
                                                     v1::ForgetDeviceResponse* response) {
  return AnswerLater(context, parts_.auth, Method::kForgetDevice,
                     [&](const auto& /*caller*/, Duration left, Finisher finish) {
                       const auto name = DecodeAccount(request->tenant(), request->account(), parts_.tenants);
                       if (!name.ok()) return finish(name.status());
                       parts_.owners.Forget(*name, Lane::kDevice, request->device_id(), left,
                                            [response, finish](const absl::Status& status) {
                                              bool forgotten = false;
                                              const absl::Status end = Forgotten(status, forgotten);
                                              response->set_forgotten(forgotten);
                                              finish(end);
                                            });
                     });
}

grpc::ServerUnaryReactor* GuardService::ListSources(grpc::CallbackServerContext* context,
                                                    const v1::ListSourcesRequest* request,
                                                    v1::ListSourcesResponse* response) {
  return AnswerLater(context, parts_.auth, Method::kListSources,
                     [&](const auto& /*caller*/, Duration left, Finisher finish) {
                       const auto name = DecodeAccount(request->tenant(), request->account(), parts_.tenants);
                       if (!name.ok()) return finish(name.status());
                       const auto page = DecodePage(*request);
                       if (!page.ok()) return finish(page.status());
                       const Duration life = parts_.policies.Current()->spec().familiar.remember;
                       parts_.owners.List(*name, Lane::kFamiliar, left,
                                          [page = *page, life, response,
                                           finish](const absl::StatusOr<std::vector<KnownProof>>& known) {
                                            if (!known.ok()) return finish(known.status());
                                            EncodePage(*known, page, response, [&](const KnownProof& one) {
                                              v1::FamiliarSource* source = response->add_sources();
                                              source->set_source_id(one.id);
                                              EncodeTime(one.since, source->mutable_create_time());
                                              EncodeTime(one.seen, source->mutable_last_login_time());
                                              EncodeTime(one.seen + life, source->mutable_expire_time());
                                              source->set_failures(one.failures);
                                            });
                                            finish(absl::OkStatus());
                                          });
                     });
}

grpc::ServerUnaryReactor* GuardService::ForgetSource(grpc::CallbackServerContext* context,
                                                     const v1::ForgetSourceRequest* request,
                                                     v1::ForgetSourceResponse* response) {
  return AnswerLater(context, parts_.auth, Method::kForgetSource,
                     [&](const auto& /*caller*/, Duration left, Finisher finish) {
                       const auto name = DecodeAccount(request->tenant(), request->account(), parts_.tenants);
                       if (!name.ok()) return finish(name.status());
                       const auto id = SourceIdOf(*request, *name, parts_.keys);
                       if (!id.ok()) return finish(id.status());
                       parts_.owners.Forget(*name, Lane::kFamiliar, *id, left,
                                            [response, finish](const absl::Status& status) {
                                              bool forgotten = false;
                                              const absl::Status end = Forgotten(status, forgotten);
                                              response->set_forgotten(forgotten);
                                              finish(end);
                                            });
                     });
}

}  // namespace latchkey
