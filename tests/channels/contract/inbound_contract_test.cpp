// What every inbound channel promises, whatever it speaks (channels/inbound.hpp).
#include <gtest/gtest.h>

#include <algorithm>

#include "channels/event_loop.hpp"
#include "tests/channels/contract/mail_place.hpp"
#include "tests/channels/inbound_client.hpp"

namespace postroom::channels::contract {
namespace {

using mails = std::vector<listed_mail>;

std::string mail_number(std::size_t n, std::size_t bytes = 2'000) {
  std::string mail = "From: ann@example.org\r\nTo: it@example.org\r\nSubject: mail " +
                     std::to_string(n) + "\r\nMessage-ID: <" + std::to_string(n) +
                     "@example.org>\r\n\r\n";
  const std::string line = ".line of mail " + std::to_string(n) + "\r\n";
  mail.reserve(bytes + line.size());
  while (mail.size() < bytes) mail += line;
  return mail;
}

std::vector<std::string> numbered(std::size_t from, std::size_t to) {
  std::vector<std::string> out;
  for (auto n = from; n <= to; ++n) out.push_back(mail_number(n));
  return out;
}

/// The number of a mail made by `mail_number`, if it is whole; else 0.
std::size_t number_of(const std::string& raw) {
  const std::string word = "Subject: mail ";
  const auto at = raw.find(word);
  if (at == std::string::npos) return 0;
  const auto n = std::stoul(raw.substr(at + word.size(), 10));
  return raw.ends_with(mail_number(n)) ? n : 0;
}

/// With the line ends of mails, however the server stores them.
std::string with_crlf(const std::string& raw) {
  std::string out;
  for (const char c : raw) {
    if (c == '\n' && !out.ends_with('\r')) out += '\r';
    out += c;
  }
  return out;
}

/// What a fetch gave, in order: the number of each mail, or the name of its error.
std::vector<std::string> numbers(const fetched& got) {
  std::vector<std::string> out;
  for (const auto& [uid, raw] : got.mails)
    out.push_back(raw ? std::to_string(number_of(**raw)) : std::string(to_string(raw.code())));
  return out;
}

/// What a session lists; nothing after an error.
listing list_of(inbound_client& s, uint64_t after = 0) {
  auto got = s.list(after);
  EXPECT_TRUE(got) << got.error().text();
  return got ? std::move(*got) : listing{};
}

class inbound_contract : public testing::TestWithParam<kind> {
 protected:
  std::unique_ptr<inbound_client> opened() {
    auto out = std::make_unique<inbound_client>(loop, place->settings(loop));
    const auto got = out->open();
    EXPECT_TRUE(got) << got.error().text();
    return out;
  }
  /// The numbers of the mails that lie in a folder; those seen are followed by "s".
  std::string there(const std::string& folder = "INBOX") {
    std::string out;
    for (const auto& m : place->mails(folder))
      out += (out.empty() ? "" : " ") + std::to_string(number_of(with_crlf(m.raw))) +
             (m.seen ? "s" : "");
    return out;
  }

  std::unique_ptr<mail_place> place = GetParam().make();
  event_loop loop;
};

using texts = std::vector<std::string>;

TEST_P(inbound_contract, an_empty_mailbox_opens_and_lists_nothing) {
  inbound_client s(loop, place->settings(loop));
  const auto got = s.open();
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->messages, 0u);
  EXPECT_TRUE(list_of(s).mails.empty());
  EXPECT_TRUE(s.close());
}

TEST_P(inbound_contract, lists_all_mails_in_order_and_gives_each_byte_for_byte) {
  place->deliver(numbered(1, 30));
  inbound_client s(loop, place->settings(loop));
  EXPECT_EQ(s.open()->messages, 30u);
  const auto all = list_of(s).mails;
  ASSERT_EQ(all.size(), 30u);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &listed_mail::uid));
  const auto got = s.fetch(all);
  EXPECT_TRUE(got.end);
  texts wanted;
  for (int n = 1; n <= 30; ++n) wanted.push_back(std::to_string(n));
  EXPECT_EQ(numbers(got), wanted);
  for (const auto& m : all) EXPECT_GE(m.size, 2'000u) << "no window could be true";
}

TEST_P(inbound_contract, reading_changes_nothing_on_the_server) {
  place->deliver(numbered(1, 3));
  auto s = opened();
  EXPECT_TRUE(s->fetch(list_of(*s).mails).end);
  EXPECT_TRUE(s->close());
  auto left = there();
  // POP3 knows no such mark; Dovecot sets IMAP's with each RETR.
  if (!place->can(after_commit::mark_seen)) std::erase(left, 's');
  EXPECT_EQ(left, "1 2 3");
}

