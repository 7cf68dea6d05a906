#include "channels/pop3_parser.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace postroom::channels {
namespace {

using kind = pop3_parser::event::kind;
using reply = pop3_parser::reply;

/// What came out, with the runs of a body joined, so that it does not depend on how the bytes were
/// cut.
struct outcome {
  std::vector<std::pair<kind, std::string>> events;
  bool operator==(const outcome&) const = default;

  void add(const pop3_parser::event& e) {
    if (e.what == kind::body && !events.empty() && events.back().first == kind::body)
      events.back().second += e.text;
    else
      events.emplace_back(e.what, std::string(e.text));
  }
};

/// Reads answers of one shape from `bytes`, given in pieces of `cut`.
outcome read(reply shape, std::string_view bytes, std::size_t cut = std::string_view::npos) {
  pop3_parser parser;
  parser.expect(shape);
  outcome out;
  while (!bytes.empty()) {
    auto in = bytes.substr(0, cut);
    bytes.remove_prefix(in.size());
    for (auto e = parser.next(in); e.what != kind::more; e = parser.next(in)) {
      out.add(e);
      if (e.what == kind::broken) return out;
      if (e.what == kind::end || e.what == kind::refused) parser.expect(shape);
    }
  }
  return out;
}

std::string body_of(std::string_view sent) {
  auto out = read(reply::mail, "+OK\r\n" + std::string(sent));
  EXPECT_EQ(out.events.back().first, kind::end);
  return out.events.size() > 2 ? out.events[1].second : "";
}

TEST(pop3_parser, tells_good_answers_from_refusals) {
  EXPECT_EQ(read(reply::line, "+OK 2 320\r\n-ERR [IN-USE] locked\r\n"),
            (outcome{{{kind::ok, " 2 320"}, {kind::refused, " [IN-USE] locked"}}}));
}

TEST(pop3_parser, reads_a_listing_up_to_its_lone_dot_and_no_further) {
  EXPECT_EQ(read(reply::listing, "+OK\r\n1 a\r\n2 b\r\n.\r\n-ERR next\r\n"),
            (outcome{{{kind::ok, ""},
                      {kind::entry, "1 a"},
                      {kind::entry, "2 b"},
                      {kind::end, ""},
                      {kind::refused, " next"}}}));
}

TEST(pop3_parser, takes_a_refusal_for_the_whole_answer_whatever_was_asked) {
  EXPECT_EQ(read(reply::mail, "-ERR no such message\r\n+OK\r\nx\r\n.\r\n"),
            (outcome{{{kind::refused, " no such message"},
                      {kind::ok, ""},
                      {kind::body, "x\r\n"},
                      {kind::end, ""}}}));
}

TEST(pop3_parser, takes_the_stuffed_dots_out_of_a_mail) {
  EXPECT_EQ(body_of("a\r\n..b\r\n...\r\n....\r\nc.\r\n.\r\n"), "a\r\n.b\r\n..\r\n...\r\nc.\r\n");
  EXPECT_EQ(body_of("..\r\n.\r\n"), ".\r\n");
  EXPECT_EQ(body_of(".\r\n"), "");
  EXPECT_EQ(body_of("\r\n.\r\n"), "\r\n");
}

TEST(pop3_parser, ends_a_mail_only_at_cr_lf_dot_cr_lf) {
  EXPECT_EQ(body_of("a\n.\nb\n.\r\n\r.\r\nc\r\n.\r\n"), "a\n.\nb\n.\r\n\r.\r\nc\r\n");
  EXPECT_EQ(body_of("a\r\n.\rb\r\n.\r\n"), "a\r\n\rb\r\n");
  EXPECT_EQ(body_of("a\r\n.\r\r\n.\r\n"), "a\r\n\r\r\n");
  EXPECT_EQ(body_of("a\r\r\n.\r\n"), "a\r\r\n");
}

TEST(pop3_parser, gives_the_same_however_the_bytes_are_cut) {
  const std::string sent =
      "+OK follows\r\nSubject: x\r\n\r\n..dot\r\n.\rno end\r\n\r\r\n...\r\n\n.\n\r\n.\r\n"
      "-ERR gone\r\n+OK\r\n.\r\n";
  auto whole = read(reply::mail, sent);
  ASSERT_EQ(whole.events.size(), 6u);
  for (std::size_t cut = 1; cut < sent.size(); ++cut)
    EXPECT_EQ(read(reply::mail, sent, cut), whole) << "cut every " << cut << " bytes";
}

TEST(pop3_parser, cuts_listings_anywhere) {
  const std::string sent = "+OK 2 mails\r\n1 abc\r\n.2 x\r\n2 d\r\n.\r\n";
  auto whole = read(reply::listing, sent);
  for (std::size_t cut = 1; cut < sent.size(); ++cut)
    EXPECT_EQ(read(reply::listing, sent, cut), whole) << "cut every " << cut << " bytes";
}

TEST(pop3_parser, refuses_what_is_not_pop3) {
  for (const char* sent :
       {"HTTP/1.1 400 Bad Request\r\n", "* OK IMAP\r\n", "\r\n", "+O", "\xff\xfe\r\n"}) {
    auto out = read(reply::line, std::string(sent) + "\r\n");
    EXPECT_EQ(out.events.back().first, kind::broken) << sent;
  }
}

TEST(pop3_parser, gives_up_on_a_line_without_end) {
  std::string endless(pop3_parser::max_line + 1, 'x');
  EXPECT_EQ(read(reply::line, "+OK" + endless, 100).events.back().first, kind::broken);
  EXPECT_EQ(read(reply::listing, "+OK\r\n" + endless, 100).events.back().first, kind::broken);
}

TEST(pop3_parser, takes_mail_lines_of_any_length) {
  std::string longest(1u << 20, 'x');
  EXPECT_EQ(body_of(longest + "\r\n.\r\n"), longest + "\r\n");
}

TEST(pop3_refusal, names_the_reason_by_its_response_code) {
  struct {
    const char* text;
    ec code;
  } const table[] = {
      {" [IN-USE] mailbox is locked", ec::server_busy},
      {" [LOGIN-DELAY] wait", ec::throttled},
      {" [SYS/TEMP] disk", ec::server_busy},
      {" [SYS/PERM] broken", ec::server_busy},
      {" [AUTH] wrong password", ec::auth_refused},
      {" no such message", ec::not_found},
      {"", ec::not_found},
  };
  for (const auto& row : table)
    EXPECT_EQ(pop3_refusal(row.text, ec::not_found).code, row.code) << row.text;
}

TEST(pop3_refusal, quotes_the_server_but_shortened_and_printable) {
  EXPECT_EQ(pop3_refusal(" a\x1b[31mb", ec::not_found).detail, "-ERR a?[31mb");
  EXPECT_EQ(pop3_refusal(std::string(4000, 'x'), ec::not_found).detail.size(), 205u);
}

TEST(pop3_numbered, needs_a_number_in_front) {
  EXPECT_EQ(read_numbered("17 abc")->number, 17u);
  EXPECT_EQ(read_numbered("17  abc")->rest, "abc");
  EXPECT_EQ(read_numbered(" 3 120 octets")->rest, "120 octets");
  EXPECT_TRUE(read_numbered("5")->rest.empty());
  for (const char* bad : {"", "x", "-1 a", "1a b", "99999999999999999999999 a"})
    EXPECT_FALSE(read_numbered(bad)) << bad;
}

}  // namespace
}  // namespace postroom::channels
