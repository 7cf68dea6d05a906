// What every inbound channel promises, whatever it speaks (channels/inbound.hpp).
#include <gtest/gtest.h>

#include <algorithm>

#include "channels/event_loop.hpp"
#include "tests/channels/contract/mail_place.hpp"
#include "tests/channels/imap_client.hpp"

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

/// What a fetch gave, in order: a mail's number, or the error's name.
struct fetched {
  std::vector<std::string> mails;
  result<void> end;
};

/// One session: a channel whose calls wait for their ends.
class session {
 public:
  session(event_loop& loop, inbound_settings s) : channel_(make_inbound(loop, std::move(s))) {}

  result<opened_mailbox> open() {
    awaited<opened_mailbox> end;
    channel_->open(end.done());
    return end.get();
  }
  listing list(uint64_t after = 0, std::size_t max = 1'000) {
    awaited<listing> end;
    channel_->list(after, max, end.done());
    auto got = end.get();
    EXPECT_TRUE(got) << got.error().text();
    return got ? std::move(*got) : listing{};
  }
  fetched fetch(const mails& wanted) {
    awaited<void> end;
    fetch_outcome got;
    channel_->fetch(wanted, got.on_mail(), end.done());
    fetched out;
    out.end = end.get();
    for (const auto& [uid, raw] : got.mails)
      out.mails.push_back(raw ? std::to_string(number_of(**raw))
                              : std::string(to_string(raw.code())));
    return out;
  }
  result<void> settle(const mails& done_with, after_commit action, std::string folder = {}) {
    awaited<void> end;
    channel_->settle(done_with, action, std::move(folder), end.done());
    return end.get();
  }
  result<void> close() {
    awaited<void> end;
    channel_->close(end.done());
    return end.get();
  }
  inbound_channel& channel() { return *channel_; }
  void drop() { channel_.reset(); }

 private:
  std::unique_ptr<inbound_channel> channel_;
};

class inbound_contract : public testing::TestWithParam<kind> {
 protected:
  std::unique_ptr<session> opened() {
    auto out = std::make_unique<session>(loop, place->settings(loop));
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
  session s(loop, place->settings(loop));
  const auto got = s.open();
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->messages, 0u);
  EXPECT_TRUE(s.list().mails.empty());
  EXPECT_TRUE(s.close());
}

TEST_P(inbound_contract, lists_all_mails_in_order_and_gives_each_byte_for_byte) {
  place->deliver(numbered(1, 30));
  session s(loop, place->settings(loop));
  EXPECT_EQ(s.open()->messages, 30u);
  const auto all = s.list().mails;
  ASSERT_EQ(all.size(), 30u);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &listed_mail::uid));
  const auto got = s.fetch(all);
  EXPECT_TRUE(got.end);
  texts wanted;
  for (int n = 1; n <= 30; ++n) wanted.push_back(std::to_string(n));
  EXPECT_EQ(got.mails, wanted);
  for (const auto& m : all) EXPECT_GE(m.size, 2'000u) << "no window could be true";
}

TEST_P(inbound_contract, reading_changes_nothing_on_the_server) {
  place->deliver(numbered(1, 3));
  auto s = opened();
  EXPECT_TRUE(s->fetch(s->list().mails).end);
  EXPECT_TRUE(s->close());
  auto left = there();
  // POP3 knows no such mark; Dovecot sets IMAP's with each RETR.
  if (!place->can(after_commit::mark_seen)) std::erase(left, 's');
  EXPECT_EQ(left, "1 2 3");
}

TEST_P(inbound_contract, what_came_later_is_listed_alone) {
  place->deliver(numbered(1, 2));
  auto s = opened();
  const auto before = s->list().mails;
  ASSERT_EQ(before.size(), 2u);
  place->deliver(numbered(3, 4));
  if (!place->lists_on()) {
    EXPECT_TRUE(s->close());
    s = opened();
  }
  mails later;
  // Dovecot may answer a listing before it has looked for what is new.
  for (int i = 0; i < 10 && later.size() < 2; ++i) later = s->list(before.back().uid).mails;
  EXPECT_EQ(s->fetch(later).mails, (texts{"3", "4"}));
}

