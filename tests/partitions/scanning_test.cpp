#include "partitions/scanning.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/validate.hpp"

namespace postroom::partitions::test {
namespace {

using config::v1::Scanning;

TEST(scanning, a_scanner_listens_on_a_unix_socket_or_at_host_and_port) {
  const std::pair<const char*, scanner_address> rows[] = {
      {"unix:/run/clamav/clamd.ctl", {"/run/clamav/clamd.ctl", "", 0}},
      {"unix:/a b", {"/a b", "", 0}},
      {"tcp:clamd:3310", {"", "clamd", 3310}},
      {"tcp:scan-1.example_x.org:1", {"", "scan-1.example_x.org", 1}},
      {"tcp:127.0.0.1:65535", {"", "127.0.0.1", 65535}},
      {"tcp:[::1]:3310", {"", "::1", 3310}},
  };
  for (const auto& [text, wanted] : rows) {
    const auto got = parse_scanner_address(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(*got, wanted) << text;
  }
}

TEST(scanning, nothing_else_is_an_address) {
  const std::string too_long = "unix:/" + std::string(107, 'x');
  for (const std::string text : {"",
                                 "clamd",
                                 "/run/clamd",
                                 "unix:",
                                 "unix:/",
                                 "unix:run/clamd",
                                 "unix:/a\nb",
                                 "tcp:",
                                 "tcp:clamd",
                                 "tcp::3310",
                                 "tcp:clamd:",
                                 "tcp:clamd:0",
                                 "tcp:clamd:65536",
                                 "tcp:clamd:33x",
                                 "tcp:clamd:-1",
                                 "tcp:a/b:3310",
                                 "tcp:user@host:3310",
                                 "tcp:a b:3310",
                                 "tcp:::1:3310",
                                 "tcp:[]:3310",
                                 "tcp:[a-b]:3310",
                                 "TCP:clamd:3310",
                                 "http://clamd:3310",
                                 too_long.c_str()})
    EXPECT_EQ(parse_scanner_address(text).code(), ec::config_invalid) << text;
  EXPECT_TRUE(parse_scanner_address(too_long.substr(0, too_long.size() - 1)));
}

TEST(scanning, without_an_address_mails_are_not_scanned) {
  Scanning s;
  s.set_infected("tag");
  EXPECT_FALSE(scan_settings_of(s));
}

TEST(scanning, what_is_left_out_has_its_default) {
  Scanning s;
  s.set_clamd("tcp:clamd:3310");
  const auto got = scan_settings_of(s);
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->tag_infected);
  EXPECT_FALSE(got->accept_unscanned);
  EXPECT_EQ(got->timeout, duration{60'000});
  EXPECT_EQ(got->max_bytes, 25u << 20);
}

TEST(scanning, what_is_given_counts) {
  Scanning s;
  s.set_clamd("unix:/c");
  s.set_infected("tag");
  s.set_unreachable("accept");
  s.set_timeout("5s");
  s.set_max_size("1MiB");
  EXPECT_EQ(scan_settings_of(s),
            (scan_settings{{"/c", "", 0}, true, true, duration{5'000}, 1u << 20}));
}

struct row {
  const char* name;
  void (*bend)(Scanning&);
  const char* path;
  const char* what;
  const char* remedy;  // a part of it
};

class scanning_rule : public testing::TestWithParam<row> {};

TEST_P(scanning_rule, is_found_alone_with_its_place_and_remedy) {
  auto settings = valid_settings();
  settings.mutable_partitions(0)->mutable_incoming(0)->add_authserv_ids("mx.example.org");
  GetParam().bend(*settings.mutable_partitions(0)->mutable_scanning());
  const auto problems = validate(settings);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, GetParam().path);
  EXPECT_EQ(problems[0].what, GetParam().what);
  EXPECT_NE(problems[0].remedy.find(GetParam().remedy), std::string::npos) << problems[0].remedy;
}

const row rows[] = {
    {"clamd", [](auto& s) { s.set_clamd("clamd:3310"); }, "scanning.clamd",
     R"("clamd:3310" is no address of a scanner)", "tcp:HOST:PORT"},
    {"infected", [](auto& s) { s.set_infected("delete"); }, "scanning.infected",
     R"("delete" is unknown)", "quarantine, tag"},
    {"unreachable", [](auto& s) { s.set_unreachable("Wait"); }, "scanning.unreachable",
     R"("Wait" is unknown)", "write it as wait"},
    {"timeout", [](auto& s) { s.set_timeout("11m"); }, "scanning.timeout",
     R"("11m" is out of range)", "from 1s to 10m"},
    {"max_size", [](auto& s) { s.set_max_size("2GiB"); }, "scanning.max_size",
     R"("2GiB" is out of range)", "from 1KiB to 1GiB"},
    {"spam_header",
     [](auto& s) {
       s.set_spam_header("X-Spam-Score:");
       s.set_spam_above("15");
     },
     "scanning.spam_header", R"("X-Spam-Score:" is no name of a header field)",
     "without the colon"},
    {"spam_above",
     [](auto& s) {
       s.set_spam_header("X-Spam-Score");
       s.set_spam_above("15,5");
     },
     "scanning.spam_above", R"("15,5" is no score)", "such as 15 or 7.5"},
    {"no_number",
     [](auto& s) {
       s.set_spam_header("X-Spam-Score");
       s.set_spam_above("nan");
     },
     "scanning.spam_above", R"("nan" is no score)", "such as 15"},
    {"header_missing", [](auto& s) { s.set_spam_above("15"); }, "scanning.spam_header",
     "is missing, although there is `spam_above`", "such as X-Spam-Score"},
    {"score_missing", [](auto& s) { s.set_spam_header("X-Spam-Score"); }, "scanning.spam_above",
     "is missing, although there is `spam_header`", "from which score on"},
    {"spam", [](auto& s) { s.set_spam("delete"); }, "scanning.spam", R"("delete" is unknown)",
     "quarantine, tag"},
};

INSTANTIATE_TEST_SUITE_P(table, scanning_rule, testing::ValuesIn(rows),
                         [](const auto& r) { return std::string{r.param.name}; });

TEST(scanning, good_settings_have_no_problems) {
  auto settings = valid_settings();
  settings.mutable_partitions(0)->mutable_incoming(0)->add_authserv_ids("mx.example.org");
  auto& s = *settings.mutable_partitions(0)->mutable_scanning();
  s.set_clamd("unix:/run/clamav/clamd.ctl");
  s.set_infected("tag");
  s.set_unreachable("accept");
  s.set_timeout("90s");
  s.set_max_size("100MiB");
  s.set_spam_header("X-Spam-Score");
  s.set_spam_above("-0.5");
  s.set_spam("tag");
  EXPECT_TRUE(validate(settings).empty());
}

}  // namespace
}  // namespace postroom::partitions::test
