#include "app/cli_table.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "app/cli_text.hpp"

namespace postroom::app {
namespace {

table calls() {
  table t{{{"CALL"}, {"N", true}, {"SUBJECT", false, true}}};
  t.add({"IT-000001", uint64_t{7}, "printer"});
  t.add({"IT-000002", uint64_t{120}, "日本語の件名"});
  return t;
}

std::size_t widest_line(const std::string& text) {
  std::istringstream in{text};
  std::size_t widest = 0;
  for (std::string line; std::getline(in, line);) widest = std::max(widest, width_of(line));
  return widest;
}

}  // namespace

TEST(table, columns_are_aligned_by_what_the_terminal_shows) {
  EXPECT_EQ(calls().render(0, false),
            "CALL         N  SUBJECT\n"
            "IT-000001    7  printer\n"
            "IT-000002  120  日本語の件名\n");
}

TEST(table, no_line_is_wider_than_the_terminal) {
  table t{{{"A", false, true}, {"B"}, {"C", false, true}}};
  t.add({std::string(300, 'a'), "fixed", "日本語日本語日本語日本語"});
  t.add({"short", "x", std::string(50, 'c')});
  for (std::size_t width = 1; width < 100; ++width)
    EXPECT_LE(widest_line(t.render(width, false)), width);
  EXPECT_NE(t.render(80, false).find("…"), std::string::npos);
}

TEST(table, short_columns_stay_whole_while_long_ones_give_way) {
  table t{{{"A", false, true}, {"B", false, true}}};
  t.add({"ten chars.", std::string(100, 'b')});
  EXPECT_NE(t.render(40, false).find("ten chars.  bbb"), std::string::npos);
}

TEST(table, hostile_cells_cannot_reach_the_terminal_or_break_the_line) {
  table t{{{"SUBJECT", false, true}, {"STATE"}}};
  t.add({"\x1b[2J\x1b]52;c;ZXZpbA==\x07line\nbreak\u202Egnp.exe", "ok"});
  const auto out = t.render(80, false);
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_EQ(out.find('\x07'), std::string::npos);
  EXPECT_EQ(out.find("\u202E"), std::string::npos);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
}

TEST(table, colours_are_only_ours_and_only_when_wanted) {
  table t{{{"STATE"}}};
  t.add({cell{"parked", style::bad}});
  EXPECT_EQ(t.render(0, false), "STATE\nparked\n");
  EXPECT_EQ(t.render(0, true), "\x1b[1mSTATE\x1b[0m\n\x1b[31mparked\x1b[0m\n");
}

TEST(table, missing_cells_are_empty) {
  table t{{{"A"}, {"B"}}};
  t.add({"x"});
  EXPECT_EQ(t.render(0, false), "A  B\nx\n");
}

}  // namespace postroom::app