TEST_P(inbound_contract, a_mail_bears_the_same_name_in_the_next_session) {
  place->deliver(numbered(1, 3));
  const auto names = [&] {
    texts out;
    auto s = opened();
    for (const auto& m : s->list().mails)
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
    EXPECT_EQ(s->list().position, "");
    return;
  }
  place->deliver(numbered(1, 3));
  std::string position;
  {
    auto s = opened();
    position = s->list().position;
    EXPECT_NE(position, "");
  }
  place->deliver(numbered(4, 5));
  auto s = opened();
  s->channel().resume(position);
  const auto later = s->list(1).mails;
  EXPECT_EQ(s->fetch(later).mails, (texts{"4", "5"}));
  EXPECT_EQ(s->list(later.back().uid).mails.size(), 0u);
  EXPECT_EQ(s->list(0).mails.size(), 5u) << "all of it, when asked for";
}

TEST_P(inbound_contract, a_mail_removed_by_somebody_else_is_told_and_stops_no_other) {
  place->deliver(numbered(1, 3));
  auto s = opened();
  const auto all = s->list().mails;
  place->remove_oldest();
  const auto got = s->fetch(all);
  EXPECT_TRUE(got.end) << got.end.error().text();
  ASSERT_EQ(got.mails.size(), 3u);
  EXPECT_TRUE(got.mails[0] == "not_found" || got.mails[0] == "server_busy") << got.mails[0];
  EXPECT_EQ(got.mails[1], "2");
  EXPECT_EQ(got.mails[2], "3");
}

TEST_P(inbound_contract, a_mail_over_the_limit_comes_in_pieces_only) {
  place->deliver({mail_number(1), mail_number(2, 3'500'000), mail_number(3)});
  auto settings = place->settings(loop);
  settings.max_mail_bytes = 1u << 20;
  session s(loop, settings);
  ASSERT_TRUE(s.open());
  const auto all = s.list().mails;
  ASSERT_EQ(all.size(), 3u);
  auto got = s.fetch(all).mails;
  std::ranges::sort(got);
  EXPECT_EQ(got, (texts{"1", "3", "mail_too_large"}));
  std::string whole;
  std::size_t largest = 0;
  awaited<uint64_t> end;
  s.channel().fetch_in_pieces(
      all[1],
      [&](std::string piece, const std::function<void()>& next) {
        largest = std::max(largest, piece.size());
        whole += piece;
        next();
      },
      end.done());
  const auto bytes = end.get();
  ASSERT_TRUE(bytes) << bytes.error().text();
  EXPECT_EQ(*bytes, whole.size());
  EXPECT_LE(largest, 1u << 20);
  EXPECT_TRUE(whole.ends_with(mail_number(2, 3'500'000)));
  EXPECT_EQ(s.fetch({all[2]}).mails, texts{"3"}) << "and the session goes on";
}

TEST_P(inbound_contract, no_piece_comes_before_the_last_one_was_taken) {
  place->deliver({mail_number(1, 3'500'000)});
  auto s = opened();
  const auto all = s->list().mails;
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
  const int before = pieces;
  s->channel().resume("");  // a call more, so that the loop had its turn
  EXPECT_EQ(before, 1);
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
    const auto all = s->list().mails;
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
      const auto listed = s->list().mails;
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
  session s(loop, settings);
  const auto got = s.open();
  EXPECT_EQ(got.code(), ec::auth_refused) << (got ? "" : got.error().text());
  EXPECT_EQ(class_of(got.code()), error_class::permanent);
}

TEST_P(inbound_contract, a_folder_that_is_not_there_is_named_so) {
  if (!place->has_folders()) return;
  auto settings = place->settings(loop);
  settings.mailbox = "No such folder";
  session s(loop, settings);
  EXPECT_EQ(s.open().code(), ec::mailbox_missing);
}

TEST_P(inbound_contract, a_server_that_is_not_there_is_unreachable) {
  auto settings = place->settings(loop);
  place->spoil_port(settings);
  session s(loop, settings);
  EXPECT_EQ(s.open().code(), ec::unreachable);
}

/// Drops the channel while everything is asked for; `wait_for`: so many of the calls have ended by
/// then.
void drop_after(event_loop& loop, mail_place& place, int wait_for) {
  session s(loop, place.settings(loop));
  awaited<opened_mailbox> open;
  awaited<listing> listed;
  awaited<void> fetched, settled;
  fetch_outcome got;
  mails all;
  s.channel().open(open.done());
  if (wait_for >= 1) static_cast<void>(open.get());
  s.channel().list(0, 100, listed.done());
  if (wait_for >= 2) all = listed.get()->mails;
  s.channel().fetch(all, got.on_mail(), fetched.done());
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
