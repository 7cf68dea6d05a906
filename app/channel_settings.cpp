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
template <class Server>
result<channels::endpoint> endpoint_of(const Server& server, const resolve_fn& resolve,
                                       const token_fn& tokens) {
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
  auto source = tokens(server.oauth());
  if (!source) return source.error();
  out.tokens = std::move(*source);
  return out;
}

uint16_t default_port(bool pop3, channels::security s) {
  if (s == channels::security::tls) return pop3 ? 995 : 993;
  return pop3 ? 110 : 143;
}

}  // namespace

result<channels::inbound_settings> inbound_settings_of(const config::v1::IncomingServer& server,
                                                       const resolve_fn& resolve,
                                                       const token_fn& tokens) {
  auto endpoint = endpoint_of(server, resolve, tokens);
  if (!endpoint) return endpoint.error();
  channels::inbound_settings out;
  bool pop3 = server.protocol() == "POP3";
  out.protocol = pop3 ? channels::inbound_settings::protocol::pop3
                      : channels::inbound_settings::protocol::imap;
  out.server = std::move(*endpoint);
  if (out.server.port == 0) out.server.port = default_port(pop3, out.server.security);
  if (!server.mailbox().empty()) out.mailbox = server.mailbox();
  if (auto size = partitions::parse_size(server.max_mail_size())) out.max_mail_bytes = *size;
  if (auto size = partitions::parse_size(server.window_size())) out.pipeline_bytes = *size;
  return out;
}

result<channels::outbound_settings> outbound_settings_of(const config::v1::OutgoingServer& server,
                                                         const resolve_fn& resolve,
                                                         const token_fn& tokens) {
  auto endpoint = endpoint_of(server, resolve, tokens);
  if (!endpoint) return endpoint.error();
  channels::outbound_settings out;
  out.server = std::move(*endpoint);
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
