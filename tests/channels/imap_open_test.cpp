#include <gtest/gtest.h>

#include "tests/channels/imap_dialogs.hpp"
#include "tests/channels/inbound_client.hpp"

namespace postroom::channels {
namespace {

using namespace support;

result<opened_mailbox> open_with(scripted_server& server) {
  return inbound_client(settings_for(server)).open();
}

TEST(imap_open, tells_what_the_server_says_of_the_mailbox) {
  scripted_server server(dialog{
      signed_in("IDLE ENABLE CONDSTORE QRESYNC"), C("{e} ENABLE QRESYNC"), S("* ENABLED QRESYNC"),
      S("{e} OK"), C("{t} SELECT \"INBOX\""), S("* FLAGS (\\Seen)"), S("* 172 EXISTS"),
      S("* 1 RECENT"), S("* OK [UIDVALIDITY 3857529045] valid"), S("* OK [UIDNEXT 4392] next"),
      S("* OK [HIGHESTMODSEQ 715194045007]"), S("{t} OK [READ-WRITE] done")});
  const auto box = open_with(server);
  ASSERT_TRUE(box.ok()) << box.error().detail;
  EXPECT_EQ(server.verdict(), "");
  EXPECT_EQ(box->uid_validity, 3'857'529'045u);
  EXPECT_EQ(box->uid_next, 4'392u);
  EXPECT_EQ(box->messages, 172u);
  EXPECT_EQ(box->highest_modseq, 715'194'045'007u);
  EXPECT_TRUE(box->can_wait);
}

TEST(imap_open, does_without_idle_and_enable_and_bears_a_refused_enable) {
  scripted_server server(
      dialog{opened("MOVE")},
      dialog{signed_in("ENABLE CONDSTORE"), answered("ENABLE CONDSTORE", "BAD no"),
             C("{t} SELECT \"INBOX\""), S("* OK [UIDVALIDITY 7]"), S("{t} OK done")});
  const auto box = open_with(server);
  ASSERT_TRUE(box.ok()) << box.error().detail;
  EXPECT_FALSE(box->can_wait);
  EXPECT_TRUE(open_with(server).ok());
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_open, gives_the_same_when_every_byte_comes_alone) {
  scripted_server server(
      dialog{imap_sign_in(), C("{t} CAPABILITY"),
             S_raw("* CAPABILITY IMAP4rev1 IDLE\r\npr1 OK [CAPABILITY IMAP4rev1 IDLE] x\r\n", 1),
             C("{t} SELECT \"INBOX\""),
             S_raw("* 3 EXISTS\r\n* OK [UIDVALIDITY 7]\r\npr2 OK done\r\n", 1)});
  const auto box = open_with(server);
  ASSERT_TRUE(box.ok()) << box.error().detail;
  EXPECT_EQ(box->messages, 3u);
  EXPECT_TRUE(box->can_wait);
}

TEST(imap_open, selects_by_a_name_that_cannot_break_the_line) {
  scripted_server server(dialog{signed_in(""), C("{t} SELECT \"a\\\"b&AA0ACg-c &AOQ-&-\""),
                                S("* OK [UIDVALIDITY 7]"), S("{t} OK done")});
  auto s = settings_for(server);
  s.mailbox = "a\"b\r\nc ä&";
  EXPECT_TRUE(inbound_client(s).open().ok());
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_open, tells_refusals_of_the_sign_in_apart) {
  const std::pair<std::string, ec> rows[] = {
      {"NO [AUTHENTICATIONFAILED] wrong", ec::auth_refused},
      {"NO LOGIN failed.", ec::auth_refused},
      {"NO [UNAVAILABLE] backend is down", ec::server_busy},
      {"NO [LIMIT] too many", ec::throttled},
      {"NO Too many simultaneous connections. (Failure)", ec::throttled}};
  for (const auto& [status, code] : rows) {
    scripted_server server(dialog{S("* OK ready"), answered("CAPABILITY"),
                                  C("{t} LOGIN {login} {password}"), S("{t} " + status)});
    const auto box = open_with(server);
    EXPECT_EQ(box.code(), code) << status;
  }
}

TEST(imap_open, tells_refusals_at_the_door) {
  const std::pair<std::string, ec> rows[] = {
      {"* BYE come later", ec::server_busy},
      {"* BYE [THROTTLED] slow down", ec::throttled},
      {"220 mail.example.org ESMTP", ec::protocol_violation}};
  for (const auto& [greeting, code] : rows) {
    scripted_server server(dialog{S(greeting), hang_up()});
    EXPECT_EQ(open_with(server).code(), code) << greeting;
  }
}

TEST(imap_open, tells_refusals_of_the_mailbox_apart) {
  const std::pair<std::string, ec> rows[] = {{"NO [NONEXISTENT] no such", ec::mailbox_missing},
                                             {"NO no such mailbox", ec::mailbox_missing},
                                             {"NO [UNAVAILABLE] later", ec::server_busy},
                                             {"NO [INUSE] locked", ec::server_busy},
                                             {"NO [THROTTLED] slow", ec::throttled},
                                             {"NO [NOPERM] not yours", ec::unsupported},
                                             {"BAD what?", ec::protocol_violation},
                                             {"OK done", ec::protocol_violation}};
  for (const auto& [status, code] : rows) {
    scripted_server server(dialog{signed_in(""), answered("SELECT \"INBOX\"", status)});
    EXPECT_EQ(open_with(server).code(), code) << status;
  }
}

TEST(imap_open, refuses_a_mailbox_without_lasting_uids) {
  scripted_server server(dialog{signed_in(""), C("{t} SELECT \"INBOX\""),
                                S("* NO [UIDNOTSTICKY] not lasting"), S("* OK [UIDNOTSTICKY]"),
                                S("* OK [UIDVALIDITY 7]"), S("{t} OK done")});
  EXPECT_EQ(open_with(server).code(), ec::unsupported);
}

TEST(imap_open, takes_a_preauthenticated_connection_without_a_sign_in) {
  const dialog in{answered("CAPABILITY"), answered("CAPABILITY"), C("{t} SELECT \"INBOX\""),
                  S("* OK [UIDVALIDITY 7]"), S("{t} OK done")};
  scripted_server server(dialog{S("* PREAUTH welcome"), in});
  auto s = settings_for(server);
  s.server.auth_methods = {"NONE"};
  const auto box = inbound_client(s).open();
  EXPECT_TRUE(box.ok()) << box.error().detail;
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_open, says_login_itself_when_it_is_chosen) {
  scripted_server server(dialog{S("* OK ready"), answered("CAPABILITY"), answered("CAPABILITY"),
                                C("{t} LOGIN \"it\" \"se\\\"cret\""), S("{t} OK in"),
                                answered("CAPABILITY"), C("{t} SELECT \"INBOX\""),
                                S("* OK [UIDVALIDITY 7]"), S("{t} OK done")});
  auto s = settings_for(server);
  s.server.auth_methods = {"+LOGIN"};
  s.server.password = "se\"cret";
  const auto box = inbound_client(s).open();
  EXPECT_TRUE(box.ok()) << box.error().detail;
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_open, sends_no_password_where_login_is_disabled) {
  scripted_server server(dialog{S("* OK ready"), answered("CAPABILITY"), C("{t} CAPABILITY"),
                                S("* CAPABILITY IMAP4rev1 LOGINDISABLED"), S("{t} OK")});
  auto s = settings_for(server);
  s.server.auth_methods = {"+LOGIN"};
  EXPECT_EQ(inbound_client(s).open().code(), ec::auth_refused);
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_open, tries_again_without_kerberos_when_there_is_no_ticket) {
  scripted_server server(
      dialog{S("* OK ready"), C("{t} CAPABILITY"),
             S("* CAPABILITY IMAP4rev1 SASL-IR AUTH=GSSAPI AUTH=PLAIN"), S("{t} OK")},
      dialog{S("* OK ready"), C("{t} CAPABILITY"),
             S("* CAPABILITY IMAP4rev1 SASL-IR AUTH=GSSAPI AUTH=PLAIN"), S("{t} OK"),
             C("{t} AUTHENTICATE PLAIN {secret}"), S("{t} OK in"), answered("CAPABILITY"),
             C("{t} SELECT \"INBOX\""), S("* OK [UIDVALIDITY 7]"), S("{t} OK done")});
  auto s = settings_for(server);
  s.server.login = "it@example.org";
  const auto box = inbound_client(s).open();
  EXPECT_TRUE(box.ok()) << box.error().detail;
  EXPECT_EQ(server.connections(), 2u);
}

TEST(imap_open, sends_no_password_when_starttls_was_stripped) {
  scripted_server server(dialog{S("* OK ready"), answered("CAPABILITY")});
  auto s = settings_for(server);
  s.server.security = security::starttls;
  EXPECT_EQ(inbound_client(s).open().code(), ec::tls_failed);
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_open, takes_a_handshake_that_was_cut_off_for_an_end_that_passes) {
  scripted_server server(dialog{hang_up()}, dialog{S("* OK ready")});
  auto s = settings_for(server);
  s.server.security = security::tls;
  EXPECT_EQ(inbound_client(s).open().code(), ec::unreachable);
  EXPECT_EQ(inbound_client(s).open().code(), ec::tls_failed) << "no TLS at this port";
}

TEST(imap_open, waits_no_longer_than_it_may_for_the_sign_in_and_for_the_mailbox) {
  scripted_server server(dialog{S("* OK ready"), hang()}, dialog{signed_in(""), hang()});
  auto s = settings_for(server);
  s.server.connect_timeout = duration{200};
  EXPECT_EQ(inbound_client(s).open().code(), ec::timeout);
  s.server.connect_timeout = duration{20'000};
  s.server.request_timeout = duration{200};
  EXPECT_EQ(inbound_client(s).open().code(), ec::timeout);
}

TEST(imap_open, refuses_settings_it_cannot_use) {
  inbound_settings s;
  s.server.host = "evil.example.org/x@";
  s.server.port = 143;
  EXPECT_EQ(inbound_client(s).open().code(), ec::config_invalid);
  s.server.host = "127.0.0.1";
  s.server.port = 0;
  EXPECT_EQ(inbound_client(s).open().code(), ec::config_invalid);
  s.server.port = 143;
  s.server.login = "it";
  s.server.auth_methods = {"PLAIN;AUTH=*"};
  EXPECT_EQ(inbound_client(s).open().code(), ec::config_invalid);
}

TEST(imap_open, refuses_calls_before_it_and_after_the_end) {
  scripted_server server(dialog{opened(), answered("LOGOUT")});
  inbound_client client(settings_for(server));
  EXPECT_EQ(client.list().code(), ec::internal);
  ASSERT_TRUE(client.open().ok());
  ASSERT_TRUE(client.close().ok());
  EXPECT_EQ(client.list().code(), ec::cancelled);
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_close, succeeds_however_the_server_takes_its_leave) {
  const dialog farewells[] = {{C("{t} LOGOUT"), S("* BYE bye"), S("{t} OK done")},
                              {C("{t} LOGOUT"), S("* BYE bye"), hang_up()},
                              {C("{t} LOGOUT"), hang_up()}};
  for (const auto& farewell : farewells) {
    scripted_server server(dialog{opened(), farewell});
    inbound_client client(settings_for(server));
    ASSERT_TRUE(client.open().ok());
    EXPECT_TRUE(client.close().ok());
  }
}

}  // namespace
}  // namespace postroom::channels
