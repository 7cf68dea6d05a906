#include "app/channel_settings.hpp"

#include "partitions/model.hpp"

namespace postroom::app {

namespace {

channels::security security_of(const std::string& name) {
  if (name == "STARTTLS") return channels::security::starttls;
  if (name == "NONE") return channels::security::none;
  return channels::security::tls;
}

// The fields that incoming and outgoing servers share.
template <class Server, class Settings>
result<channels::endpoint> endpoint_of(const Server& server, const resolve_fn& resolve,
                                       const token_fn& tokens, Settings& into) {
  channels::endpoint out;
  out.host = server.host();
  out.port = static_cast<uint16_t>(server.port());
  out.security = security_of(server.security());
  out.ca_file = server.ca_file();
  out.login = server.login();
  out.auth_methods = {server.auth_methods().begin(), server.auth_methods().end()};
  if (auto limit = partitions::parse_duration(server.request_timeout()))
    out.request_timeout = *limit;
  auto secret = resolve(server.password());
  if (!secret) return secret.error();
  out.password = std::move(*secret);
  if (server.oauth().empty()) return out;
  if (!tokens) return fail(ec::config_invalid, "oauth: there are no OAuth clients here");
  auto access = tokens(server.oauth());
  if (!access) return access.error();
  out.tokens = std::move(access->tokens);
  if (server.protocol() == "GRAPH" && into.url.empty()) into.url = access->graph;
  return out;
}

using in = decltype(channels::inbound_settings::protocol);
using out_by = decltype(channels::outbound_settings::protocol);

in inbound_protocol(const std::string& name) {
  if (name == "POP3") return in::pop3;
  if (name == "GRAPH") return in::graph;
  return name == "EWS" ? in::ews : in::imap;
}

out_by outbound_protocol(const std::string& name) {
  if (name == "GRAPH") return out_by::graph;
  return name == "POP" ? out_by::pop : out_by::smtp;
}

uint16_t default_port(in protocol, channels::security s) {
  const bool tls = s == channels::security::tls;
  switch (protocol) {
    case in::imap:
      return tls ? 993 : 143;
    case in::pop3:
      return tls ? 995 : 110;
    case in::ews:
      return 443;
    case in::graph:
      break;
  }
  return 0;
}

/// The sign-in by POP3 that comes before mails are sent.
result<void> add_pop(const config::v1::OutgoingServer& server, const resolve_fn& resolve,
                     channels::outbound_settings& out) {
  const auto& pop = server.pop();
  auto secret = resolve(pop.password());
  if (!secret) return secret.error();
  out.pop = out.server;  // the authorities and the time limits are the same
  out.pop.host = pop.host().empty() ? server.host() : pop.host();
  out.pop.security = security_of(pop.security());
  out.pop.port = pop.port() != 0 ? static_cast<uint16_t>(pop.port())
                                 : default_port(in::pop3, out.pop.security);
  out.pop.login = pop.login();
  out.pop.password = std::move(*secret);
  out.pop.auth_methods = {pop.auth_methods().begin(), pop.auth_methods().end()};
  out.pop.tokens = nullptr;
  if (auto window = partitions::parse_duration(pop.window())) out.pop_window = *window;
  return {};
}

result<void> add_notices(const config::v1::IncomingServer& server, const notice_access& told,
                         channels::inbound_settings& out) {
  if (told.url.empty() || !told.notices)
    return fail(
        ec::config_invalid,
        "change_notifications: node.yaml has no notification_url, so Microsoft Graph cannot "
        "reach this node; set `notification_url: https://HOST/graph/notifications`, which "
        "leads to admin_listen, and start the server anew, or set change_notifications: false");
  out.notification_url = told.url;
  out.notices = told.notices;
  out.name = server.name();
  return {};
}

}  // namespace

result<channels::inbound_settings> inbound_settings_of(const partition_id& part,
                                                       const config::v1::IncomingServer& server,
                                                       const resolve_fn& resolve,
                                                       const token_fn& tokens,
                                                       const notice_access* told) {
  channels::inbound_settings out;
  out.url = server.url();
  auto endpoint = endpoint_of(server, resolve, tokens, out);
  if (!endpoint) return endpoint.error();
  out.protocol = inbound_protocol(server.protocol());
  out.server = std::move(*endpoint);
  out.server.owner = part.value;
  if (out.server.port == 0) out.server.port = default_port(out.protocol, out.server.security);
  out.user = server.user();
  out.impersonate = server.impersonate();
  if (server.max_requests() != 0) out.max_requests = server.max_requests();
  out.streaming = server.streaming();
  if (told && server.change_notifications())
    if (auto added = add_notices(server, *told, out); !added) return added.error();
  if (!server.mailbox().empty()) out.mailbox = server.mailbox();
  if (auto size = partitions::parse_size(server.max_mail_size())) out.max_mail_bytes = *size;
  if (auto size = partitions::parse_size(server.window_size())) out.pipeline_bytes = *size;
  return out;
}

result<channels::outbound_settings> outbound_settings_of(const partition_id& part,
                                                         const config::v1::OutgoingServer& server,
                                                         const resolve_fn& resolve,
                                                         const token_fn& tokens) {
  channels::outbound_settings out;
  out.url = server.url();
  auto endpoint = endpoint_of(server, resolve, tokens, out);
  if (!endpoint) return endpoint.error();
  out.protocol = outbound_protocol(server.protocol());
  out.server = std::move(*endpoint);
  out.server.owner = part.value;
  out.user = server.user().empty() ? server.from() : server.user();
  out.save_to_sent = !server.has_save_to_sent() || server.save_to_sent();
  if (out.protocol == out_by::pop)
    if (auto added = add_pop(server, resolve, out); !added) return added.error();
  if (out.server.port == 0)
    out.server.port = out.server.security == channels::security::tls ? 465 : 25;
  if (server.max_connections() != 0) out.max_connections = server.max_connections();
  return out;
}

channels::clamd_settings clamd_settings_of(const partitions::scan_settings& settings) {
  channels::clamd_settings out;
  out.socket_path = settings.scanner.socket_path;
  out.host = settings.scanner.host;
  out.port = settings.scanner.port;
  out.timeout = settings.timeout;
  return out;
}

}  // namespace postroom::app
