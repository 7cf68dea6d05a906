#include "app/admin_oauth_clients.hpp"

#include <memory>
#include <utility>

#include "postroom/admin/v1/oauth.pb.h"

namespace postroom::app {
namespace {

using namespace admin::v1;
using access::caller;
using config::v1::OAuthClient;

const std::string service = "postroom.admin.v1.OAuthService/";

result<GetOAuthResponse> get(stored_settings& stored, const GetOAuthRequest& r) {
  const auto now = stored.now();
  if (!now) return now.error();
  GetOAuthResponse out;
  if (const auto* p = partitions::find_partition((*now)->settings, r.partition()))
    for (const auto& client : p->oauth_clients())
      if (client.name() == r.name()) {
        *out.mutable_client() = client;
        out.set_revision(partitions::revision_of(partitions::alone(p->id(), client)));
        return out;
      }
  return fail(ec::not_found, "there is no OAuth client " + r.partition() + "/" + r.name() +
                                 "; `postroom oauth list " + r.partition() +
                                 "` shows those there are");
}

result<SetupResponse> add(const setup_backend& b, const AddOAuthRequest& r, const caller& who) {
  return make_edit(b, partitions::add_item(r.partition(), r.client()), words_of(r, who),
                   r.partition());
}

result<SetupResponse> update(const setup_backend& b, const UpdateOAuthRequest& r,
                             const caller& who) {
  if (auto given = check_revision(r.revision()); !given) return given.error();
  return make_edit(b, partitions::update_item(r.partition(), r.name(), r.client()),
                   words_of(r, who), r.partition());
}

result<SetupResponse> remove(const setup_backend& b, const RemoveOAuthRequest& r,
                             const caller& who) {
  if (auto given = check_revision(r.revision()); !given) return given.error();
  return make_edit(b, partitions::remove_item<OAuthClient>(r.partition(), r.name()),
                   words_of(r, who), r.partition());
}

}  // namespace

void register_oauth_clients(guarded_server& server, const setup_backend& backend) {
  const auto stored = std::make_shared<stored_settings>(backend.settings);
  server.add<GetOAuthRequest, GetOAuthResponse>(
      service + "Get", [stored](const auto& r, const caller&) { return get(*stored, r); });
  server.add<AddOAuthRequest, SetupResponse>(
      service + "Add",
      [backend](const auto& r, const caller& who) { return add(backend, r, who); });
  server.add<UpdateOAuthRequest, SetupResponse>(
      service + "Update",
      [backend](const auto& r, const caller& who) { return update(backend, r, who); });
  server.add<RemoveOAuthRequest, SetupResponse>(
      service + "Remove",
      [backend](const auto& r, const caller& who) { return remove(backend, r, who); });
}

}  // namespace postroom::app
