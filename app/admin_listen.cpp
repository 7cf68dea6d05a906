#include "app/admin_listen.hpp"

#include <string>

#include "api/sockets.hpp"
#include "base/web_url.hpp"

namespace postroom::app {

namespace {

using api::client_certificate;

/// Only what cannot mean anything else: other names are whatever a resolver says.
bool is_loopback(const std::string& host) {
  return host == "localhost" || is_loopback_address(host);
}

std::optional<client_certificate> clients_of(const config::v1::Node::AdminTls& tls) {
  const auto& wanted = tls.client_certificate();
  if (wanted.empty())
    return tls.client_ca_file().empty() ? client_certificate::none : client_certificate::required;
  if (wanted == "none") return client_certificate::none;
  if (wanted == "optional") return client_certificate::optional;
  if (wanted == "required") return client_certificate::required;
  return {};
}

using problems = std::vector<config::file_problem>;

void add(problems& out, std::string path, std::string what, std::string remedy) {
  out.push_back({{}, 0, std::move(path), std::move(what), std::move(remedy)});
}

void check_address(const config::v1::Node& node, problems& out) {
  const auto where = api::parse_listen(node.admin_listen(), "admin_listen");
  if (!where)
    add(out, "admin_listen", "\"" + node.admin_listen() + "\" is not HOST:PORT",
        "use an address and a port, such as 127.0.0.1:8443 or [::1]:8443");
  else if (!is_loopback(where->first) && !node.admin_listen_beyond_loopback())
    add(out, "admin_listen", "other machines can reach \"" + node.admin_listen() + "\"",
        "use 127.0.0.1 or [::1], or set admin_listen_beyond_loopback: true if that is wanted");
}

void check_clients(const config::v1::Node::AdminTls& tls, problems& out) {
  const auto clients = clients_of(tls);
  if (!clients)
    add(out, "admin_tls.client_certificate", "\"" + tls.client_certificate() + "\" is not known",
        "use one of: none, optional, required");
  else if (*clients == client_certificate::none && !tls.client_ca_file().empty())
    add(out, "admin_tls.client_certificate", "it is none, so client_ca_file has no effect",
        "use optional or required, or leave client_ca_file out");
  else if (*clients != client_certificate::none && tls.client_ca_file().empty())
    add(out, "admin_tls.client_ca_file", "it is blank, so no client certificate can be believed",
        "name a PEM file with the certificate of the authority that signs them");
}

}  // namespace

std::vector<config::file_problem> admin_listen_problems(const config::v1::Node& node) {
  std::vector<config::file_problem> out;
  if (node.admin_listen().empty()) return out;
  check_address(node, out);
  const auto& tls = node.admin_tls();
  if (tls.certificate_file().empty())
    add(out, "admin_tls.certificate_file", "it is blank, and admin_listen is set",
        "name a PEM file with the server's certificate and its chain");
  if (tls.key_file().empty())
    add(out, "admin_tls.key_file", "it is blank, and admin_listen is set",
        "name a PEM file with the key of the certificate");
  check_clients(tls, out);
  return out;
}

std::optional<api::https_options> https_of(const config::v1::Node& node) {
  if (node.admin_listen().empty()) return {};
  const auto& tls = node.admin_tls();
  return api::https_options{
      .listen = node.admin_listen(),
      .setting = "admin_listen",
      .tls = {.certificate_file = tls.certificate_file(),
              .key_file = tls.key_file(),
              .client_ca_file = tls.client_ca_file(),
              .clients = clients_of(tls).value_or(client_certificate::required),
              .setting = "admin_tls"}};
}

}  // namespace postroom::app
