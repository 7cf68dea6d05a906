#include "tests/channels/dns_message.hpp"

#include <gtest/gtest.h>

#include "channels/dns.hpp"

namespace postroom::channels {
namespace {

std::string srv(unsigned priority, unsigned weight, unsigned port, const std::string& target) {
  return dns_record(dns_srv, srv_data(priority, weight, port, target));
}

std::vector<srv_record> records(const std::vector<std::string>& answers) {
  const auto read = read_srv(dns_response(dns_srv, answers));
  EXPECT_TRUE(read) << read.error().text();
  return read ? read->records : std::vector<srv_record>{};
}

TEST(dns_message, orders_services_by_priority_and_then_by_weight) {
  EXPECT_EQ(records({srv(20, 9, 993, "c.example.org"), srv(10, 1, 993, "b.example.org"),
                     srv(10, 60000, 1993, "A.Example.ORG")}),
            (std::vector<srv_record>{{10, 60000, 1993, "a.example.org"},
                                     {10, 1, 993, "b.example.org"},
                                     {20, 9, 993, "c.example.org"}}));
}

TEST(dns_message, reads_a_lone_dot_as_a_refusal_of_the_service) {
  auto read = read_srv(dns_response(dns_srv, {srv(0, 0, 0, "")}));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->refused);
  EXPECT_TRUE(read->records.empty());
  read = read_srv(dns_response(dns_srv, {srv(0, 0, 0, ""), srv(0, 0, 993, "a.example.org")}));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->refused);
  EXPECT_EQ(read->records.size(), 1u);
}

TEST(dns_message, passes_over_what_is_no_host_or_has_no_port_or_is_of_another_kind) {
  EXPECT_EQ(records({srv(0, 0, 0, "a.example.org"), srv(0, 0, 993, "localhost"),
                     srv(0, 0, 993, "127.0.0.1"), srv(0, 0, 993, "a b.example.org"),
                     srv(0, 0, 993, "-a.example.org"), srv(0, 0, 993, "a\r\n.example.org"),
                     dns_record(dns_mx, two_bytes(1) + dns_name("a.example.org")),
                     dns_record(dns_srv, srv_data(0, 0, 993, "a.example.org"), 3),
                     dns_record(dns_srv, "\1\2\3"), srv(0, 0, 993, "good.example.org")}),
            (std::vector<srv_record>{{0, 0, 993, "good.example.org"}}));
}

/// The question's name begins at byte 12, its "example.org" at 24; the target of the first answer
/// stands at 59.
TEST(dns_message, follows_a_pointer_in_a_target_and_none_that_runs_in_a_circle) {
  const auto pointing = [](const std::string& target) {
    return dns_record(dns_srv, two_bytes(0) + two_bytes(0) + two_bytes(993) + target);
  };
  EXPECT_EQ(records({pointing("\4imap\xc0\x18")}),
            (std::vector<srv_record>{{0, 0, 993, "imap.example.org"}}));
  EXPECT_TRUE(records({pointing("\xc0\x3b")}).empty());
  EXPECT_TRUE(records({pointing("\xff\xff")}).empty());
}

TEST(dns_message, keeps_at_most_ten_records) {
  std::vector<std::string> many;
  many.reserve(50);
  for (unsigned i = 0; i < 50; ++i) many.push_back(srv(50 - i, 0, 993, "a.example.org"));
  const auto kept = records(many);
  ASSERT_EQ(kept.size(), 10u);
  EXPECT_EQ(kept[0].priority, 1u) << "the preferred ones";
}

TEST(dns_message, reads_exchangers_by_preference_and_a_null_mx_as_none) {
  const auto mx = [](unsigned preference, const std::string& host) {
    return dns_record(dns_mx, two_bytes(preference) + dns_name(host));
  };
  auto read = read_mx(dns_response(dns_mx, {mx(20, "B.example.org"), mx(10, "a.example.org")}));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (std::vector<mx_record>{{10, "a.example.org"}, {20, "b.example.org"}}));
  read = read_mx(dns_response(dns_mx, {mx(0, "")}));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->empty());
}

TEST(dns_message, takes_a_missing_name_as_no_records_and_other_refusals_as_errors) {
  const auto nxdomain = read_srv(dns_response(dns_srv, {}, 0x8183));
  ASSERT_TRUE(nxdomain);
  EXPECT_TRUE(nxdomain->records.empty() && !nxdomain->refused);
  EXPECT_EQ(read_srv(dns_response(dns_srv, {}, 0x8182)).code(), ec::dns_failed);
  EXPECT_EQ(read_srv(dns_response(dns_srv, {}, 0x8185)).code(), ec::dns_failed);
}

TEST(dns_message, refuses_an_answer_that_is_cut_short_at_any_byte) {
  const auto whole = dns_response(dns_srv, {srv(0, 0, 993, "a.example.org")});
  ASSERT_TRUE(read_srv(whole));
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_EQ(read_srv(whole.substr(0, n)).code(), ec::protocol_violation) << n;
  EXPECT_EQ(read_srv(dns_response(dns_srv, {}, 0x8380)).code(), ec::protocol_violation) << "TC";
  EXPECT_EQ(read_srv(std::string(70'000, 'x')).code(), ec::protocol_violation);
}

TEST(dns_message, knows_a_hosts_name) {
  for (const char* good : {"example.org", "a-b.example.org", "xn--bcher-kva.example", "1.example"})
    EXPECT_TRUE(is_host_name(good)) << good;
  for (const std::string bad : {"", "org", ".org", "example.", "a..b", "-a.org", "a-.org",
                                "1.2.3.4", "_a.org", "b\xc3\xbc.org", "a/b.org"})
    EXPECT_FALSE(is_host_name(bad)) << bad;
  EXPECT_FALSE(is_host_name(std::string(64, 'a') + ".org"));
  std::string longest;
  for (int i = 0; i < 63; ++i) longest += "abc.";
  EXPECT_TRUE(is_host_name(longest + "d"));
  EXPECT_FALSE(is_host_name(longest + "de"));
}

}  // namespace
}  // namespace postroom::channels
