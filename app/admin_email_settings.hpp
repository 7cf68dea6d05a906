#pragma once

#include <memory>

#include "app/admin_gate.hpp"
#include "app/lease_table.hpp"
#include "app/setup_backend.hpp"
#include "postroom/admin/v1/email_settings.pb.h"

/// postroom.admin.v1.EmailSettingsService: the general settings, the mail servers, and who is at
/// their details.
namespace postroom::app {

/// What its methods share.
struct email_settings {
  explicit email_settings(setup_backend b)
      : backend(std::move(b)), stored(backend.settings), leases(backend.clock) {}
  setup_backend backend;
  stored_settings stored;
  lease_table leases;
};

void register_email_settings(guarded_server& server, const std::shared_ptr<email_settings>& s);

/// Registered by the above; apart, as a file should fit a screen or two.
void register_leases(guarded_server& server, const std::shared_ptr<email_settings>& s);
void register_discovery(guarded_server& server, const std::shared_ptr<email_settings>& s);

/// The two kinds of servers, so that one function serves both.
struct incoming_kind {
  using server = config::v1::IncomingServer;
  using item = admin::v1::IncomingItem;
  using list_response = admin::v1::ListIncomingResponse;
  using get_response = admin::v1::GetIncomingResponse;
  using add_request = admin::v1::AddIncomingRequest;
  using update_request = admin::v1::UpdateIncomingRequest;
  static constexpr auto kind = admin::v1::SERVER_KIND_INCOMING;
  static constexpr const char* name = "Incoming";
  static const auto& of(const config::v1::Partition& p) { return p.incoming(); }
};
struct outgoing_kind {
  using server = config::v1::OutgoingServer;
  using item = admin::v1::OutgoingItem;
  using list_response = admin::v1::ListOutgoingResponse;
  using get_response = admin::v1::GetOutgoingResponse;
  using add_request = admin::v1::AddOutgoingRequest;
  using update_request = admin::v1::UpdateOutgoingRequest;
  static constexpr auto kind = admin::v1::SERVER_KIND_OUTGOING;
  static constexpr const char* name = "Outgoing";
  static const auto& of(const config::v1::Partition& p) { return p.outgoing(); }
};

/// Of partitions where the caller may not set up, nothing is told, not even that they are there.
template <class Kind>
result<typename Kind::list_response> list_servers(email_settings& s,
                                                  const admin::v1::ListServersRequest& request,
                                                  const access::caller& who);
extern template result<admin::v1::ListIncomingResponse> list_servers<incoming_kind>(
    email_settings&, const admin::v1::ListServersRequest&, const access::caller&);
extern template result<admin::v1::ListOutgoingResponse> list_servers<outgoing_kind>(
    email_settings&, const admin::v1::ListServersRequest&, const access::caller&);

/// A server with its revision and whoever is at its details. Errors: not_found.
template <class Kind>
result<typename Kind::item> find_server(email_settings& s, const std::string& partition,
                                        const std::string& name);
extern template result<admin::v1::IncomingItem> find_server<incoming_kind>(email_settings&,
                                                                           const std::string&,
                                                                           const std::string&);
extern template result<admin::v1::OutgoingItem> find_server<outgoing_kind>(email_settings&,
                                                                           const std::string&,
                                                                           const std::string&);

}  // namespace postroom::app
