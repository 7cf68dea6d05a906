#include "channels/transcript.hpp"

#include <gtest/gtest.h>

namespace postroom::channels {
namespace {

std::string text_of(const transcript& t) {
  std::string out;
  for (const auto& line : t.lines())
    out += (line.who == transcript::side::client   ? "> "
            : line.who == transcript::side::server ? "< "
                                                   : "* ") +
           line.text + "\n";
  return out;
}

struct heard : testing::Test {
  transcript t;
  void begin(const char* scheme, bool tls = false) { t.begin(scheme, tls, "s3cret"); }
};

TEST_F(heard, smtp_secrets_are_masked_from_auth_to_its_result) {
  begin("smtp");
  t.received("220 hi\r\n");
  t.sent("AUTH PLAIN AGl0AHMzY3JldA==\r\n");
  t.received("535 5.7.8 no\r\n");
  t.sent("AUTH LOGIN\r\n");
  t.received("334 VXNlcm5hbWU6\r\n");
  t.sent("aXQ=\r\n");
  t.received("334 UGFzc3dvcmQ6\r\n");
  t.sent("czNjcmV0\r\n");
  t.received("235 ok\r\n");
  t.sent("NOOP\r\n");
  EXPECT_EQ(text_of(t),
            "< 220 hi\n> AUTH PLAIN ***\n< 535 5.7.8 no\n> AUTH LOGIN\n< 334 ***\n> ***\n"
            "< 334 ***\n> ***\n< 235 ok\n> NOOP\n");
}

TEST_F(heard, imap_secrets_are_masked_in_every_way_to_sign_in) {
  begin("imap");
  t.sent("A001 AUTHENTICATE PLAIN\r\n");
  t.received("+ \r\n");
  t.sent("AGl0AHMzY3JldA==\r\n");
  t.received("* CAPABILITY IMAP4rev1\r\nA001 NO no\r\n");
  t.sent("A002 LOGIN it {6}\r\n");
  t.received("+ OK\r\n");
  t.sent("s3cret\r\n");
  t.received("A002 OK in\r\n");
  t.sent("A003 login it \"s3cret\"\r\n");
  EXPECT_EQ(text_of(t),
            "> A001 AUTHENTICATE PLAIN\n< + ***\n> ***\n< * CAPABILITY IMAP4rev1\n< A001 NO no\n"
            "> A002 LOGIN ***\n< + ***\n> ***\n< A002 OK in\n> A003 login ***\n");
}

TEST_F(heard, pop3_secrets_are_masked_and_mails_only_counted) {
  begin("pop3");
  t.sent("USER it\r\n");
  t.received("+OK\r\n");
  t.sent("PASS s3cret\r\n");
  t.received("+OK in\r\n");
  t.sent("RETR 1\r\n");
  t.received("+OK 20 octets\r\nSubject: pri");
  t.received("vate\r\n\r\nhello\r\n.\r\n");
  t.sent("QUIT\r\n");
  EXPECT_EQ(text_of(t),
            "> USER it\n< +OK\n> PASS ***\n< +OK in\n> RETR 1\n< +OK 20 octets\n"
            "< (27 bytes, not shown)\n> QUIT\n");
}

TEST_F(heard, the_password_is_masked_wherever_the_server_repeats_it) {
  begin("smtp");
  t.received("535 the password s3cret is wrong, s3cret!\r\n");
  EXPECT_EQ(text_of(t), "< 535 the password *** is wrong, ***!\n");
  EXPECT_EQ(t.mask("bad s3cret"), "bad ***");
}

TEST_F(heard, of_a_mail_that_is_sent_or_fetched_only_its_size_is_noted) {
  begin("smtp");
  t.sent("DATA\r\n");
  t.received("354 go\r\n");
  t.sent("Subject: private\r\n\r\n..\r\n.\r\nMAIL FROM:<a@b>\r\n");
  EXPECT_EQ(text_of(t), "> DATA\n< 354 go\n> (24 bytes, not shown)\n> MAIL FROM:<a@b>\n");
  transcript imap;
  imap.begin("imap", false, "s3cret");
  imap.received("* 1 FETCH (UID 4 BODY[] {9}\r\nhel");
  imap.received("lo\r\n12)\r\nA1 OK\r\n");
  EXPECT_EQ(text_of(imap), "< * 1 FETCH (UID 4 BODY[] {9}\n< (9 bytes, not shown)\n< )\n< A1 OK\n");
}

TEST_F(heard, tells_how_far_the_dialog_came) {
  using enum transcript::step;
  begin("smtp", true);
  EXPECT_EQ(t.reached(), dns);
  t.note("  Trying 127.0.0.1:25...\n");
  EXPECT_EQ(t.reached(), connect);
  t.note("Connected to mail (127.0.0.1) port 465 (#0)\n");
  EXPECT_EQ(t.reached(), tls);
  t.note("SSL connection using TLSv1.3\n");
  EXPECT_EQ(t.reached(), sign_in);
  t.signed_in();
  EXPECT_EQ(t.reached(), session);
  t.sent("MAIL FROM:<a@b>\r\n");
  EXPECT_EQ(t.reached(), sender);
  t.sent("RCPT TO:<a@b>\r\n");
  EXPECT_EQ(t.reached(), recipient);
  t.sent("DATA\r\n");
  EXPECT_EQ(t.reached(), data);
  begin("imap");
  t.note("Connected to x\n");
  t.sent("A1 STARTTLS\r\n");
  EXPECT_EQ(t.reached(), tls);
}

TEST_F(heard, is_bounded_in_lines_and_bytes_and_says_what_it_left_out) {
  begin("smtp");
  for (int i = 0; i < 1000; ++i) t.received("250-" + std::string(10, 'x') + "\r\n");
  EXPECT_EQ(t.lines().size(), transcript::max_lines + 1);
  EXPECT_EQ(t.lines().back().text, "600 more lines are not shown");
  transcript wide;
  wide.begin("smtp", false, "");
  for (int i = 0; i < 300; ++i) wide.received(std::string(100'000, 'y') + "\r\n");
  std::size_t bytes = 0;
  for (const auto& line : wide.lines()) bytes += line.text.size();
  EXPECT_LE(bytes, transcript::max_bytes + 100);
}

TEST_F(heard, libcurl_is_heard_about_the_connection_only) {
  begin("smtp");
  t.note("STATE: INIT => CONNECT\n");
  t.note("SSL certificate problem: self-signed certificate\n");
  EXPECT_EQ(text_of(t), "* SSL certificate problem: self-signed certificate\n");
}

}  // namespace
}  // namespace postroom::channels
