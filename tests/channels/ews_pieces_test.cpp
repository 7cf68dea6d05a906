#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>

#include "tests/channels/ews_client.hpp"

namespace postroom::channels {
namespace {

/// The most memory this process ever held, in bytes.
uint64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  return 0;
}

/// With the address sanitizer freed memory is kept for a while, so it cannot be measured.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POSTROOM_TEST_SANITIZED 1
#endif
#endif
#ifdef POSTROOM_TEST_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

void start_of_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

TEST(ews_pieces, read_a_mail_of_100_mb_with_little_memory) {
  const auto user = fresh_mailbox();
  constexpr uint64_t size = sanitized ? 20u << 20 : 100u << 20;
  exchange().control({{"do", "big"}, {"user", user}, {"bytes", size}});
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 1U);
  start_of_peak();
  const auto before = peak_memory();
  uint64_t bytes = 0;
  std::size_t largest = 0;
  std::string last;
  const auto got = client.fetch_in_pieces(mails[0], [&](std::string piece, auto next) {
    bytes += piece.size();
    largest = std::max(largest, piece.size());
    last = std::move(piece);
    next();
  });
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(*got, size);
  EXPECT_EQ(bytes, size);
  EXPECT_LE(largest, 1u << 20);
  if (!sanitized) {
    EXPECT_LT(peak_memory() - before, 16u << 20);
  }
  std::string line;
  for (char c = 32; c < 127; ++c) line += c;
  EXPECT_NE(last.find("\r\n" + line + "\r\n"), std::string::npos);
}

TEST(ews_pieces, wait_until_the_piece_before_was_taken) {
  const auto user = fresh_mailbox();
  exchange().control({{"do", "big"}, {"user", user}, {"bytes", 8u << 20}});
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  std::atomic<int> open{0};
  std::vector<std::thread> takers;
  const auto got = client.fetch_in_pieces(mails[0], [&](const auto&, auto next) {
    EXPECT_EQ(++open, 1);
    takers.emplace_back([&open, next] {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      --open;
      next();
      next();  // once too often
    });
  });
  for (auto& t : takers) t.join();
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, 8u << 20);
}

TEST(ews_pieces, tell_that_a_mail_is_gone) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("gone"));
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control(
      {{"do", "remove"}, {"user", user}, {"id", exchange().mails(user)[0].at("id")}});
  const auto nothing = [](auto, auto) { FAIL() << "there is no piece"; };
  EXPECT_EQ(client.fetch_in_pieces(mails[0], nothing).code(), ec::not_found);
}

TEST(ews_pieces, tell_of_the_mail_when_the_connection_breaks_within_it) {
  const auto user = fresh_mailbox();
  exchange().control({{"do", "big"}, {"user", user}, {"bytes", 4u << 20}});
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control({{"do", "fault"}, {"match", "GetItem"}, {"cut", 2'000'000}});
  std::size_t pieces = 0;
  const auto count = [&](auto, auto next) {
    ++pieces;
    next();
  };
  EXPECT_EQ(client.fetch_in_pieces(mails[0], count).code(), ec::server_busy);
  EXPECT_GT(pieces, 0U);
  EXPECT_TRUE(client.fetch_in_pieces(mails[0], count)) << "the channel is still of use";
}

TEST(ews_pieces, give_a_mail_of_no_bytes_without_a_piece) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, "");
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 1U);
  const auto got = client.fetch_in_pieces(mails[0], [](auto, auto) { FAIL(); });
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(*got, 0U);
}

}  // namespace
}  // namespace postroom::channels