TEST_P(inbound_contract, what_came_later_is_listed_alone) {
  place->deliver(numbered(1, 2));
  auto s = opened();
  const auto before = list_of(*s).mails;
  ASSERT_EQ(before.size(), 2u);
  place->deliver(numbered(3, 4));
  if (!place->lists_on()) {
    EXPECT_TRUE(s->close());
    s = opened();
  }
  mails later;
  // Dovecot may answer a listing before it has looked for what is new.
  for (int i = 0; i < 10 && later.size() < 2; ++i) later = list_of(*s, before.back().uid).mails;
  EXPECT_EQ(numbers(s->fetch(later)), (texts{"3", "4"}));
}

TEST_P(inbound_contract, a_mail_bears_the_same_name_in_the_next_session) {
  place->deliver(numbered(1, 3));
  const auto names = [&] {
    texts out;
    auto s = opened();
    for (const auto& m : list_of(*s).mails)
      out.push_back(m.uidl.empty() ? std::to_string(m.uid) : m.uidl);
    EXPECT_TRUE(s->close());
    return out;
  };
  const auto first = names();
  EXPECT_EQ(first.size(), 3u);
  EXPECT_EQ(names(), first);
}

TEST_P(inbound_contract, a_listing_goes_on_from_its_position_in_the_next_session) {
  if (!place->has_positions()) {
    auto s = opened();
    EXPECT_EQ(list_of(*s).position, "");
    return;
  }
  place->deliver(numbered(1, 3));
  std::string position;
  {
    auto s = opened();
    position = list_of(*s).position;
    EXPECT_NE(position, "");
  }
  place->deliver(numbered(4, 5));
  auto s = opened();
  s->channel().resume(position);
  const auto later = list_of(*s, 1).mails;
  EXPECT_EQ(numbers(s->fetch(later)), (texts{"4", "5"}));
  EXPECT_EQ(list_of(*s, later.back().uid).mails.size(), 0u);
  EXPECT_EQ(list_of(*s, 0).mails.size(), 5u) << "all of it, when asked for";
}

TEST_P(inbound_contract, a_mail_removed_by_somebody_else_is_told_and_stops_no_other) {
  place->deliver(numbered(1, 3));
  auto s = opened();
  const auto all = list_of(*s).mails;
  place->remove_oldest();
  const auto got = s->fetch(all);
  EXPECT_TRUE(got.end) << got.end.error().text();
  const auto told = numbers(got);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_TRUE(told[0] == "not_found" || told[0] == "server_busy") << told[0];
  EXPECT_EQ(told[1], "2");
  EXPECT_EQ(told[2], "3");
}

TEST_P(inbound_contract, a_mail_over_the_limit_comes_in_pieces_only) {
  place->deliver({mail_number(1), mail_number(2, 3'500'000), mail_number(3)});
  auto settings = place->settings(loop);
  settings.max_mail_bytes = 1u << 20;
  inbound_client s(loop, settings);
  ASSERT_TRUE(s.open());
  const auto all = list_of(s).mails;
  ASSERT_EQ(all.size(), 3u);
  auto got = numbers(s.fetch(all));
  std::ranges::sort(got);
  EXPECT_EQ(got, (texts{"1", "3", "mail_too_large"}));
  std::string whole;
  std::vector<std::size_t> sizes;
  const auto bytes = s.fetch_in_pieces(all[1], whole, sizes);
  ASSERT_TRUE(bytes) << bytes.error().text();
  EXPECT_EQ(*bytes, whole.size());
  for (const auto size : sizes) EXPECT_LE(size, 1u << 20);
  EXPECT_TRUE(whole.ends_with(mail_number(2, 3'500'000)));
  EXPECT_EQ(numbers(s.fetch({all[2]})), texts{"3"}) << "and the session goes on";
}

TEST_P(inbound_contract, no_piece_comes_before_the_last_one_was_taken) {
  place->deliver({mail_number(1, 3'500'000)});
  auto s = opened();
  const auto all = list_of(*s).mails;
  std::atomic<int> pieces = 0;
  std::mutex mutex;
  std::function<void()> go_on;
  awaited<uint64_t> end;
  std::promise<void> first;
  s->channel().fetch_in_pieces(
      all.at(0),
      [&](const std::string&, std::function<void()> next) {
        const std::lock_guard lock(mutex);
        go_on = std::move(next);
        if (++pieces == 1) first.set_value();
      },
      end.done());
  first.get_future().wait();
  std::promise<void> later;  // the loop has time to take what the server goes on sending
  loop.post([&] { loop.after(duration{100}, [&] { later.set_value(); }); });
  later.get_future().wait();
  EXPECT_EQ(pieces, 1);
  s->drop();
  EXPECT_EQ(end.get().code(), ec::cancelled);
  EXPECT_EQ(pieces, 1);
}

