#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "channels/ews.hpp"
#include "tests/channels/inbound_client.hpp"
#include "tests/support/simulator.hpp"

namespace postroom::channels {

/// Where messages.xsd and types.xsd lie: they are no part of this project. Empty: nowhere.
inline std::string ews_schemas() {
  const char* chosen = std::getenv("POSTROOM_PROTOCOLS");
  const std::filesystem::path root = chosen ? chosen : POSTROOM_SOURCE_DIR "/../shared/protocols";
  const auto folder = root / "ews" / "ews-schema-php-ews";
  return std::filesystem::exists(folder / "messages.xsd") ? folder.string() : std::string();
}

inline std::vector<std::string> ews_simulator_arguments() {
  const auto schemas = ews_schemas();
  return schemas.empty() ? std::vector<std::string>{}
                         : std::vector<std::string>{"--schemas", schemas};
}

/// The one server of this test program. Whatever a test does to it, `fresh` undoes.
inline support::simulator& exchange() {
  static support::simulator one("ews", ews_simulator_arguments());
  return one;
}

/// A new mailbox whose owner signs in with "secret", on a server that behaves.
inline std::string fresh_mailbox() {
  auto& server = exchange();
  server.control({{"do", "forget"}});
  server.control({{"do", "auth"}, {"methods", {"Bearer", "NTLM", "Basic"}}});
  auto user = server.fresh_user();
  server.control({{"do", "password"}, {"user", user}, {"password", "secret"}});
  return user;
}

inline inbound_settings ews_settings(const std::string& user) {
  inbound_settings s;
  s.protocol = inbound_settings::protocol::ews;
  s.url = exchange().url();
  s.server.login = user;
  s.server.password = "secret";
  s.server.auth_methods = {"BASIC"};
  return s;
}

inline std::string ews_mail(const std::string& subject, const std::string& text = "text") {
  return "From: a@example.org\r\nSubject: " + subject + "\r\n\r\n" + text + "\r\n";
}

/// The operations that the server was asked for, in order.
inline std::vector<std::string> ews_operations() {
  std::vector<std::string> out;
  const auto log = exchange().control({{"do", "requests"}});
  for (const auto& r : log.at("requests")) out.push_back(r.at("operation"));
  return out;
}

inline std::size_t count_of(const std::string& operation) {
  std::size_t out = 0;
  for (const auto& o : ews_operations()) out += o.starts_with(operation) ? 1 : 0;
  return out;
}

class ews_client : public inbound_client {
 public:
  explicit ews_client(inbound_settings s, ews_wait_pauses pauses = {})
      : inbound_client(std::move(s), [pauses](event_loop& loop, inbound_settings wanted) {
          return make_ews(loop, std::move(wanted), pauses);
        }) {}
};

}  // namespace postroom::channels
