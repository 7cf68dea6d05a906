#include <gtest/gtest.h>

#include "channels/smtp_body.hpp"
#include "channels/smtp_reply.hpp"

namespace postroom::channels {
namespace {

/// The replies in `bytes`, given in pieces of `cut`; the last one has code -1 when the parser gave
/// up.
std::vector<smtp_reply> replies(std::string_view bytes, std::size_t cut = std::string_view::npos) {
  smtp_reply_parser parser;
  std::vector<smtp_reply> out;
  while (!bytes.empty()) {
    auto in = bytes.substr(0, cut);
    bytes.remove_prefix(in.size());
    for (;;) {
      auto r = parser.next(in);
      if (!r) {
        out.push_back({-1, {r.error().detail}});
        return out;
      }
      if (!*r) break;
      out.push_back(**r);
    }
  }
  return out;
}

TEST(smtp_reply, joins_the_lines_of_a_reply_however_they_are_cut) {
  const std::string sent =
      "250-mx.test\r\n250-SIZE 1000\r\n250 8BITMIME\r\n354\r\n550 5.1.1 no such user\r\n";
  for (std::size_t cut = 1; cut <= sent.size(); ++cut) {
    auto all = replies(sent, cut);
    ASSERT_EQ(all.size(), 3u) << cut;
    EXPECT_EQ(all[0].code, 250);
    EXPECT_EQ(all[0].lines, (std::vector<std::string>{"mx.test", "SIZE 1000", "8BITMIME"}));
    EXPECT_EQ(all[1].code, 354);
    EXPECT_EQ(all[2].lines, std::vector<std::string>{"5.1.1 no such user"});
  }
}

TEST(smtp_reply, gives_up_on_what_is_not_smtp) {
  std::string many;
  for (std::size_t i = 0; i <= smtp_reply_parser::max_lines; ++i) many += "250-x\r\n";
  for (const std::string& bad :
       {std::string("HTTP/1.1 400\r\n"), std::string("25\r\n"), std::string("650 x\r\n"),
        std::string("250x\r\n"), std::string("250-a\r\n550 b\r\n"), std::string("\r\n"),
        std::string(5000, '2'), many})
    EXPECT_EQ(replies(bad, 1000).back().code, -1) << bad.substr(0, 40);
}

TEST(smtp_reply, knows_whose_fault_a_refusal_is) {
  using enum smtp_stage;
  struct {
    smtp_stage stage;
    int code;
    ec what;
    bool permanent, server_wide;
  } const table[] = {
      {sign_in, 421, ec::server_busy, false, true},
      {sign_in, 554, ec::server_busy, false, true},
      {sign_in, 535, ec::auth_refused, false, true},
      {mail_from, 250, ec::none, false, false},
      {mail_from, 421, ec::server_busy, false, true},
      {mail_from, 451, ec::server_busy, false, true},
      {mail_from, 530, ec::auth_refused, false, true},
      {mail_from, 552, ec::mail_too_large, true, false},
      {mail_from, 501, ec::recipient_refused, true, false},
      {mail_from, 503, ec::recipient_refused, true, false},
      {mail_from, 550, ec::recipient_refused, true, false},
      {mail_from, 553, ec::recipient_refused, true, false},
      {mail_from, 554, ec::server_busy, false, true},
      {rcpt_to, 421, ec::server_busy, false, false},
      {rcpt_to, 450, ec::server_busy, false, false},
      {rcpt_to, 501, ec::recipient_refused, true, false},
      {rcpt_to, 503, ec::recipient_refused, true, false},
      {rcpt_to, 530, ec::auth_refused, false, true},
      {rcpt_to, 550, ec::recipient_refused, true, false},
      {rcpt_to, 553, ec::recipient_refused, true, false},
      {data, 451, ec::server_busy, false, false},
      {data, 554, ec::recipient_refused, true, false},
      {content, 250, ec::none, false, false},
      {content, 452, ec::server_busy, false, false},
      {content, 554, ec::recipient_refused, true, false},
      {content, 354, ec::protocol_violation, false, true},
  };
  for (const auto& row : table) {
    auto report = report_of(row.stage, {row.code, {"first", "because"}});
    auto where =
        "stage " + std::to_string(static_cast<int>(row.stage)) + ", " + std::to_string(row.code);
    EXPECT_EQ(report.code, row.what) << where;
    EXPECT_EQ(report.permanent, row.permanent) << where;
    EXPECT_EQ(report.server_wide, row.server_wide) << where;
    EXPECT_EQ(report.reply_code, row.code);
    EXPECT_EQ(report.of_recipient, row.stage == rcpt_to && row.permanent) << where;
    const bool of_sender = row.stage == mail_from && row.what == ec::recipient_refused;
    EXPECT_EQ(report.reply, of_sender ? "MAIL FROM refused: because" : "because");
  }
}

TEST(smtp_reply, makes_the_servers_text_safe_to_show) {
  EXPECT_EQ(readable("no\x1b[1m\r\nmail"), "no?[1m??mail");
  EXPECT_EQ(readable(std::string(4000, 'x')).size(), 500u);
}

TEST(smtp_reply, reads_what_the_server_offers) {
  auto offers = extensions_of({250, {"SIZE 1", "size 1000", "8bitmime", "SMTPUTF8", "AUTH PLAIN"}});
  EXPECT_TRUE(offers.size && offers.eight_bit_mime && offers.smtp_utf8);
  EXPECT_EQ(offers.max_size, 1000u) << "the first line is the server's name";
  EXPECT_EQ(extensions_of({250, {"mx", "SIZE"}}).max_size, 0u);
  EXPECT_FALSE(extensions_of({250, {"mx", "SIZES 5"}}).size);
}

TEST(smtp_address, stays_within_its_brackets) {
  for (const char* good : {"a@example.org", "\"a b\"@example.org", "postmaster", "ü@example.org"})
    EXPECT_TRUE(is_safe_address(good)) << good;
  for (const std::string& bad :
       {std::string(), std::string("a@b>\r\nRCPT TO:<c@d"), std::string("a\nb@c"),
        std::string("<a@b>"), std::string("a b@c"), std::string("a\0b@c", 5),
        std::string("a\x7f@c"), std::string(321, 'a')})
    EXPECT_FALSE(is_safe_address(bad)) << bad;
}

/// What goes over the wire when the body is taken in slices of `size`.
std::string on_the_wire(const std::string& message, std::size_t size) {
  smtp_body body(std::make_shared<const std::string>(message));
  std::string out;
  for (auto slice = body.next(size); !slice.empty(); slice = body.next(size)) out += slice;
  return out;
}

TEST(smtp_body, doubles_dots_at_line_starts_and_ends_with_a_lone_one) {
  const std::pair<const char*, const char*> table[] = {
      {"a\r\n", "a\r\n.\r\n"},
      {"a", "a\r\n.\r\n"},
      {"", ".\r\n"},
      {".\r\n", "..\r\n.\r\n"},
      {".a\r\n..b\r\nc.\r\n.\r\n", "..a\r\n...b\r\nc.\r\n..\r\n.\r\n"},
      {"a\n.\nMAIL FROM:<x>\r\n", "a\n..\nMAIL FROM:<x>\r\n.\r\n"},
      {"a\n", "a\n\r\n.\r\n"},
  };
  for (const auto& [message, wire] : table)
    for (std::size_t size = 1; size < 40; ++size)
      EXPECT_EQ(on_the_wire(message, size), wire) << size;
}

}  // namespace
}  // namespace postroom::channels
