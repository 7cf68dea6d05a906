#pragma once

#include "tests/channels/inbound_client.hpp"
#include "tests/support/scripted_server.hpp"

// What the POP3 dialog tests share.
namespace postroom::channels {

using namespace postroom::support;
using lines = std::vector<std::string>;

inline inbound_settings settings_for(const scripted_server& server) {
  inbound_settings s;
  s.protocol = inbound_settings::protocol::pop3;
  s.server.host = "127.0.0.1";
  s.server.port = server.port();
  s.server.security = security::none;
  s.server.login = "it";
  s.server.password = "secret";
  return s;
}

inline const std::string plain = "USER\r\nUIDL";
inline const std::string pipelined = "USER\r\nUIDL\r\nPIPELINING";

/// Sign-in, our own CAPA and STAT.
inline dialog opened(std::size_t messages, const std::string& capabilities = plain) {
  return {pop3_sign_in(capabilities), C("CAPA"), S("+OK\r\n" + capabilities + "\r\n."), C("STAT"),
          S("+OK " + std::to_string(messages) + " 1000")};
}

/// LIST and UIDL with mails of 100 bytes, ids "id1", "id2" ... `list_answer`: what LIST is answered
/// instead.
inline dialog listed(std::size_t messages, const std::string& list_answer = {}) {
  std::string list = "+OK\r\n", uidl = "+OK\r\n";
  for (std::size_t i = 1; i <= messages; ++i) {
    list += std::to_string(i) + " 100\r\n";
    uidl += std::to_string(i) + " id" + std::to_string(i) + "\r\n";
  }
  return {C("LIST"), S(list_answer.empty() ? list + "." : list_answer), C("UIDL"), S(uidl + ".")};
}

}  // namespace postroom::channels
