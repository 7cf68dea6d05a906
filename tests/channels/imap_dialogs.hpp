#pragma once

#include <string>
#include <vector>

#include "channels/factory.hpp"
#include "tests/support/scripted_server.hpp"

namespace postroom::channels {

// What the dialog tests of IMAP share. "{t}", "{u}" … stand for our tags.

inline inbound_settings settings_for(const support::scripted_server& server) {
  inbound_settings s;
  s.server.host = "127.0.0.1";
  s.server.port = server.port();
  s.server.security = security::none;
  s.server.login = "it";
  s.server.password = "secret";
  return s;
}

inline support::dialog signed_in(const std::string& capabilities) {
  using namespace support;
  return {imap_sign_in(), C("{t} CAPABILITY"), S("* CAPABILITY IMAP4rev1 " + capabilities),
          S("{t} OK done")};
}

/// Sign-in, CAPABILITY and SELECT of a mailbox with `exists` mails and the UIDNEXT 100.
inline support::dialog opened(const std::string& capabilities = "IDLE MOVE UIDPLUS",
                              std::size_t exists = 3) {
  using namespace support;
  return {signed_in(capabilities),
          C("{t} SELECT \"INBOX\""),
          S("* " + std::to_string(exists) + " EXISTS"),
          S("* OK [UIDVALIDITY 7] valid"),
          S("* OK [UIDNEXT 100] next"),
          S("{t} OK [READ-WRITE] selected")};
}

inline support::dialog answered(const std::string& command, const std::string& status = "OK done") {
  return {support::C("{t} " + command), support::S("{t} " + status)};
}

inline std::vector<listed_mail> mails(std::vector<uint64_t> uids, uint64_t size = 10) {
  std::vector<listed_mail> out;
  for (const auto uid : uids) out.push_back({uid, {}, size, {}});
  return out;
}

/// A FETCH answer as bytes.
inline std::string fetch_answer(uint64_t uid, const std::string& body) {
  return "* 1 FETCH (UID " + std::to_string(uid) + " BODY[] {" + std::to_string(body.size()) +
         "}\r\n" + body + ")\r\n";
}

}  // namespace postroom::channels
