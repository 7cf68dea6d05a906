#include "app/admin_call_change.hpp"

#include "app/admin_reads.hpp"
#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

using admin::v1::ChangeCallRequest;

record::v1::Call changed_call() {
  record::v1::Call c;
  c.set_number(7);
  c.set_partition("IT");
  c.set_state(record::v1::CLOSED);
  c.set_group("Network");
  c.set_subject("the subject");
  c.set_text("the text");
  c.set_updates(3);
  return c;
}

/// A backend that notes what it is asked.
struct call_change : testing::Test {
  call_change() {
    backend.change_call = [this](const actors::change_call& c) {
      asked.push_back(c);
      return result<actors::call_changed>{{std::make_shared<const record::v1::Call>(changed_call()),
                                           std::make_shared<const record::v1::CallUpdate>()}};
    };
  }
  static ChangeCallRequest close() {
    ChangeCallRequest r;
    r.set_call("it-000007");
    r.set_set_state(true);
    r.set_state(record::v1::CLOSED);
    r.set_who(" olga ");
    return r;
  }
  /// What is wrong with the request.
  std::string refusal(const ChangeCallRequest& r) {
    const auto got = change_call(backend, r);
    EXPECT_TRUE(asked.empty());
    EXPECT_EQ(got.code(), ec::config_invalid);
    return got ? "" : got.error().detail;
  }
  admin_backend backend;
  std::vector<actors::change_call> asked;
};

/// A call of IT to which something came.
struct cli_updates : cli {
  void SetUp() override {
    cli::SetUp();
    it.call(7, 10);
  }
  void update(uint32_t sequence, record::v1::CallUpdate::Kind kind, const std::string& text) {
    record::v1::CallUpdate u;
    u.set_call(7);
    u.set_sequence(sequence);
    u.set_kind(kind);
    u.set_at(1'000 + sequence);
    u.set_text(text);
    u.set_who("olga");
    u.set_reason("asked by phone");
    u.add_changed("state: OPEN -> CLOSED");
    it.put(storage::keys::call_update(call_number{7}, sequence), u.SerializeAsString());
  }
  result<admin::v1::GetCallResponse> get() const {
    admin::v1::GetCallRequest request;
    request.set_call("IT-7");
    return get_call(units, request);
  }
};

}  // namespace

TEST_F(call_change, what_is_asked_is_handed_on_without_blanks_around_it) {
  auto wanted = close();
  wanted.set_text("\r\nIt prints\r\nagain. \n");
  wanted.set_group("Network");
  wanted.set_reason(" asked by phone ");
  ASSERT_TRUE(change_call(backend, wanted, "10.0.0.7"));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].partition.value, "IT");
  EXPECT_EQ(asked[0].call.value, 7u);
  EXPECT_EQ(asked[0].to.state, record::v1::CLOSED);
  EXPECT_EQ(asked[0].to.group, "Network");
  EXPECT_EQ(asked[0].to.text, "It prints\nagain.");
  EXPECT_EQ(asked[0].to.who, "olga");
  EXPECT_EQ(asked[0].to.reason, "asked by phone");
  EXPECT_EQ(asked[0].from, "10.0.0.7");
}

TEST_F(call_change, a_state_counts_only_when_it_is_said_to) {
  auto wanted = close();
  wanted.set_set_state(false);
  wanted.set_group("Network");
  ASSERT_TRUE(change_call(backend, wanted));
  EXPECT_FALSE(asked[0].to.state);
}

