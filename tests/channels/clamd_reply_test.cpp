#include "channels/clamd_reply.hpp"

#include <gtest/gtest.h>

#include <string>

namespace postroom::channels {
namespace {

using enum scan_verdict::kind;

TEST(clamd_reply, the_three_verdicts_are_told_apart) {
  const std::pair<const char*, scan_verdict> rows[] = {
      {"stream: OK", {clean, ""}},
      {"stream: Eicar-Test-Signature FOUND", {infected, "Eicar-Test-Signature"}},
      {"stream: A name with blanks FOUND", {infected, "A name with blanks"}},
      {"stream: OK FOUND", {infected, "OK"}},
      {"INSTREAM size limit exceeded. ERROR", {too_large, ""}},
  };
  for (const auto& [line, wanted] : rows) {
    const auto got = read_scan_reply(line, true);
    ASSERT_TRUE(got) << line;
    EXPECT_EQ(*got, wanted) << line;
  }
}

TEST(clamd_reply, nothing_else_counts_as_clean) {
  for (const char* line :
       {"", "OK", "stream:OK", "stream: ok", "stream: OK ", "stream: ", "stream: FOUND",
        "stream:  FOUND", "STREAM: OK", "stream: OK\n", "UNKNOWN COMMAND", "PONG"}) {
    const auto got = read_scan_reply(line, true);
    EXPECT_FALSE(got && got->what == clean) << line;
    EXPECT_TRUE(got || got.code() == ec::protocol_violation) << line;
  }
}

TEST(clamd_reply, a_verdict_before_the_end_of_the_mail_is_none) {
  EXPECT_EQ(read_scan_reply("stream: OK", false).code(), ec::protocol_violation);
  EXPECT_EQ(read_scan_reply("stream: X FOUND", false).code(), ec::protocol_violation);
  EXPECT_EQ(read_scan_reply("INSTREAM size limit exceeded. ERROR", false)->what, too_large);
}

TEST(clamd_reply, an_error_of_clamds_is_told_in_its_words) {
  const auto got = read_scan_reply("stream: Can't allocate memory ERROR", true);
  EXPECT_EQ(got.code(), ec::server_busy);
  EXPECT_EQ(got.error().detail, "clamd failed: stream: Can't allocate memory");
}

TEST(clamd_reply, names_are_short_and_printable_whatever_comes) {
  const auto got =
      read_scan_reply("stream: \x1b[2J\xff" + std::string(3'000, 'x') + " FOUND", true);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->signature.size(), 200u);
  EXPECT_EQ(got->signature.substr(0, 6), "?[2J?x");
}

TEST(clamd_reply, only_pong_answers_ping) {
  EXPECT_TRUE(read_ping_reply("PONG"));
  EXPECT_EQ(read_ping_reply("stream: OK").code(), ec::protocol_violation);
  EXPECT_EQ(read_ping_reply("").code(), ec::protocol_violation);
}

}  // namespace
}  // namespace postroom::channels
