#include "partitions/mailbox_place.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/web_url.hpp"
#include "partitions/checks.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {
namespace {

using config::v1::IncomingServer;

std::string account_of(const IncomingServer& s) {
  if (is_web(s) && !s.user().empty()) return fold_address(s.user());
  return is_web(s) && !s.oauth().empty() ? s.oauth() : fold_address(s.login());
}

}  // namespace

std::string tunnel_port(const IncomingServer& server) {
  static constexpr std::array usual = {0u, 143u, 993u, 110u, 995u, 443u};
  const auto url = server.host().empty() ? origin_of(server.url()) : std::nullopt;
  const uint32_t port = url ? url->port : server.port();
  if (!is_loopback_host(server_host(server))) return {};
  return std::ranges::find(usual, port) == usual.end() ? ":" + std::to_string(port) : "";
}

bool is_web(const IncomingServer& server) {
  return same_word(server.protocol(), "GRAPH") || same_word(server.protocol(), "EWS");
}

std::string fold_folder(const IncomingServer& server, std::string name) {
  if (same_word(name, "INBOX")) return "INBOX";
  if (is_web(server) || is_exchange_online(server.host()))
    for (char& c : name) c = text::to_lower(c);
  return name;
}

record::v1::MailboxPlace place_of(const IncomingServer& server) {
  record::v1::MailboxPlace out;
  out.set_service(fold_host(server_host(server)));
  out.set_account(account_of(server));
  const bool only_inbox = server.mailbox().empty() || same_word(server.protocol(), "POP3");
  out.set_folder(only_inbox ? "INBOX" : fold_folder(server, server.mailbox()));
  return out;
}

}  // namespace postroom::partitions
