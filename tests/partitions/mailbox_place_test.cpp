#include "partitions/mailbox_place.hpp"

#include <gtest/gtest.h>

namespace postroom::partitions {
namespace {

using config::v1::IncomingServer;

IncomingServer server(const char* protocol, const char* host, const char* login) {
  IncomingServer s;
  s.set_protocol(protocol);
  s.set_host(host);
  s.set_login(login);
  return s;
}

std::string text(const record::v1::MailboxPlace& place) {
  return place.service() + " " + place.account() + " " + place.folder();
}

TEST(mailbox_place, is_the_same_for_one_mailbox_however_it_is_written) {
  struct row {
    const char* what;
    void (*change)(IncomingServer&);
    const char* place;
  };
  for (const auto& r : {
           row{"nothing", [](IncomingServer&) {}, "mail.example.org it@example.org INBOX"},
           row{"case",
               [](IncomingServer& s) {
                 s.set_host("Mail.Example.org.");
                 s.set_login("IT@example.org");
                 s.set_mailbox("inbox");
               },
               "mail.example.org it@example.org INBOX"},
           row{"a port", [](IncomingServer& s) { s.set_port(1993); },
               "mail.example.org it@example.org INBOX"},
           row{"a port on loopback",
               [](IncomingServer& s) {
                 s.set_host("127.0.0.1");
                 s.set_port(1993);
               },
               "localhost it@example.org INBOX"},
           row{"a folder", [](IncomingServer& s) { s.set_mailbox("Calls/New"); },
               "mail.example.org it@example.org Calls/New"},
           row{"the folder of POP3",
               [](IncomingServer& s) {
                 s.set_protocol("POP3");
                 s.set_mailbox("Calls");
               },
               "mail.example.org it@example.org INBOX"},
           row{"a shared mailbox",
               [](IncomingServer& s) {
                 s.set_protocol("EWS");
                 s.set_user("Desk@example.org");
               },
               "mail.example.org desk@example.org INBOX"},
           row{"a URL",
               [](IncomingServer& s) {
                 s.set_protocol("EWS");
                 s.clear_host();
                 s.set_url("https://Ex.example.org/EWS/Exchange.asmx");
               },
               "ex.example.org it@example.org INBOX"},
           row{"whoever has authorised the client",
               [](IncomingServer& s) {
                 s.Clear();
                 s.set_protocol("GRAPH");
                 s.set_oauth("tenant");
               },
               " tenant INBOX"},
       }) {
    auto s = server("IMAP", "mail.example.org", "it@example.org");
    r.change(s);
    EXPECT_EQ(text(place_of(s)), r.place) << r.what;
  }
}

TEST(mailbox_place, has_a_port_only_where_tunnels_may_end) {
  auto s = server("IMAP", "127.0.0.1", "it@example.org");
  s.set_port(1993);
  EXPECT_EQ(tunnel_port(s), ":1993");
  s.set_port(993);
  EXPECT_EQ(tunnel_port(s), "");
  s.set_host("mail.example.org");
  s.set_port(1993);
  EXPECT_EQ(tunnel_port(s), "");
}

}  // namespace
}  // namespace postroom::partitions
