#include "mail/header_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "mail/mail.hpp"

using namespace postroom::mail;

namespace {

const std::string border =
    "Received: from out.example.com (out.example.com [192.0.2.7])\r\n\tby mx.example.org (Postfix) "
    "with ESMTPS id 1\r\n\tfor <it@example.org>; Mon, 2 Mar 2026 10:00:00 +0000\r\n";
const std::string inside =
    "Received: from mx.example.org (mx.example.org [192.0.2.1])\r\n\tby store.example.org with "
    "ESMTP id 2; Mon, 2 Mar 2026 10:00:01 +0000\r\n";
const std::string elsewhere =
    "Received: from a.example.net by b.example.net with ESMTP id 3; Mon, 2 Mar 2026 10:00:02 "
    "+0000\r\n";
const std::string from = "From: Ann <ann@example.com>\r\n";

std::string score_in(const std::string& header) {
  trust_settings ours;
  ours.border_hosts = {"mx.example.org"};
  return trusted_field(header, "x-spam-score", ours).value_or("none");
}

}  // namespace

TEST(header_values, all_values_of_a_name_in_any_case_are_given_decoded_from_the_top) {
  const std::string header =
      "X-Team: =?utf-8?Q?Stra=C3=9Fe?=\r\nSubject: x\r\nx-team: two\r\n lines\r\n";
  EXPECT_EQ(field_values(header, "X-TEAM"), (std::vector<std::string>{"Straße", "two lines"}));
  EXPECT_TRUE(field_values(header, "X-Tea").empty());
}

TEST(header_values, of_a_mail_whose_lines_all_end_in_a_carriage_return_are_found) {
  const auto header = header_of("X-Team: one\r two\rSubject: x\r\rX-Team: none\r");
  EXPECT_EQ(field_values(header, "X-Team"), (std::vector<std::string>{"one two"}));
  EXPECT_EQ(field_values(header_of("X-Team: one\r\nX-Other: a\rb\r\n\r\n"), "X-Team").at(0), "one")
      << "a single one is no line end";
}

TEST(header_values, a_header_is_the_same_whatever_ends_its_lines) {
  for (const std::string mail :
       {"A: b\nC: d\n e\n\ntext: x\n\n", "\n\nA: b\n\n\nx", "\xEF\xBB\xBF\nA: b\n\nx",
        "From a Mon\nA: b\n\nx", "From a Mon\n\nA: b\n\nx", "\n\nFrom a Mon\nA: b\n\nx\n\n",
        "A: b\nno field\nSubject: c\n\nx", "A: b\nno field\nnone\n\nSubject: c\n\n", "A: b", "\n",
        "x\n"}) {
    auto bare = mail;
    std::replace(bare.begin(), bare.end(), '\n', '\r');
    EXPECT_EQ(header_of(bare), header_of(mail)) << mail;
  }
  parse_limits small;
  small.max_header = 10;
  EXPECT_EQ(header_of("A: b\rC: dd\rE: f\r\rx", small), "") << "too large";
  EXPECT_EQ(header_of("A: b\rC: d\r\rx", small), "A: b\nC: d\n");
}

TEST(header_values, a_flood_of_fields_and_a_huge_value_are_cut) {
  std::string flood;
  for (int i = 0; i < 100; ++i) flood += "X-A: b\r\n";
  EXPECT_EQ(field_values(flood, "X-A").size(), header_value_limits::values);
  const auto huge = field_values("X-A: " + std::string(1u << 20, 'x') + "\r\n", "X-A");
  EXPECT_EQ(huge.at(0).size(), header_value_limits::bytes);
}

TEST(trusted_field, is_read_above_the_field_of_the_border_only) {
  EXPECT_EQ(score_in("X-Spam-Score: 7.5\r\n" + border + from), "7.5");
  EXPECT_EQ(score_in("X-Spam-Score: 7.5\r\n" + inside + border + from), "7.5");
  EXPECT_EQ(score_in(inside + "X-Spam-Score: 7.5\r\n" + border + from), "7.5");
  EXPECT_EQ(score_in(border + "X-Spam-Score: -100\r\n" + from), "none");
  EXPECT_EQ(score_in("X-Spam-Score: 7.5\r\n" + border + "X-Spam-Score: -100\r\n" + from), "7.5");
  EXPECT_EQ(score_in("X-Spam-Score: 7.5\r\nX-Spam-Score: 1\r\n" + border + from), "7.5");
}

TEST(trusted_field, is_not_read_where_the_border_cannot_be_told) {
  EXPECT_EQ(score_in("X-Spam-Score: -100\r\n" + from), "none");
  EXPECT_EQ(score_in("X-Spam-Score: -100\r\n" + elsewhere + border + from), "none");
  EXPECT_FALSE(trusted_field("X-Spam-Score: 1\r\n" + border + from, "X-Spam-Score", {}));
}

TEST(trusted_field, believes_the_trusted_ids_as_border_where_no_host_is_named) {
  trust_settings by_id;
  by_id.ids = {"mx.example.org"};
  EXPECT_EQ(trusted_field("X-Spam-Score: 1\r\n" + border + from, "X-Spam-Score", by_id), "1");
}
