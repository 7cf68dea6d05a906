#include "channels/imap_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace postroom::channels {
namespace {

TEST(imap_text, writes_mailbox_names_in_modified_utf7) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"INBOX", "\"INBOX\""},
      {"Helpdesk/Done 2", "\"Helpdesk/Done 2\""},
      {"R&D", "\"R&-D\""},
      {"a\"b\\c", "\"a\\\"b\\\\c\""},
      {"Entwürfe", "\"Entw&APw-rfe\""},
      {"~peter/mail/台北/日本語", "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""},
      {"😀", "\"&2D3eAA-\""},
      {"ü&ü", "\"&APw-&-&APw-\""},
      {"x\r\nA1 DELETE INBOX", "\"x&AA0ACg-A1 DELETE INBOX\""},
  };
  for (const auto& [name, wire] : rows) {
    const auto got = quote_mailbox(name);
    ASSERT_TRUE(got.ok()) << name;
    EXPECT_EQ(*got, wire) << name;
  }
}

TEST(imap_text, refuses_mailbox_names_that_are_no_utf8) {
  for (const std::string_view bad :
       {"", "\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe0\x80\x80"}) {
    EXPECT_EQ(quote_mailbox(bad).code(), ec::config_invalid);
  }
  EXPECT_EQ(quote_mailbox(std::string(1'001, 'x')).code(), ec::config_invalid);
}

TEST(imap_text, quotes_logins_and_refuses_what_would_not_fit_one_line) {
  EXPECT_EQ(*quote_ascii("pa\"ss\\"), "\"pa\\\"ss\\\\\"");
  EXPECT_EQ(quote_ascii("a\r\nb").code(), ec::config_invalid);
  EXPECT_EQ(quote_ascii("ü").code(), ec::config_invalid);
}

TEST(imap_text, joins_neighbours_in_uid_sets) {
  EXPECT_EQ(uid_sets({}), std::vector<std::string>{});
  EXPECT_EQ(uid_sets({7}), std::vector<std::string>{"7"});
  EXPECT_EQ(uid_sets({3, 1, 2, 9, 2, 10, 12}), std::vector<std::string>{"1:3,9:10,12"});
}

TEST(imap_text, keeps_uid_sets_within_their_length_and_loses_none) {
  std::vector<uint64_t> uids(5'000);
  std::iota(uids.begin(), uids.end(), 1'000'000u);
  for (auto& u : uids) u *= 2;
  const auto sets = uid_sets(uids);
  std::size_t total = 0;
  for (const auto& s : sets) {
    EXPECT_LE(s.size(), 1'000u);
    total += static_cast<std::size_t>(std::ranges::count(s, ',')) + 1;
  }
  EXPECT_EQ(total, uids.size());
}

TEST(imap_text, knows_what_a_refusal_means) {
  const std::pair<std::string_view, ec> rows[] = {
      {"a NO [UNAVAILABLE] backend", ec::server_busy},
      {"a NO [INUSE] locked", ec::server_busy},
      {"a NO [THROTTLED] slow", ec::throttled},
      {"a NO [LIMIT] slow", ec::throttled},
      {"a NO [AUTHENTICATIONFAILED] wrong", ec::auth_refused},
      {"a NO [NONEXISTENT] no", ec::mailbox_missing},
      {"a NO [OVERQUOTA] full", ec::server_busy},
      {"a NO [NOPERM] no", ec::unsupported},
      {"a NO whatever", ec::server_busy},
      {"a BAD what", ec::protocol_violation},
      {"a BAD User is throttled. Suggested Backoff Time: 299 ms", ec::throttled},
      {"a NO Too many simultaneous connections. (Failure)", ec::throttled},
      {"* BYE shutting down", ec::connection_lost},
      {"* BYE [UNAVAILABLE] down", ec::server_busy},
      {"nonsense", ec::protocol_violation},
      {"a OK fine", ec::protocol_violation},
  };
  for (const auto& [line, code] : rows) EXPECT_EQ(imap_error_of_line(line).code, code) << line;
}

TEST(imap_text, repeats_no_words_of_the_server_but_its_code) {
  EXPECT_EQ(imap_error_of_line("a NO [AUTHENTICATIONFAILED] no such user jo@example.org").detail,
            "NO [AUTHENTICATIONFAILED]");
  EXPECT_EQ(imap_error_of_line("a NO [jo@example.org] x").detail, "NO");
}

}  // namespace
}  // namespace postroom::channels
