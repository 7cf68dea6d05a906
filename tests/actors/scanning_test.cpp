#include "actors/scanning.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/ec.hpp"
#include "tests/actors/ingest_fixture.hpp"

namespace postroom::actors::test {
namespace {

using state = scan_result::state;

TEST(scanning, only_an_error_after_the_connection_may_be_a_mails_doing) {
  for (auto code : {ec::timeout, ec::connection_lost, ec::protocol_violation, ec::server_busy})
    EXPECT_TRUE(scanning::may_be_the_mails_doing(code)) << to_string(code);
  for (auto code : {ec::unreachable, ec::dns_failed, ec::overloaded, ec::cancelled})
    EXPECT_FALSE(scanning::may_be_the_mails_doing(code)) << to_string(code);
}

struct told {
  state what;
  std::string detail, note, tag;
};

TEST(scanning, mails_and_notices_are_scanned_and_what_is_put_aside_is_not) {
  using kind = mail_item::kind;
  const std::pair<kind, bool> rows[] = {
      {kind::call, true}, {kind::notice, true}, {kind::quarantine, false}, {kind::suppress, false}};
  for (const auto& [what, wanted] : rows) {
    auto item = call_item(1, "red");
    item.what = what;
    EXPECT_EQ(scanning::is_to_be_scanned(item, {}), wanted) << static_cast<int>(what);
    EXPECT_EQ(item.scan.what, state::not_asked);
  }
}

TEST(scanning, a_call_tells_in_note_and_tag_what_the_scanner_said) {
  const told rows[] = {
      {state::not_asked, "", "", ""},
      {state::clean, "", "The virus scanner found nothing.", ""},
      {state::infected, "Eicar", "The virus scanner found \"Eicar\".", "infected"},
      {state::unscanned, "it is large", "The mail was not scanned for viruses: it is large.",
       "unscanned"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(scanning::note_of({row.what, row.detail}).value_or(""), row.note);
    EXPECT_EQ(scanning::tag_of({row.what, row.detail}).value_or(""), row.tag);
  }
}

using scanned_mails = ingest_test;

TEST_F(scanned_mails, become_calls_that_bear_note_and_tag) {
  auto item = call_item(1, "red");
  item.scan = {state::infected, "Eicar"};
  ASSERT_TRUE(take({item, call_item(2, "blue")}));
  const auto all_calls = all<record::v1::Call>(keys::kind::call);
  ASSERT_EQ(all_calls.size(), 2u);
  ASSERT_EQ(all_calls[0].tags_size(), 1);
  EXPECT_EQ(all_calls[0].tags(0), "infected");
  const auto told_of = [](const record::v1::Call& c) {
    return std::ranges::count(c.decision().notes(), "The virus scanner found \"Eicar\".");
  };
  EXPECT_EQ(told_of(all_calls[0]), 1);
  EXPECT_EQ(all_calls[1].tags_size(), 0);
  EXPECT_EQ(told_of(all_calls[1]), 0);
}

TEST_F(scanned_mails, that_are_infected_lie_in_the_quarantine_under_the_signatures_name) {
  auto item = scanning::with_verdict(call_item(1, "red"),
                                     {channels::scan_verdict::kind::infected, "Eicar"}, {});
  ASSERT_TRUE(take({item}));
  EXPECT_EQ(ledger(), std::vector<std::string>{"it-in/7/1 quarantined:infected"});
  const auto q = record<record::v1::QuarantineEntry>(keys::quarantine(mail_id{1}));
  EXPECT_EQ(q.reason(), "infected");
  EXPECT_EQ(q.detail(), "Eicar");
}

}  // namespace
}  // namespace postroom::actors::test