TEST_F(call_change, what_makes_no_sense_is_refused_by_name_and_not_handed_on) {
  auto wanted = close();
  wanted.set_set_state(false);
  EXPECT_EQ(refusal(wanted),
            "set_state, group, text: all are blank; say what to change of the call");
  wanted = close();
  wanted.set_call("IT");
  EXPECT_EQ(refusal(wanted), "\"IT\" is not a call number, such as IT-000123");
  wanted = close();
  wanted.set_state(static_cast<record::v1::CallState>(7));
  EXPECT_EQ(refusal(wanted), "state: is unknown; use OPEN or CLOSED");
  wanted = close();
  wanted.set_who("");
  EXPECT_EQ(refusal(wanted), "who: is blank; name the person who asks");
  wanted = close();
  wanted.set_text(std::string(32'769, 'x'));
  EXPECT_EQ(refusal(wanted), "text: it is 32769 bytes long; use at most 32768");
}

TEST_F(call_change, a_reason_must_be_there_only_where_one_is_demanded) {
  config::v1::Settings settings;
  settings.mutable_general()->set_demand_reasons(true);
  backend.settings_now = [&] { return result<config::v1::Settings>{settings}; };
  EXPECT_EQ(refusal(close()), "reason: is blank; say in a few words why (--reason TEXT)");
  settings.mutable_general()->set_demand_reasons(false);
  EXPECT_TRUE(change_call(backend, close()));
}

TEST_F(call_change, who_may_not_view_calls_learns_how_it_stands_and_not_what_it_is_about) {
  using access::right;
  const access::caller changer{"kim", "", {{right::CHANGE_CALLS, {true, {}}}}};
  const access::caller both{
      "kim", "", {{right::CHANGE_CALLS, {true, {}}}, {right::VIEW_CALLS, {false, {"IT"}}}}};
  auto done = change_call(backend, close());
  ASSERT_TRUE(done);
  auto seen = *done;
  hide_contents(seen, both);
  EXPECT_EQ(seen.call().text(), "the text");
  hide_contents(*done, changer);
  auto left = changed_call();
  left.clear_subject();
  left.clear_text();
  EXPECT_EQ(done->call().SerializeAsString(), left.SerializeAsString());
}

TEST_F(cli_updates, close_reopen_and_assign_hand_on_what_the_command_line_says) {
  EXPECT_EQ(run({"calls", "close", "it-7", "--text", "Done.", "--reason", "by phone"}), exit_done)
      << err.str();
  EXPECT_EQ(out.str(), "IT-000007 is closed, group Network\n");
  EXPECT_EQ(run({"calls", "reopen", "IT-000007"}), exit_done);
  EXPECT_EQ(run({"calls", "assign", "IT-000007", "--group", "Network", "--json"}), exit_done);
  EXPECT_EQ(from_json<admin::v1::ChangeCallResponse>(out.str()).call().group(), "Network");
  ASSERT_EQ(call_changes_asked.size(), 3u);
  EXPECT_EQ(call_changes_asked[0].to.state, record::v1::CLOSED);
  EXPECT_EQ(call_changes_asked[0].to.text, "Done.");
  EXPECT_EQ(call_changes_asked[0].to.reason, "by phone");
  EXPECT_EQ(call_changes_asked[0].to.who, "tester");
  EXPECT_EQ(call_changes_asked[1].to.state, record::v1::OPEN);
  EXPECT_FALSE(call_changes_asked[2].to.state);
  EXPECT_EQ(call_changes_asked[2].to.group, "Network");
}

TEST_F(cli_updates, a_change_that_changes_nothing_says_so) {
  call_change_answer->update = nullptr;
  EXPECT_EQ(run({"calls", "close", "IT-7"}), exit_done);
  EXPECT_EQ(out.str(), "IT-000007 is closed, group Network already; nothing was changed\n");
}

TEST_F(cli_updates, an_assignment_names_a_group_and_a_command_one_call) {
  EXPECT_EQ(run({"calls", "assign", "IT-7"}), exit_usage);
  EXPECT_TRUE(complains("--group is missing"));
  EXPECT_EQ(run({"calls", "close"}), exit_usage);
  EXPECT_TRUE(call_changes_asked.empty());
}

TEST_F(cli_updates, a_call_shows_what_came_to_it_oldest_first) {
  update(1, record::v1::CallUpdate::REPLY, "It still smokes.");
  update(2, record::v1::CallUpdate::CHANGE, "\x1b[31mDone.");
  EXPECT_EQ(run({"call", "IT-7"}), exit_done) << err.str();
  EXPECT_TRUE(shows("Updates")) << out.str();
  EXPECT_TRUE(shows("call changed"));
  EXPECT_TRUE(shows("state: OPEN -> CLOSED"));
  EXPECT_TRUE(shows("asked by phone"));
  EXPECT_LT(out.str().find("It still smokes."), out.str().find("Done."));
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
}

TEST_F(cli_updates, of_very_many_the_newest_two_hundred_are_given) {
  for (uint32_t i = 1; i <= 203; ++i) update(i, record::v1::CallUpdate::FLOOD, "x");
  const auto got = get();
  ASSERT_TRUE(got);
  ASSERT_EQ(got->updates_size(), 200);
  EXPECT_EQ(got->updates(0).sequence(), 4u);
  EXPECT_EQ(got->updates(199).sequence(), 203u);
}

TEST_F(cli_updates, large_ones_are_given_up_to_what_a_page_may_hold) {
  for (uint32_t i = 1; i <= 40; ++i)
    update(i, record::v1::CallUpdate::REPLY, std::string(256u << 10, 'x'));
  const auto got = get();
  ASSERT_TRUE(got);
  EXPECT_LT(got->updates_size(), 33);
  EXPECT_GT(got->updates_size(), 29);
  EXPECT_EQ(got->updates().rbegin()->sequence(), 40u);
}

}  // namespace postroom::app
