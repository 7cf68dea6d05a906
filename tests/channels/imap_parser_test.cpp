#include "channels/imap_parser.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace postroom::channels {
namespace {

/// Keeps what comes; `want` decides about literals.
struct recorder : imap_parser::sink {
  imap_parser::plan want = imap_parser::plan::keep;
  std::vector<imap_response> responses;
  std::vector<std::string> pieces;
  std::vector<std::optional<uint64_t>> uids_at_literal;

  void on_response(imap_response& r) override { responses.push_back(r); }
  imap_parser::plan on_body(const imap_fetch& so_far, uint64_t) override {
    uids_at_literal.push_back(so_far.uid);
    return want;
  }
  void on_piece(std::string piece) override { pieces.push_back(std::move(piece)); }
};

imap_response parse_one(std::string_view line) {
  recorder to;
  imap_parser parser(to);
  EXPECT_TRUE(parser.feed(std::string(line) + "\r\n").ok()) << line;
  EXPECT_EQ(to.responses.size(), 1u) << line;
  return to.responses.empty() ? imap_response{} : to.responses.front();
}

using kind = imap_response::kind;
using status = imap_status;
using body = imap_fetch::body_state;

TEST(imap_parser, reads_status_answers_with_and_without_codes) {
  struct row {
    std::string_view line, tag;
    imap_status status;
    std::string_view code, args, text;
  };
  const row rows[] = {
      {"* OK hello", "", status::ok, "", "", "hello"},
      {"* ok [uidvalidity 3857529045] UIDs valid", "", status::ok, "UIDVALIDITY", "3857529045",
       "UIDs valid"},
      {"pr1 OK [READ-WRITE] done", "pr1", status::ok, "READ-WRITE", "", "done"},
      {"pr2 NO [TRYCREATE] no such", "pr2", status::no, "TRYCREATE", "", "no such"},
      {"pr3 BAD", "pr3", status::bad, "", "", ""},
      {"* BYE [UNAVAILABLE] later {5}", "", status::bye, "UNAVAILABLE", "", "later {5}"},
      {"* PREAUTH in", "", status::preauth, "", "", "in"},
  };
  for (const auto& r : rows) {
    const auto got = parse_one(r.line);
    EXPECT_EQ(got.what, kind::status) << r.line;
    EXPECT_EQ(got.tag, r.tag) << r.line;
    EXPECT_EQ(got.status, r.status) << r.line;
    EXPECT_EQ(got.code, r.code) << r.line;
    EXPECT_EQ(got.code_args, r.args) << r.line;
    EXPECT_EQ(got.text, r.text) << r.line;
  }
}

TEST(imap_parser, reads_numbered_answers) {
  struct row {
    std::string_view line;
    imap_response::kind what;
    uint64_t number;
  };
  const row rows[] = {{"* 23 EXISTS", kind::exists, 23},
                      {"* 0 recent", kind::recent, 0},
                      {"* 4 EXPUNGE", kind::expunge, 4},
                      {"* VANISHED 41,43:116,118", kind::vanished, 76},
                      {"* VANISHED 9:7", kind::vanished, 3},
                      {"* VANISHED (EARLIER) 1:900", kind::vanished, 0},
                      {"* 7 SOMETHING new", kind::other, 7},
                      {"* FLAGS (\\Seen)", kind::other, 0},
                      {"* LIST () \"/\" \"a {3}\"", kind::other, 0},
                      {"+ idling", kind::continuation, 0},
                      {"+", kind::continuation, 0}};
  for (const auto& r : rows) {
    const auto got = parse_one(r.line);
    EXPECT_EQ(got.what, r.what) << r.line;
    EXPECT_EQ(got.number, r.number) << r.line;
  }
}

TEST(imap_parser, reads_searches) {
  struct row {
    std::string_view line;
    std::vector<uint64_t> numbers;
  };
  const row rows[] = {{"* SEARCH", {}},
                      {"* SEARCH 2 84 882", {2, 84, 882}},
                      {"* SEARCH 2 5 (MODSEQ 917162500)", {2, 5}},
                      {"* ESEARCH (TAG \"pr5\") UID MIN 7", {7}},
                      {"* ESEARCH (TAG \"pr5\") UID", {}},
                      {"* ESEARCH UID COUNT 5 MIN 4 MAX 9", {4}}};
  for (const auto& r : rows) {
    const auto got = parse_one(r.line);
    EXPECT_EQ(got.what, kind::search) << r.line;
    EXPECT_EQ(got.numbers, r.numbers) << r.line;
  }
}

TEST(imap_parser, reads_capabilities_wherever_they_stand) {
  const std::vector<std::string> words{"IMAP4REV1", "IDLE", "AUTH=PLAIN"};
  EXPECT_EQ(parse_one("* CAPABILITY IMAP4rev1 idle AUTH=PLAIN").words, words);
  EXPECT_EQ(parse_one("pr1 OK [CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN] in").words, words);
}

TEST(imap_parser, reads_fetch_items_in_any_order_and_skips_what_it_does_not_know) {
  const auto r = parse_one(
      "* 12 FETCH (FLAGS (\\Seen $x) X-NEW ((a \"b)\" NIL) 4) MODSEQ (624) RFC822.SIZE 44827 "
      "BODY[HEADER.FIELDS (DATE)] NIL INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" uid 7)");
  EXPECT_EQ(r.what, kind::fetch);
  EXPECT_EQ(r.fetch.uid, 7u);
  EXPECT_EQ(r.fetch.size, 44'827u);
  EXPECT_EQ(to_millis(r.fetch.internal_date.value()), 837'596'665'000);
  EXPECT_EQ(r.fetch.body_is, body::absent);
}

TEST(imap_parser, reads_a_body_as_quoted_string_or_nil) {
  const auto quoted = parse_one("* 1 FETCH (UID 7 BODY[] \"a \\\"b\\\" \\\\\")").fetch;
  EXPECT_EQ(quoted.body_is, body::kept);
  EXPECT_EQ(*quoted.body, "a \"b\" \\");
  EXPECT_EQ(parse_one("* 1 FETCH (UID 7 BODY[] NIL)").fetch.body_is, body::nil);
}

TEST(imap_parser, gives_the_same_answers_whatever_the_split) {
  const std::string mail = "Subject: x\r\n\r\n{5}\r\n* 1 FETCH (\r\n";
  const std::string stream =
      "* OK hi\r\n* 1 FETCH (UID 7 BODY[] {" + std::to_string(mail.size()) + "}\r\n" + mail +
      ")\r\n* 2 FETCH (BODY[] ~{3}\r\nabc UID 8)\r\n* 3 FETCH (UID 9 BODY[] {0}\r\n)\r\n" +
      "* LIST () \"/\" {4}\r\na\r\nb\r\npr1 OK done\r\n";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    recorder to;
    imap_parser parser(to);
    ASSERT_TRUE(parser.feed(std::string_view(stream).substr(0, cut)).ok());
    ASSERT_TRUE(parser.feed(std::string_view(stream).substr(cut)).ok());
    ASSERT_EQ(to.responses.size(), 6u) << cut;
    EXPECT_EQ(*to.responses[1].fetch.body, mail) << cut;
    EXPECT_EQ(to.responses[2].fetch.uid, 8u);
    EXPECT_EQ(*to.responses[2].fetch.body, "abc");
    EXPECT_EQ(*to.responses[3].fetch.body, "");
    EXPECT_EQ(to.responses[5].tag, "pr1");
    EXPECT_EQ(to.uids_at_literal, (std::vector<std::optional<uint64_t>>{7, std::nullopt, 9}));
  }
}

/// Feeds as a connection does: into the destination where there is one, else `at_once` bytes of
/// text.
void feed_like_a_socket(imap_parser& parser, std::string_view stream, std::size_t at_once) {
  while (!stream.empty()) {
    auto room = parser.destination();
    const auto n = std::min({room.empty() ? at_once : room.size(), stream.size(), at_once});
    auto bytes = stream.substr(0, n);
    if (!room.empty()) {
      std::memcpy(room.data(), bytes.data(), n);
      bytes = {room.data(), n};
    }
    ASSERT_TRUE(parser.feed(bytes).ok());
    stream.remove_prefix(n);
  }
}

std::string patterned(std::size_t n) {
  std::string out(n, '\0');
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return out;
}

TEST(imap_parser, reads_long_literals_straight_into_their_place) {
  const std::string mail = patterned(3'333'333);
  recorder to;
  imap_parser parser(to);
  const std::string stream =
      "* 1 FETCH (UID 7 BODY[] {3333333}\r\n" + mail + ")\r\npr1 OK done\r\n";
  feed_like_a_socket(parser, stream, 32'768);
  ASSERT_EQ(to.responses.size(), 2u);
  EXPECT_TRUE(*to.responses[0].fetch.body == mail);
  EXPECT_LE(to.responses[0].fetch.body->capacity(), mail.size() + 16);
}

TEST(imap_parser, hands_long_literals_out_in_pieces_of_at_most_one_mebibyte) {
  for (const std::size_t size : {1u, 100u, 1u << 20, (1u << 20) + 100, (3u << 20) - 1, 3u << 20}) {
    const std::string mail = patterned(size);
    recorder to;
    to.want = imap_parser::plan::pieces;
    imap_parser parser(to);
    feed_like_a_socket(
        parser, "* 1 FETCH (UID 7 BODY[] {" + std::to_string(size) + "}\r\n" + mail + ")\r\n",
        32'768);
    ASSERT_EQ(to.responses.size(), 1u);
    EXPECT_EQ(to.responses[0].fetch.body_is, body::streamed);
    EXPECT_EQ(to.responses[0].fetch.body_bytes, size);
    std::string all;
    for (const auto& p : to.pieces) {
      EXPECT_LE(p.size(), imap_parser::piece_bytes);
      all += p;
    }
    EXPECT_TRUE(all == mail) << size;
    EXPECT_EQ(to.pieces.size(), (size + imap_parser::piece_bytes - 1) / imap_parser::piece_bytes);
  }
}

TEST(imap_parser, skips_unwanted_literals_without_keeping_a_byte) {
  recorder to;
  to.want = imap_parser::plan::skip;
  imap_parser parser(to);
  const std::string chunk(1u << 20, 'x');
  ASSERT_TRUE(parser.feed("* 1 FETCH (UID 7 BODY[] {104857600}\r\n").ok());
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(parser.destination().empty());
    ASSERT_TRUE(parser.feed(chunk).ok());
  }
  ASSERT_TRUE(parser.feed(")\r\n").ok());
  ASSERT_EQ(to.responses.size(), 1u);
  EXPECT_EQ(to.responses[0].fetch.body_is, body::skipped);
  EXPECT_EQ(to.responses[0].fetch.body_bytes, 104'857'600u);
}

TEST(imap_parser, a_literal_that_lies_about_its_size_gets_no_memory_in_advance) {
  recorder to;
  imap_parser parser(to);
  ASSERT_TRUE(parser.feed("* 1 FETCH (UID 7 BODY[] {4294967295}\r\nabc").ok());
  EXPECT_LE(parser.destination().size(), imap_parser::first_bytes);
}

TEST(imap_parser, refuses_what_is_not_imap) {
  const std::string_view streams[] = {
      "\r\n",
      "hello\r\n",
      "*\r\n",
      "* \r\n",
      "* 5\r\n",
      "* 1 FETCH\r\n",
      "* 1 FETCH (UID x)\r\n",
      "* 1 FETCH (UID 7\r\n",
      "* 1 FETCH (UID 99999999999999999999)\r\n",
      "* 1 FETCH (BODY[] \"open)\r\n",
      "* 1 FETCH (X ))\r\n",
      "* SEARCH 1 x\r\n",
      "* VANISHED 1:\r\n",
      "pr1 BYE\r\n",
      "pr1 WHAT\r\n",
      "220 smtp.example.org ESMTP\r\n",
      "* 1 FETCH (X {2} UID 7)\r\n",
  };
  for (const auto& s : streams) {
    recorder to;
    imap_parser parser(to);
    const auto fed = parser.feed(s);
    EXPECT_EQ(fed.code(), ec::protocol_violation) << s;
  }
}

TEST(imap_parser, bounds_the_text_of_an_answer) {
  recorder to;
  imap_parser parser(to);
  const std::string chunk(64u << 10, 'x');
  result<void> fed;
  std::size_t n = 0;
  while (fed.ok() && n < 100) {
    fed = parser.feed(chunk);
    ++n;
  }
  EXPECT_EQ(fed.code(), ec::protocol_violation);
  EXPECT_EQ(n, 17u);
}

TEST(imap_parser, bounds_the_literals_of_an_answer) {
  const auto answer = [](std::size_t n) {
    std::string out = "* 1 FETCH (";
    for (std::size_t i = 0; i < n; ++i) out += "X {0}\r\n ";
    return out + "UID 7)\r\n";
  };
  recorder to;
  EXPECT_TRUE(imap_parser(to).feed(answer(64)).ok());
  EXPECT_EQ(imap_parser(to).feed(answer(65)).code(), ec::protocol_violation);
}

TEST(imap_parser, takes_one_body_in_an_answer_and_no_second) {
  recorder to;
  imap_parser parser(to);
  EXPECT_EQ(parser.feed("* 1 FETCH (UID 7 BODY[] {1}\r\nx BODY[] {1}\r\n").code(),
            ec::protocol_violation);
  EXPECT_EQ(to.uids_at_literal.size(), 1u) << "nobody is asked about the second";
}

TEST(imap_parser, bounds_the_depth_of_lists) {
  recorder to;
  imap_parser parser(to);
  EXPECT_EQ(
      parser.feed("* 1 FETCH (X " + std::string(1'000, '(') + std::string(1'000, ')') + ")\r\n")
          .code(),
      ec::protocol_violation);
}

TEST(imap_parser, reads_on_after_it_was_trimmed_between_answers) {
  recorder to;
  imap_parser parser(to);
  ASSERT_TRUE(parser.feed("* OK " + std::string(10'000, 'x') + "\r\n").ok());
  parser.trim();
  ASSERT_TRUE(parser.feed("* 1 EXISTS\r\n").ok());
  EXPECT_EQ(to.responses.size(), 2u);
}

TEST(internal_date, is_read_with_its_zone) {
  struct row {
    std::string_view text;
    int64_t millis;
  };
  const row rows[] = {{"17-Jul-1996 02:44:25 -0700", 837'596'665'000},
                      {" 1-Jan-1970 00:00:00 +0000", 0},
                      {"01-Jan-1970 01:30:00 +0130", 0},
                      {"29-Feb-2024 23:59:60 +0000", 1'709'251'200'000}};
  for (const auto& r : rows) {
    const auto t = parse_internal_date(r.text);
    ASSERT_TRUE(t.has_value()) << r.text;
    EXPECT_EQ(to_millis(*t), r.millis) << r.text;
  }
  for (const std::string_view bad :
       {"", "x", "32-Jan-2020 00:00:00 +0000", "30-Feb-2020 00:00:00 +0000",
        "1-Foo-2020 00:00:00 +0000", "1-Jan-2020 24:00:00 +0000", "1-Jan-2020 00:00:00",
        "1-anF-2020 00:00:00 +0000"}) {
    EXPECT_FALSE(parse_internal_date(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace postroom::channels