TEST_P(inbound_contract, settling_does_what_was_asked_to_these_mails_alone) {
  struct {
    after_commit action;
    const char* inbox;
    const char* done;
  } const table[] = {{after_commit::leave, "1 2 3", ""},
                     {after_commit::mark_seen, "1s 2s 3", ""},
                     {after_commit::move, "3", "1 2"},
                     {after_commit::remove, "3", ""}};
  for (const auto& row : table) {
    if (!place->can(row.action)) continue;
    place = GetParam().make();
    place->deliver(numbered(1, 3));
    auto s = opened();
    const auto all = list_of(*s).mails;
    const std::string folder = row.action == after_commit::move ? "Done" : "";
    const auto settled = s->settle({all.at(0), all.at(1)}, row.action, folder);
    EXPECT_TRUE(settled) << settled.error().text();
    EXPECT_TRUE(s->close());
    EXPECT_EQ(there(), row.inbox) << "action " << static_cast<int>(row.action);
    if (!folder.empty()) {
      EXPECT_EQ(there(folder), row.done);
    }
  }
}

TEST_P(inbound_contract, settling_again_in_another_session_does_no_harm) {
  for (const auto action : {after_commit::mark_seen, after_commit::move, after_commit::remove}) {
    if (!place->can(action)) continue;
    place = GetParam().make();
    place->deliver(numbered(1, 2));
    const std::string folder = action == after_commit::move ? "Done" : "";
    mails all;
    for (int i = 0; i < 2; ++i) {
      auto s = opened();
      const auto listed = list_of(*s).mails;
      if (i == 0) all = listed;
      const auto settled = s->settle({all.at(0)}, action, folder);
      EXPECT_TRUE(settled) << settled.error().text();
      EXPECT_TRUE(s->close());
    }
    EXPECT_EQ(there(), action == after_commit::mark_seen ? "1s 2" : "2");
    if (!folder.empty()) {
      EXPECT_EQ(there(folder), "1") << "moved once";
    }
  }
}

TEST_P(inbound_contract, a_wrong_sign_in_is_refused_and_named_so) {
  auto settings = place->settings(loop);
  place->spoil_sign_in(settings, loop);
  inbound_client s(loop, settings);
  const auto got = s.open();
  EXPECT_EQ(got.code(), ec::auth_refused) << (got ? "" : got.error().text());
  EXPECT_EQ(class_of(got.code()), error_class::permanent);
}

TEST_P(inbound_contract, a_folder_that_is_not_there_is_named_so) {
  if (!place->has_folders()) return;
  auto settings = place->settings(loop);
  settings.mailbox = "No such folder";
  inbound_client s(loop, settings);
  EXPECT_EQ(s.open().code(), ec::mailbox_missing);
}

TEST_P(inbound_contract, a_server_that_is_not_there_is_unreachable) {
  auto settings = place->settings(loop);
  place->spoil_port(settings);
  inbound_client s(loop, settings);
  EXPECT_EQ(s.open().code(), ec::unreachable);
}

/// Drops the channel while everything is asked for; `wait_for`: so many of the calls have ended by
/// then.
void drop_after(event_loop& loop, mail_place& place, int wait_for) {
  inbound_client s(loop, place.settings(loop));
  awaited<opened_mailbox> open;
  awaited<listing> listed;
  awaited_fetch fetched;
  awaited<void> settled;
  mails all;
  s.channel().open(open.done());
  if (wait_for >= 1) static_cast<void>(open.get());
  s.channel().list(0, 100, listed.done());
  if (wait_for >= 2) all = listed.get()->mails;
  s.channel().fetch(all, fetched.on_mail(), fetched.done());
  s.channel().settle({}, after_commit::leave, {}, settled.done());
  s.drop();
  if (wait_for < 1) static_cast<void>(open.get());
  if (wait_for < 2) static_cast<void>(listed.get());
  static_cast<void>(fetched.get());
  static_cast<void>(settled.get());
}

TEST_P(inbound_contract, ends_every_call_once_when_it_is_dropped_at_any_point) {
  place->deliver(numbered(1, 20));
  for (int i = 0; i < 12; ++i) drop_after(loop, *place, i % 3);
  EXPECT_EQ(place->mails().size(), 20u);
}

INSTANTIATE_TEST_SUITE_P(every, inbound_contract, testing::ValuesIn(all_kinds()),
                         [](const auto& k) { return std::string(k.param.name); });

}  // namespace
}  // namespace postroom::channels::contract
