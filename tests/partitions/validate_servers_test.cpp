#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/validate.hpp"

using namespace postroom::partitions;
using postroom::config::v1::IncomingServer;
using postroom::config::v1::OutgoingServer;
using postroom::config::v1::Settings;

namespace {

struct expected {
  const char* path;
  const char* what;
  const char* remedy;  // a part of it
};

template <class Server>
struct row {
  const char* name;
  void (*bend)(Server&);
  std::vector<expected> problems;
};

using in_row = row<IncomingServer>;
using out_row = row<OutgoingServer>;

// clang-format off
#define IN [](IncomingServer & s)
#define OUT [](OutgoingServer & s)

const in_row incoming_rows[] = {
    {"name_blank", IN { s.clear_name(); }, {{"name", "is blank", "give it a name"}}},
    {"protocol_missing", IN { s.clear_protocol(); },
     {{"protocol", "is missing", "use IMAP, POP3, GRAPH or EWS"}}},
    {"protocol_mapi", IN { s.set_protocol("mapi"); },
     {{"protocol", "MAPI is not supported any more: it ended with ASM 10.5",
      "use IMAP, POP3, GRAPH or EWS instead"}}},
    {"protocol_ms_graph", IN { s.set_protocol("MS Graph"); },
     {{"protocol", R"("MS Graph" is unknown)", "write it as GRAPH"}}},
    {"protocol_in_lower_case", IN { s.set_protocol("imap"); },
     {{"protocol", R"("imap" is unknown)", "write it as IMAP"}}},
    {"password_of_exchange_online", IN { s.set_host("Outlook.Office365.com."); },
     {{"host", R"("Outlook.Office365.com." is Exchange Online, which takes no password but OAuth )"
       "2.0 only", "active: false"}}},
    {"oauth_of_exchange_online",
     IN { s.set_host("imap-mail.outlook.com"); s.add_auth_methods("xoauth2"); },
     {{"auth_methods[0]", "xoauth2 needs an access token, and `oauth` is blank",
      "name one of oauth_clients"}}},
    {"pop3_in_lower_case",
     IN { s.set_protocol("pop3"); s.add_auth_methods("APOP"); s.set_mailbox("Archive");
     s.set_after_commit("move"); s.set_move_to("Done"); },
     {{"protocol", R"("pop3" is unknown)", "write it as POP3"},
     {"mailbox", "POP3 knows no folder but INBOX", "use IMAP"},
     {"after_commit", R"(POP3 cannot do "move")", "use leave or delete"}}},
    {"none_in_lower_case", IN { s.set_security("none"); },
     {{"security", R"("none" is unknown)", "write it as NONE"},
     {"security", "NONE would send the password over the network for all to read", "use TLS"}}},
    {"protocol_unknown", IN { s.set_protocol("UUCP"); },
     {{"protocol", R"("UUCP" is unknown)", "use one of: IMAP, POP3, GRAPH, EWS"}}},
    {"host_missing", IN { s.clear_host(); }, {{"host", "is missing", "IP address"}}},
    {"host_with_port", IN { s.set_host("mail.example.org:993"); },
     {{"host", R"("mail.example.org:993" is no host name or IP address)", "own field"}}},
    {"host_as_url", IN { s.set_host("imaps://mail.example.org"); },
     {{"host", R"("imaps://mail.example.org" is no host name or IP address)", "host alone"}}},
    {"host_with_line_end", IN { s.set_host("mail\r\nx"); },
     {{"host", R"("mail??x" is no host name or IP address)", "host alone"}}},
    {"port_too_large", IN { s.set_port(65'536); }, {{"port", "65536 is no port", "1 to 65535"}}},
    {"security_unknown", IN { s.set_security("SSL"); },
     {{"security", R"("SSL" is unknown)", "use one of: TLS, STARTTLS, NONE"}}},
    {"cleartext", IN { s.set_security("NONE"); },
     {{"security", "NONE would send the password over the network for all to read",
      "allow_cleartext: true"}}},
    {"cleartext_to_a_host_that_only_looks_local",
     IN { s.set_security("NONE"); s.set_host("127.example.org"); },
     {{"security", "NONE would send the password over the network for all to read",
      "use TLS or STARTTLS"}}},
    {"cleartext_to_numbers_that_are_a_name",
     IN { s.set_security("NONE"); s.set_host("127.0.0.1.5"); },
     {{"security", "NONE would send the password over the network for all to read",
      "use TLS or STARTTLS"}}},
    {"login_missing", IN { s.clear_login(); s.clear_password(); },
     {{"login", "is missing", "auth_methods: [NONE]"}}},
    {"password_missing", IN { s.clear_password(); },
     {{"password", "is missing, although there is a login", "env:NAME"}}},
    {"password_without_login", IN { s.clear_login(); s.add_auth_methods("NONE"); },
     {{"password", "is given without a login", "remove it"}}},
    {"password_in_clear", IN { s.set_password("hunter2"); },
     {{"password", "is no reference to a secret", "file:PATH"}}},
    {"password_of_an_impossible_variable", IN { s.set_password("env:hunter-2"); },
     {{"password", "is no reference to a secret", "env:NAME"}}},
    {"password_of_no_file", IN { s.set_password("file:"); },
     {{"password", "is no reference to a secret", "file:PATH"}}},
    {"method_unknown", IN { s.add_auth_methods("MAGIC"); },
     {{"auth_methods[0]", R"("MAGIC" is unknown)", "use one of: PLAIN, LOGIN, CRAM-MD5"}}},
    {"method_in_lower_case", IN { s.add_auth_methods("plain"); },
     {{"auth_methods[0]", R"("plain" is unknown)", "write it as PLAIN"}}},
    {"method_blank", IN { s.add_auth_methods(""); },
     {{"auth_methods[0]", "is blank", "none for automatic"}}},
    {"method_of_pop3", IN { s.add_auth_methods("APOP"); },
     {{"auth_methods[0]", "APOP exists in POP3 only", "use one of: PLAIN"}}},
    {"method_of_oauth", IN { s.add_auth_methods("XOAUTH2"); },
     {{"auth_methods[0]", "XOAUTH2 needs an access token, and `oauth` is blank",
      "name one of oauth_clients"}}},
    {"method_twice", IN { s.add_auth_methods("PLAIN"); s.add_auth_methods("PLAIN"); },
     {{"auth_methods[1]", R"("PLAIN" is in the list twice)", "remove"}}},
    {"method_none_beside_another", IN { s.add_auth_methods("NONE"); s.add_auth_methods("PLAIN"); },
     {{"auth_methods", "NONE means no sign-in and cannot stand beside other methods",
      "remove NONE"}}},
    {"mailbox_of_pop3", IN { s.set_protocol("POP3"); s.set_mailbox("Archive"); },
     {{"mailbox", "POP3 knows no folder but INBOX", "use IMAP"}}},
    {"mailbox_with_line_end", IN { s.set_mailbox("a\r\nz"); },
     {{"mailbox", R"("a??z" holds control characters)", "printable"}}},
    {"template_missing", IN { s.clear_call_template(); },
     {{"call_template", "is missing", "use one of: Email"}}},
    {"template_unknown", IN { s.set_call_template("Mail"); },
     {{"call_template", R"("Mail" is not in `templates`)", "use one of: Email"}}},
    {"start_from_unknown", IN { s.set_start_from("yesterday"); },
     {{"start_from", R"("yesterday" is no valid value)",
      "write now, all or a day such as 2026-11-01"}}},
    {"start_from_no_day", IN { s.set_start_from("2026-02-29"); },
     {{"start_from", R"("2026-02-29" is no valid value)", "no such day"}}},
    {"after_commit_unknown", IN { s.set_after_commit("archive"); },
     {{"after_commit", R"("archive" is unknown)", "use one of: leave, mark_seen, move, delete"}}},
    {"after_commit_in_upper_case", IN { s.set_after_commit("DELETE"); },
     {{"after_commit", R"("DELETE" is unknown)", "write it as delete"}}},
    {"after_commit_pop3_cannot_mark",
     IN { s.set_protocol("POP3"); s.set_after_commit("mark_seen"); },
     {{"after_commit", R"(POP3 cannot do "mark_seen")", "use leave or delete"}}},
    {"after_commit_pop3_cannot_move",
     IN { s.set_protocol("POP3"); s.set_after_commit("move"); s.set_move_to("Done"); },
     {{"after_commit", R"(POP3 cannot do "move")", "use leave or delete"}}},
    {"move_to_missing", IN { s.set_after_commit("move"); },
     {{"move_to", "is missing, although mails shall move", "name the folder"}}},
    {"move_to_without_move", IN { s.set_move_to("Done"); },
     {{"move_to", "is given, but mails do not move", "after_commit: move"}}},
    {"move_to_where_it_comes_from",
     IN { s.set_after_commit("move"); s.set_move_to("INBOX"); s.set_mailbox("inbox"); },
     {{"move_to", R"("INBOX" is the folder the mails come from)", "another folder"}}},
    {"move_to_where_it_comes_from_in_other_case",
     IN { s.set_after_commit("move"); s.set_move_to("inbox"); s.set_mailbox("INBOX"); },
     {{"move_to", R"("inbox" is the folder the mails come from)", "another folder"}}},
    {"move_to_the_default_folder",
     IN { s.set_after_commit("move"); s.set_move_to("Inbox"); },
     {{"move_to", R"("Inbox" is the folder the mails come from)", "another folder"}}},
    {"poll_interval_without_unit", IN { s.set_poll_interval("60"); },
     {{"poll_interval", R"("60" is no valid value)", "such as 30s, 5m, 2h or 4d, from 1s to 24h"}}},
    {"poll_interval_too_short", IN { s.set_poll_interval("999ms"); },
     {{"poll_interval", R"("999ms" is out of range)", "from 1s to 24h"}}},
    {"poll_interval_too_long", IN { s.set_poll_interval("25h"); },
     {{"poll_interval", R"("25h" is out of range)", "from 1s to 24h"}}},
    {"max_mail_size_too_small", IN { s.set_max_mail_size("1023"); },
     {{"max_mail_size", R"("1023" is out of range)", "from 1KiB to 1GiB"}}},
    {"max_mail_size_too_large", IN { s.set_max_mail_size("2GiB"); },
     {{"max_mail_size", R"("2GiB" is out of range)", "from 1KiB to 1GiB"}}},
    {"max_mail_size_in_megabytes", IN { s.set_max_mail_size("64MB"); },
     {{"max_mail_size", R"("64MB" is no valid value)", "such as 512KiB, 64MiB or 1GiB"}}},
    {"window_count_too_large", IN { s.set_window_count(10'001); },
     {{"window_count", "10001 is out of range", "1 to 10000"}}},
    {"window_size_too_small", IN { s.set_window_size("63KiB"); },
     {{"window_size", R"("63KiB" is out of range)", "from 64KiB to 1GiB"}}},
    {"request_timeout_too_long", IN { s.set_request_timeout("2h"); },
     {{"request_timeout", R"("2h" is out of range)", "from 1s to 1h"}}},
    {"several_at_once",
     IN { s.clear_host(); s.set_port(70'000); s.set_call_template("x"); s.set_poll_interval("x"); },
     {{"host", "is missing", "IP address"}, {"port", "70000 is no port", "1 to 65535"},
     {"call_template", R"("x" is not in `templates`)", "use one of: Email"}, {"poll_interval",
     R"("x" is no valid value)", "from 1s to 24h"}}},
};

const in_row good_incoming[] = {
    {"imap_with_everything",
     IN { s.set_port(65'535); s.set_security("STARTTLS"); s.set_mailbox("Support/New");
     s.set_start_from("2026-11-01"); s.set_after_commit("move"); s.set_move_to("INBOX");
     s.set_poll_interval("24h"); s.set_max_mail_size("1GiB"); s.set_window_count(10'000);
     s.set_window_size("64KiB"); s.set_request_timeout("1s"); s.set_password("file:/run/s");
     s.add_auth_methods("CRAM-MD5"); s.add_auth_methods("NTLM"); s.set_active(false); },
     {}},
    {"pop3",
     IN { s.set_protocol("POP3"); s.set_after_commit("delete"); s.set_mailbox("inbox");
     s.set_start_from("all"); s.add_auth_methods("APOP"); },
     {}},
    {"no_default_analyst", IN { s.clear_default_logging_analyst(); }, {}},
    {"default_analyst_in_other_case", IN { s.set_default_logging_analyst("ANA@Example.org"); }, {}},
    {"cleartext_on_loopback", IN { s.set_security("NONE"); s.set_host("127.0.0.1"); }, {}},
    {"cleartext_on_localhost", IN { s.set_security("NONE"); s.set_host("LocalHost"); }, {}},
    {"cleartext_on_ipv6_loopback", IN { s.set_security("NONE"); s.set_host("::1"); }, {}},
    {"cleartext_on_a_name_below_localhost", IN { s.set_security("NONE"); s.set_host("mail.localhost"); }, {}},
    {"cleartext_by_choice", IN { s.set_security("NONE"); s.set_allow_cleartext(true); }, {}},
    {"cleartext_without_sign_in",
     IN { s.set_security("NONE"); s.clear_login(); s.clear_password(); s.add_auth_methods("NONE"); },
     {}},
    {"exchange_online_switched_off",
     IN { s.set_host("outlook.office365.com"); s.set_active(false); }, {}},
    {"a_host_that_only_looks_like_exchange_online", IN { s.set_host("myoutlook.com"); }, {}},
    {"ipv6_address", IN { s.set_host("2001:db8::25"); }, {}},
};

const out_row outgoing_rows[] = {
    {"name_blank", OUT { s.clear_name(); }, {{"name", "is blank", "give it a name"}}},
    {"protocol_missing", OUT { s.clear_protocol(); }, {{"protocol", "is missing", "use SMTP, GRAPH or POP"}}},
    {"protocol_mapi", OUT { s.set_protocol("MAPI"); },
     {{"protocol", "MAPI is not supported any more: it ended with ASM 10.5", "use SMTP, GRAPH or POP instead"}}},
    {"protocol_imap", OUT { s.set_protocol("IMAP"); },
     {{"protocol", R"("IMAP" is unknown)", "use one of: SMTP, GRAPH, POP"}}},
    {"cleartext", OUT { s.set_security("NONE"); s.set_login("it"); s.set_password("env:P"); },
     {{"security", "NONE would send the password over the network for all to read", "use TLS"}}},
    {"password_missing", OUT { s.set_login("it"); },
     {{"password", "is missing, although there is a login", "env:NAME"}}},
    {"password_in_clear", OUT { s.set_login("it"); s.set_password("hunter2"); },
     {{"password", "is no reference to a secret", "file:PATH"}}},
    {"method_of_pop3", OUT { s.add_auth_methods("APOP"); },
     {{"auth_methods[0]", "APOP exists in POP3 only", "use one of"}}},
    {"from_missing", OUT { s.clear_from(); }, {{"from", "is missing", "helpdesk@example.org"}}},
    {"from_invalid", OUT { s.set_from("helpdesk"); },
     {{"from", R"("helpdesk" is no mail address)", "helpdesk@example.org"}}},
    {"from_name_of_two_lines", OUT { s.set_from_name("a\r\nBcc: b"); },
     {{"from_name", R"("a??Bcc: b" holds control characters)", "one line"}}},
    {"reply_to_invalid", OUT { s.set_reply_to("@x"); },
     {{"reply_to", R"("@x" is no mail address)", "only the address"}}},
    {"give_up_too_soon", OUT { s.set_give_up_after("59s"); },
     {{"give_up_after", R"("59s" is out of range)", "from 1m to 30d"}}},
    {"too_many_connections", OUT { s.set_max_connections(101); },
     {{"max_connections", "101 is out of range", "1 to 100"}}},
    {"timeout_no_duration", OUT { s.set_request_timeout("soon"); },
     {{"request_timeout", R"("soon" is no valid value)", "from 1s to 1h"}}},
    {"port_too_large", OUT { s.set_port(4'000'000'000); },
     {{"port", "4000000000 is no port", "1 to 65535"}}},
};

#undef IN
#undef OUT
// clang-format on

void expect_problems(const Settings& s, const std::string& prefix,
                     const std::vector<expected>& wanted) {
  const auto problems = validate(s);
  for (const auto& p : problems) {
    EXPECT_EQ((p.what + p.remedy).find("hunter"), std::string::npos) << "the secret shows";
  }
  ASSERT_EQ(problems.size(), wanted.size())
      << (problems.empty() ? "" : problems[0].path + problems[0].what);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(problems[i].partition, "IT");
    EXPECT_EQ(problems[i].path, prefix + wanted[i].path);
    EXPECT_EQ(problems[i].what, wanted[i].what);
    EXPECT_NE(problems[i].remedy.find(wanted[i].remedy), std::string::npos) << problems[i].remedy;
  }
}

class incoming_rule : public testing::TestWithParam<in_row> {};

TEST_P(incoming_rule, gives_exactly_these_problems) {
  auto s = test::valid_settings();
  GetParam().bend(*s.mutable_partitions(0)->mutable_incoming(0));
  expect_problems(s, "incoming[0].", GetParam().problems);
}

class outgoing_rule : public testing::TestWithParam<out_row> {};

TEST_P(outgoing_rule, gives_exactly_these_problems) {
  auto s = test::valid_settings();
  GetParam().bend(*s.mutable_partitions(0)->mutable_outgoing(0));
  expect_problems(s, "outgoing[0].", GetParam().problems);
}

std::string in_name(const testing::TestParamInfo<in_row>& r) {
  return r.param.name;
}
std::string out_name(const testing::TestParamInfo<out_row>& r) {
  return r.param.name;
}
INSTANTIATE_TEST_SUITE_P(bad, incoming_rule, testing::ValuesIn(incoming_rows), in_name);
INSTANTIATE_TEST_SUITE_P(good, incoming_rule, testing::ValuesIn(good_incoming), in_name);
INSTANTIATE_TEST_SUITE_P(bad, outgoing_rule, testing::ValuesIn(outgoing_rows), out_name);

}  // namespace
