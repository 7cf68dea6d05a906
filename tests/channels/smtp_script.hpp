#pragma once

#include "channels/factory.hpp"
#include "tests/support/scripted_server.hpp"

// What the SMTP dialog tests share.
namespace postroom::channels {

using namespace postroom::support;

inline outbound_settings settings_for(const scripted_server& server, unsigned connections = 1) {
  outbound_settings s;
  s.server.host = "127.0.0.1";
  s.server.port = server.port();
  s.server.security = security::none;
  s.helo = "desk.test";
  s.max_connections = connections;
  return s;
}

/// libcurl's greeting and EHLO, then our own.
inline dialog connected() {
  return {S("220 mx.test ready"), C("EHLO desk.test"), S("250 mx.test"), C("EHLO desk.test"),
          S("250 mx.test")};
}
inline dialog taken(const std::string& to = "user@example.org") {
  return {C("MAIL FROM:<desk@example.org>"),
          S("250 ok"),
          C("RCPT TO:<" + to + ">"),
          S("250 ok"),
          C("DATA"),
          S("354 go ahead"),
          C_data(),
          S("250 2.0.0 queued as 1")};
}

}  // namespace postroom::channels
