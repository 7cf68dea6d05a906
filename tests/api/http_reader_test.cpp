#include "api/http_reader.hpp"

#include <gtest/gtest.h>

namespace postroom::api {
namespace {

using state = http_reader::state;

/// Feeds all of it in steps of `step` bytes, past the head; gives what is left at the stop.
std::string_view feed(http_reader& reader, std::string_view bytes, std::size_t step = SIZE_MAX,
                      std::size_t max_body = 100) {
  while (!bytes.empty()) {
    bytes.remove_prefix(reader.feed(bytes.substr(0, step)));
    if (reader.now() == state::head_done) reader.read_body(max_body);
    if (reader.now() == state::done || reader.now() == state::failed) break;
  }
  return bytes;
}

constexpr std::string_view simple =
    "POST /a.B/C?x=y HTTP/1.1\r\nHost: x\r\nContent-Type: Application/JSON; charset=utf-8\r\n"
    "Content-Length: 5\r\n\r\nhello";

int problem_of(const std::string& bytes, std::size_t max_body = 100) {
  http_reader reader;
  feed(reader, bytes, SIZE_MAX, max_body);
  return reader.now() == state::failed ? reader.problem() : 0;
}

std::string head(const std::string& lines) {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n";
}

}  // namespace

TEST(http_reader, a_request_is_the_same_in_every_split) {
  for (std::size_t step = 1; step <= simple.size(); ++step) {
    http_reader reader;
    EXPECT_TRUE(feed(reader, simple, step).empty()) << step;
    ASSERT_EQ(reader.now(), state::done) << step;
    EXPECT_EQ(reader.request().method, "POST");
    EXPECT_EQ(reader.request().path, "/a.B/C");
    EXPECT_EQ(reader.request().content_type, "application/json");
    EXPECT_EQ(reader.request().body, "hello");
    EXPECT_TRUE(reader.keeps_alive());
  }
}

TEST(http_reader, stops_after_the_head_and_knows_what_is_announced) {
  http_reader reader;
  const auto used = reader.feed(simple);
  EXPECT_EQ(reader.now(), state::head_done);
  EXPECT_EQ(reader.announced(), 5u);
  EXPECT_EQ(reader.feed(simple.substr(used)), 0u);
  reader.read_body(100);
  EXPECT_EQ(reader.feed(simple.substr(used)), simple.size() - used);
  EXPECT_EQ(reader.now(), state::done);
}

TEST(http_reader, one_request_after_another_is_read_and_nothing_of_the_last_one_stays) {
  http_reader reader;
  const auto both = std::string{simple} + "GET /next HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto rest = feed(reader, both);
  EXPECT_EQ(rest.substr(0, 9), "GET /next");
  reader.next();
  EXPECT_TRUE(feed(reader, rest).empty());
  ASSERT_EQ(reader.now(), state::done);
  EXPECT_EQ(reader.request().path, "/next");
  EXPECT_EQ(reader.request().body, "");
  EXPECT_EQ(reader.request().content_type, "");
}

TEST(http_reader, chunks_are_put_together_and_trailers_passed_over) {
  http_reader reader;
  feed(reader, head("Transfer-Encoding: chunked\r\n") +
                   "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nHost: trailer\r\n\r\n");
  ASSERT_EQ(reader.now(), state::done);
  EXPECT_EQ(reader.request().body, "abcde");
  EXPECT_EQ(reader.request().header("host"), "x");
}

TEST(http_reader, an_offer_to_change_the_protocol_is_passed_over) {
  http_reader reader;
  feed(reader, head("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n") + "ab");
  ASSERT_EQ(reader.now(), state::done);
  EXPECT_EQ(reader.request().body, "ab");
}

TEST(http_reader, a_whole_url_is_understood_by_its_path) {
  http_reader reader;
  feed(reader, "GET http://x:8443/metrics?a=b HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_EQ(reader.now(), state::done);
  EXPECT_EQ(reader.request().path, "/metrics");
}

TEST(http_reader, a_connection_is_kept_unless_somebody_says_otherwise) {
  for (const auto& [lines, kept] :
       {std::pair{"", true}, std::pair{"Connection: close\r\n", false}}) {
    http_reader reader;
    feed(reader, head(lines));
    ASSERT_EQ(reader.now(), state::done);
    EXPECT_EQ(reader.keeps_alive(), kept);
  }
  http_reader old;
  feed(old, "GET / HTTP/1.0\r\n\r\n");
  ASSERT_EQ(old.now(), state::done);
  EXPECT_FALSE(old.keeps_alive());
}

TEST(http_reader, what_two_readers_could_understand_in_two_ways_is_refused) {
  for (const auto* lines :
       {"Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Content-Length: -1\r\n",
        "Content-Length: 5x\r\n", "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: identity\r\n", "Host: y\r\n",
        "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
        "Content-Type: a/b\r\nContent-Type: c/d\r\n", "Bad Name: x\r\n", "Content-Length : 5\r\n",
        ": x\r\n", "X: a\x01\r\n"})
    EXPECT_EQ(problem_of(head(lines) + "hello"), 400) << lines;
}

TEST(http_reader, what_is_no_request_is_refused) {
  for (const auto* bytes :
       {"HELO x\r\n\r\n", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n", "GET /\r\n\r\n", "\x16\x03\x01\x02",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"})
    EXPECT_EQ(problem_of(bytes), 400) << bytes;
}

TEST(http_reader, broken_chunks_are_refused) {
  for (const auto* body : {"x\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-1\r\n", "FFFFFFFFFFFFFFFFF\r\n"})
    EXPECT_EQ(problem_of(head("Transfer-Encoding: chunked\r\n") + body), 400) << body;
}

TEST(http_reader, each_bound_has_its_own_answer) {
  EXPECT_EQ(problem_of(head("Content-Length: 101\r\n")), 413);
  EXPECT_EQ(problem_of(head("Transfer-Encoding: chunked\r\n") + "65\r\n" + std::string(101, 'x')),
            413);
  EXPECT_EQ(problem_of("GET /" + std::string(300, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"), 414);
  EXPECT_EQ(problem_of("GET /" + std::string(1u << 20, 'a')), 414);
  EXPECT_EQ(problem_of(head("Expect: a miracle\r\n")), 417);
  EXPECT_EQ(problem_of(head("X: " + std::string(1u << 20, 'a'))), 431);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X" + std::to_string(i) + ": y\r\n";
  EXPECT_EQ(problem_of(head(many)), 431);
}

TEST(http_reader, a_body_of_just_the_bound_is_taken) {
  EXPECT_EQ(problem_of(head("Content-Length: 100\r\n") + std::string(100, 'x')), 0);
}

TEST(http_reader, empty_lines_before_a_request_count_as_its_head) {
  http_reader reader;
  feed(reader, "\r\n\r\n" + std::string{simple});
  EXPECT_EQ(reader.now(), state::done);
  std::string endless;
  for (int i = 0; i < 20'000; ++i) endless += "\r\n";
  EXPECT_EQ(problem_of(endless), 431);
}

}  // namespace postroom::api
