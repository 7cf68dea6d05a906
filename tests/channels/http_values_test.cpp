#include "channels/http_values.hpp"

#include <gtest/gtest.h>

namespace postroom::channels {
namespace {

TEST(http_values, escape_everything_but_unreserved_characters) {
  const struct {
    std::string text, escaped;
  } table[] = {{"", ""},
               {"AZaz09-._~", "AZaz09-._~"},
               {"a b/c?d=e&f", "a%20b%2Fc%3Fd%3De%26f"},
               {std::string("\0\xff%", 3), "%00%FF%25"}};
  for (const auto& row : table) EXPECT_EQ(url_escape(row.text), row.escaped);
}

TEST(http_values, tell_how_long_to_wait) {
  const auto now = from_millis(784'111'777'000);  // Sun, 06 Nov 1994 08:49:37 GMT
  const struct {
    const char* text;
    std::optional<int64_t> milliseconds;
  } table[] = {{"2", 2'000},
               {"2.128", 2'128},
               {"0.0001", 1},  // never too short
               {"0", 0},
               {"1e300", 86'400'000},
               {"Sun, 06 Nov 1994 08:49:47 GMT", 10'000},
               {"Sun, 06 Nov 1994 08:49:27 GMT", 0},
               {"Thu, 01 Jan 2099 00:00:00 GMT", 86'400'000},
               {"", {}},
               {"soon", {}},
               {"-1", {}},
               {"2s", {}},
               {"nan", {}},
               {"inf", {}},
               {" 2", {}}};
  for (const auto& row : table) {
    const auto got = retry_after(row.text, now);
    ASSERT_EQ(got.has_value(), row.milliseconds.has_value()) << row.text;
    EXPECT_EQ(got ? got->count() : -1, row.milliseconds.value_or(-1)) << row.text;
  }
}

}  // namespace
}  // namespace postroom::channels
