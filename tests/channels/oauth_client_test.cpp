#include <gtest/gtest.h>

#include "tests/channels/oauth_world.hpp"

namespace postroom::channels {
namespace {

TEST_F(oauth_test, one_request_serves_all_that_wait_and_those_that_come_later) {
  begin();
  for (int i = 0; i < 20; ++i) get();
  EXPECT_TRUE(got.empty());
  EXPECT_EQ(w.asked.size(), 1u);
  w.answer(200, token_json("a"));
  get();
  EXPECT_EQ(got, lines(21, "a"));
  EXPECT_EQ(w.asked.size(), 1u);
  EXPECT_EQ(client->state().requests, 1u);
}

TEST_F(oauth_test, a_token_is_renewed_ahead_of_its_end_while_others_use_the_old_one) {
  begin();
  get();
  w.answer(200, token_json("a"));
  w.pass(duration{3'290'000});
  get();
  EXPECT_EQ(w.asked.size(), 1u);
  w.pass(duration{20'000});  // less than five minutes are left
  get();
  get();
  EXPECT_EQ(got, (lines{"a", "a", "a", "a"}));
  ASSERT_EQ(w.asked.size(), 2u);
  w.answer(200, token_json("b"));
  get();
  EXPECT_EQ(got.back(), "b");
  EXPECT_EQ(w.asked.size(), 2u);
}

TEST_F(oauth_test, a_token_with_less_than_a_minute_is_given_to_nobody) {
  begin();
  get();
  w.answer(200, token_json("a"));
  w.pass(duration{3'545'000});
  get();
  EXPECT_EQ(got, lines{"a"});
  w.answer(200, token_json("b"));
  EXPECT_EQ(got, (lines{"a", "b"}));
}

TEST_F(oauth_test, a_token_of_a_short_life_is_used_all_the_same) {
  begin();
  get();
  w.answer(200, token_json("a", 40));
  w.pass(duration{5'000});
  get();
  EXPECT_EQ(got, (lines{"a", "a"}));
}

TEST_F(oauth_test, after_a_failure_nobody_asks_before_the_pause_is_over) {
  begin();
  get();
  w.answer_error(fail(ec::unreachable, "no route"));
  get();
  EXPECT_EQ(got, (lines{"error unreachable", "error unreachable"}));
  EXPECT_EQ(w.asked.size(), 1u);
  w.pass(duration{500});
  get();
  EXPECT_EQ(w.asked.size(), 2u);
  w.answer(503, "");
  w.pass(duration{900});
  get();
  EXPECT_EQ(w.asked.size(), 2u) << "the pause has doubled";
  w.pass(duration{100});
  get();
  w.answer(200, token_json("a"));
  EXPECT_EQ(got.back(), "a");
  EXPECT_FALSE(client->state().trouble);
}

TEST_F(oauth_test, nothing_is_asked_before_retry_after) {
  begin();
  get();
  w.answer(429, "", {{"retry-after", "37.5"}});
  EXPECT_EQ(got, lines{"error throttled"});
  w.pass(duration{37'499});
  get();
  EXPECT_EQ(w.asked.size(), 1u);
  w.pass(duration{1});
  get();
  EXPECT_EQ(w.asked.size(), 2u);
}

TEST_F(oauth_test, a_corrected_secret_is_tried_at_once) {
  begin();
  get();
  w.answer(401, R"({"error":"invalid_client"})");
  EXPECT_EQ(got, lines{"error oauth_secret_expired"});
  get();
  EXPECT_EQ(w.asked.size(), 1u);
  client->try_anew();
  get();
  EXPECT_EQ(w.asked.size(), 2u);
}

TEST_F(oauth_test, while_the_old_token_is_good_a_failed_renewal_hurts_nobody) {
  begin();
  get();
  w.answer(200, token_json("a"));
  w.pass(duration{3'310'000});
  get();
  w.answer(500, "");
  get();
  EXPECT_EQ(got, (lines{"a", "a", "a"}));
  EXPECT_TRUE(client->state().trouble);
}

TEST_F(oauth_test, a_new_refresh_token_is_on_disk_before_anybody_gets_the_answer) {
  begin(oauth_grant::device_code);
  keeper->hold = true;
  get();
  w.answer(200, token_json("a", 3600, "r2"));
  EXPECT_TRUE(got.empty());
  EXPECT_EQ(keeper->events, lines{"store r2"});
  keeper->held();
  EXPECT_EQ(got, lines{"a"});
  EXPECT_NE(w.body(0).find("refresh_token=r1"), std::string::npos);
}

TEST_F(oauth_test, what_could_not_be_stored_is_stored_first_and_asked_for_no_second_time) {
  begin(oauth_grant::device_code);
  keeper->store_fails = true;
  get();
  w.answer(200, token_json("a", 3600, "r2"));
  EXPECT_EQ(got, lines{"error no_space"});
  keeper->store_fails = false;
  w.pass(duration{5'000});
  get();
  EXPECT_EQ(got.back(), "a");
  EXPECT_EQ(w.asked.size(), 1u);
  EXPECT_EQ(keeper->token, "r2");
}

TEST_F(oauth_test, a_provider_that_gives_no_new_refresh_token_leaves_the_old_one) {
  begin(oauth_grant::device_code);
  get();
  w.answer(200, token_json("a"));
  EXPECT_EQ(keeper->events, lines{"store r1"}) << "that it was taken is noted";
}

TEST_F(oauth_test, a_refused_token_is_given_to_nobody_any_more) {
  begin();
  get();
  w.answer(200, token_json("a"));
  client->refused("a");
  get();
  EXPECT_EQ(w.asked.size(), 2u);
  w.answer(200, token_json("b"));
  client->refused("a");  // of another server, which had the old one
  get();
  EXPECT_EQ(got, (lines{"a", "b", "b"}));
}

TEST_F(oauth_test, one_mailbox_that_is_always_refused_does_not_cost_a_token_each_time) {
  begin();
  get();
  w.answer(200, token_json("t0"));
  for (int i = 1; i <= 10; ++i) {
    client->refused(got.back());
    get();
    if (w.asked.size() > static_cast<std::size_t>(i))
      w.answer(200, token_json("t" + std::to_string(i)));
  }
  EXPECT_EQ(w.asked.size(), 4u);
}

TEST_F(oauth_test, a_new_authorisation_ends_the_trouble_of_the_old_one) {
  begin(oauth_grant::authorization_code);
  get();
  w.answer(400, R"({"error":"invalid_grant"})");
  EXPECT_EQ(got, lines{"error oauth_token_revoked"});
  result<void> done = fail(ec::internal);
  client->redeem("code", "verifier", {"ann", "", ""}, [&](result<void> r) { done = std::move(r); });
  w.answer(200, token_json("b", 3600, "r9"));
  EXPECT_TRUE(done.ok());
  EXPECT_EQ(keeper->events.back(), "authorised r9");
  get();
  EXPECT_EQ(got.back(), "b");
  EXPECT_NE(w.body(1).find("code_verifier=verifier"), std::string::npos);
}

TEST_F(oauth_test, a_renewal_under_way_never_overwrites_a_newer_authorisation) {
  begin(oauth_grant::authorization_code);
  keeper->hold = true;
  get();
  w.answer(200, token_json("old", 3600, "r2"));
  client->redeem("code", "verifier", {"ann", "", ""}, [](const result<void>&) {});
  w.answer(200, token_json("new", 3600, "r3"));
  EXPECT_EQ(keeper->events, lines{"store r2"}) << "it waits for its turn";
  keeper->hold = false;
  keeper->held();
  w.settle();
  EXPECT_EQ(keeper->token, "r3");
}

TEST_F(oauth_test, an_authorisation_without_a_refresh_token_says_what_is_missing) {
  begin(oauth_grant::authorization_code);
  result<void> done{};
  client->redeem("code", "v", {"ann", "", ""}, [&](result<void> r) { done = std::move(r); });
  w.answer(200, token_json("b"));
  ASSERT_FALSE(done.ok());
  EXPECT_NE(done.error().detail.find("offline_access"), std::string::npos);
}

TEST_F(oauth_test, a_device_is_polled_as_slowly_as_the_provider_wants) {
  begin(oauth_grant::device_code);
  std::string code;
  int ends = 0;
  client->authorise_device(
      {"ann", "", ""}, [&](const result<device_prompt>& p) { code = p ? p->user_code : "none"; },
      [&](const result<void>& r) { ends += r ? 1 : 100; });
  w.answer(200, R"({"device_code":"d","user_code":"ABCD","verification_uri":"https://x/d",
                    "expires_in":600,"interval":2})");
  EXPECT_EQ(code, "ABCD");
  w.pass(duration{1'999});
  EXPECT_EQ(w.asked.size(), 1u);
  w.pass(duration{1});
  w.answer(400, R"({"error":"authorization_pending"})");
  w.pass(duration{2'000});
  w.answer(400, R"({"error":"slow_down"})");
  w.pass(duration{6'999});
  EXPECT_EQ(w.asked.size(), 3u);
  w.pass(duration{1});
  w.answer(200, token_json("a", 3600, "r5"));
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(keeper->token, "r5");
}

TEST_F(oauth_test, a_url_that_secrets_may_not_go_to_is_named) {
  auto s = app_settings();
  s.grant = oauth_grant::device_code;
  s.device_url = "http://login.example.org/device";
  client = oauth_client::make(w.world(), s, keeper);
  lines said;
  client->authorise_device(
      {"ann", "", ""}, [&](const result<device_prompt>& p) { said.push_back(p.error().detail); },
      [](const result<void>&) {});
  w.settle();
  EXPECT_EQ(said, lines{"device_url: is no https URL"});
  EXPECT_TRUE(w.asked.empty());
}

TEST_F(oauth_test, a_device_code_that_nobody_types_ends) {
  begin(oauth_grant::device_code);
  ec ended = ec::none;
  client->authorise_device(
      {"ann", "", ""}, [](const result<device_prompt>&) {},
      [&](const result<void>& r) { ended = r.code(); });
  w.answer(200, R"({"device_code":"d","user_code":"A","verification_uri":"https://x/d",
                    "expires_in":30,"interval":20})");
  w.pass(duration{20'000});
  w.answer(400, R"({"error":"authorization_pending"})");
  w.pass(duration{20'000});
  EXPECT_EQ(ended, ec::oauth_not_authorized);
  EXPECT_EQ(w.asked.size(), 2u);
}

TEST_F(oauth_test, a_provider_that_never_answers_is_given_up_after_a_minute) {
  begin();
  get();
  w.pass(duration{60'000});
  EXPECT_EQ(got, lines{"error timeout"});
  EXPECT_EQ(w.given_up, std::vector<http_client::id>{1});
}

TEST_F(oauth_test, all_that_wait_are_told_once_when_the_loop_ends) {
  begin();
  get();
  get();
  w.stop();
  EXPECT_EQ(got, (lines{"error cancelled", "error cancelled"}));
  w.answer(200, token_json("late"));
  get();
  EXPECT_EQ(got, (lines{"error cancelled", "error cancelled", "error cancelled"}));
}

TEST_F(oauth_test, a_changed_client_waits_until_the_old_one_has_stored_its_answer) {
  begin(oauth_grant::device_code);
  get();
  auto next = oauth_client::make(w.world(), app_settings(), keeper);
  next->follow(client);
  std::string token;
  next->get([&](const result<std::string>& t) { token = t ? *t : "error"; });
  w.settle();
  EXPECT_EQ(w.asked.size(), 1u) << "the old one's request is under way";
  w.answer(200, token_json("a", 40, "r2"));
  EXPECT_EQ(w.asked.size(), 2u);
  w.answer(200, token_json("b"));
  EXPECT_EQ(token, "b");
  w.pass(duration{60'000});
  get();
  EXPECT_EQ(got.back(), "error cancelled");
}

TEST_F(oauth_test, a_device_that_is_given_up_or_replaced_ends_once) {
  begin(oauth_grant::device_code);
  lines ends;
  const auto ask = [&] {
    client->authorise_device(
        {"ann", "", ""}, [](const result<device_prompt>&) {},
        [&](const result<void>& r) { ends.emplace_back(to_string(r.code())); });
    w.answer(200, R"({"device_code":"d","user_code":"A","verification_uri":"https://x/d",
                      "expires_in":600,"interval":5})");
  };
  ask();
  client->cancel_device();
  w.settle();
  EXPECT_EQ(ends, lines{"cancelled"});
  ask();
  ask();
  EXPECT_EQ(ends, lines(2, "cancelled"));
  client->cancel_device();
  w.pass(duration{60'000});
  EXPECT_EQ(ends, lines(3, "cancelled"));
  EXPECT_EQ(w.asked.size(), 3u) << "none of them is polled for";
}

TEST_F(oauth_test, a_changed_client_polls_for_no_device_any_more) {
  begin(oauth_grant::device_code);
  lines ends;
  client->authorise_device(
      {"ann", "", ""}, [](const result<device_prompt>&) {},
      [&](const result<void>& r) { ends.emplace_back(to_string(r.code())); });
  w.answer(200, R"({"device_code":"d","user_code":"A","verification_uri":"https://x/d",
                    "expires_in":600,"interval":5})");
  const auto next = oauth_client::make(w.world(), app_settings(), keeper);
  next->follow(client);
  w.settle();
  EXPECT_EQ(ends, lines{"cancelled"});
  w.pass(duration{60'000});
  EXPECT_EQ(w.asked.size(), 1u);
}

TEST_F(oauth_test, a_changed_client_stores_no_authorisation_that_comes_after) {
  begin(oauth_grant::device_code);
  lines ends;
  const auto note = [&](const auto& r) { ends.emplace_back(to_string(r.code())); };
  client->redeem("code", "v", {"ann", "", ""}, note);
  client->authorise_device({"ann", "", ""}, note, note);
  w.settle();
  client->retire([](const result<void>&) {});
  w.answer(200, token_json("a", 3600, "r7"));
  w.answer(200, R"({"device_code":"d","user_code":"A","verification_uri":"https://x/d",
                    "expires_in":600,"interval":5})");
  client->redeem("code", "v", {"ann", "", ""}, note);
  client->authorise_device({"ann", "", ""}, note, note);
  w.pass(duration{60'000});
  EXPECT_EQ(ends, lines(6, "cancelled"));
  EXPECT_EQ(w.asked.size(), 2u) << "and asks for nothing more";
  EXPECT_EQ(keeper->events, lines{});
}

TEST_F(oauth_test, what_was_forgotten_is_not_used) {
  begin(oauth_grant::device_code);
  get();
  w.answer(200, token_json("a", 3600, "r2"));
  bool had = false;
  client->forget({"ann", "", ""}, [&](const result<bool>& r) { had = r && *r; });
  w.settle();
  EXPECT_TRUE(had);
  get();
  EXPECT_EQ(got.back(), "error oauth_not_authorized");
}

TEST_F(oauth_test, secrets_stand_in_the_request_only_where_the_provider_takes_them) {
  begin();
  keeper->proof_now = oauth_proof{"p+/ä", {}, {}};
  get();
  ASSERT_EQ(w.asked.size(), 1u);
  EXPECT_EQ(w.asked[0].first.headers.back(), "Authorization: Basic YXBwOnAlMkIlMkYlQzMlQTQ=");
  EXPECT_EQ(w.body(0), "grant_type=client_credentials&scope=mail&client_id=app");
  w.answer(400, R"({"error":"invalid_scope","error_description":"p+/ä mail@example.org"})");
  EXPECT_EQ(details.back(), "invalid_scope: scopes: not all of them are granted to this client");
}

}  // namespace
}  // namespace postroom::channels
