#include "mail/auth_results.hpp"

#include <gtest/gtest.h>

using namespace postroom::mail;

TEST(auth_results, id_methods_results_and_properties_are_read) {
  const auto r = read_auth_results(
      " mx.example.org;\r\n\tspf=pass smtp.mailfrom=ann@example.com;\r\n"
      "\tdkim=fail reason=\"bad (really) signature; sorry\" header.d=example.com "
      "header.i=@example.com");
  EXPECT_EQ(r.id, "mx.example.org");
  ASSERT_EQ(r.results.size(), 2u);
  EXPECT_EQ(r.results[0].method, "spf");
  EXPECT_EQ(r.results[0].result, "pass");
  EXPECT_EQ(r.results[0].property("smtp", "mailfrom"), "ann@example.com");
  EXPECT_EQ(r.results[1].reason, "bad (really) signature; sorry");
  EXPECT_EQ(r.results[1].property("header", "i"), "@example.com");
  EXPECT_EQ(r.results[1].property("header", "from"), "");
}

TEST(auth_results, comments_quoted_strings_versions_and_blanks_may_stand_anywhere) {
  const auto r = read_auth_results(
      R"("mx.example.org" (a (nested \) one); dkim=pass) 1 ; DKIM/1 (x) = (y) Pass (good) )"
      R"(header . D = "example.com" (z); dmarc = pass)");
  EXPECT_EQ(r.id, "mx.example.org");
  ASSERT_EQ(r.results.size(), 2u);
  EXPECT_EQ(r.results[0].method, "dkim");
  EXPECT_EQ(r.results[0].result, "pass");
  EXPECT_EQ(r.results[0].property("header", "d"), "example.com");
  EXPECT_EQ(r.results[1].method, "dmarc");
}

TEST(auth_results, a_value_goes_on_behind_a_quoted_string) {
  const auto r = read_auth_results(
      R"(mx; spf=pass smtp.mailfrom="a b;c@x"@example.com smtp.helo="y"; dkim=pass)");
  ASSERT_EQ(r.results.size(), 2u);
  EXPECT_EQ(r.results[0].property("smtp", "mailfrom"), R"("a b;c@x"@example.com)");
  ASSERT_NE(r.results[0].find("smtp", "helo"), nullptr);
  EXPECT_EQ(r.results[0].find("smtp", "helo")->value, "y");
  EXPECT_TRUE(r.results[0].find("smtp", "helo")->is_quoted);
  EXPECT_EQ(r.results[0].find("smtp", "none"), nullptr);
}

TEST(auth_results, none_is_no_result) {
  EXPECT_TRUE(read_auth_results("mx.example.org; none").results.empty());
  EXPECT_TRUE(read_auth_results("mx.example.org 1; none (nothing done)").results.empty());
  EXPECT_TRUE(read_auth_results("").results.empty());
}

TEST(auth_results, a_field_without_an_id_has_its_results) {
  const auto r = read_auth_results(
      "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=none;\r\n"
      " dmarc=pass action=none header.from=example.com;compauth=pass reason=100");
  EXPECT_EQ(r.id, "");
  ASSERT_EQ(r.results.size(), 4u);
  EXPECT_EQ(r.results[0].property("smtp", "mailfrom"), "example.com");
  EXPECT_EQ(r.results[2].property("", "action"), "none");
  EXPECT_EQ(r.results[3].reason, "100");
}

TEST(auth_results, what_is_against_the_grammar_is_passed_over_to_the_next_result) {
  const auto r = read_auth_results(
      "mx.example.org from=example.com; dkim; spf=; =pass; \"a;b\" c; dmarc=pass x header.from=a; "
      "spf=pass");
  EXPECT_EQ(r.id, "mx.example.org");
  ASSERT_GE(r.results.size(), 2u);
  EXPECT_EQ(r.results.back().method, "spf");
  EXPECT_EQ(r.results.back().result, "pass");
}

TEST(auth_results, hostile_values_end_at_the_bounds) {
  std::string many = "mx.example.org";
  for (int i = 0; i < 5000; ++i) many += ";a=b";
  EXPECT_EQ(read_auth_results(many).results.size(), 100u);
  std::string wide = "mx.example.org; spf=pass";
  for (int i = 0; i < 3000; ++i) wide += " a.b=c";
  EXPECT_LE(read_auth_results(wide).results.at(0).properties.size(), 50u);
  EXPECT_TRUE(read_auth_results(std::string(100000, '(')).results.empty());
  EXPECT_TRUE(read_auth_results("x; spf=\"" + std::string(100000, '\\')).results.size() <= 1);
}

TEST(auth_results, comments_are_blanks_and_quoted_ones_are_not) {
  EXPECT_EQ(without_comments("a(b(c)d)e \"(f)\" (g"), "a e \"(f)\"  ");
}
