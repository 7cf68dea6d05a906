#include "postroom/record/v1/record.pb.h"
#include "storage/keys.hpp"
#include "tests/access/fixture.hpp"

namespace postroom::access {
namespace {

using namespace admin::v1;

struct tokens : registry_fixture {
  void SetUp() override { two_people(); }
  static grants scope(Right what, const std::vector<std::string>& parts = {}) {
    return registry_fixture::role("x", what, parts).grants();
  }
};
constexpr duration day{86'400'000};

}  // namespace

TEST_F(tokens, a_token_is_good_for_90_days_and_never_longer_than_a_year) {
  const auto ann = signed_in("ann");
  const auto t = r->create_token(ann, {"backup", {}});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->secret.size(), 4u + 64u);
  at += 90 * day - duration{1};
  const auto who = r->by_bearer(t->secret, "p");
  ASSERT_TRUE(who);
  EXPECT_EQ(who->name(), "ann");
  EXPECT_EQ(who->by(), proof::token);
  at += duration{1};
  EXPECT_EQ(r->by_bearer(t->secret, "p").code(), ec::unauthenticated);
  EXPECT_TRUE(r->create_token(ann, {"x", {}, 365}));
  EXPECT_EQ(r->create_token(ann, {"x", {}, 366}).code(), ec::config_invalid);
}

TEST_F(tokens, scopes_are_part_of_the_owners_rights_when_made_and_when_used) {
  const auto ann = signed_in("ann");
  EXPECT_EQ(r->create_token(ann, {"x", scope(VIEW_CALLS)}).code(), ec::forbidden);
  EXPECT_EQ(r->create_token(ann, {"x", scope(VIEW_CALLS, {"IT"})}).code(), ec::forbidden);
  EXPECT_EQ(r->create_token(ann, {"x", scope(OUTBOX, {"HR"})}).code(), ec::forbidden);
  const auto t = r->create_token(ann, {"x", scope(VIEW_CALLS, {"HR"})});
  ASSERT_TRUE(t);
  EXPECT_TRUE(r->by_bearer(t->secret, "")->may(VIEW_CALLS, "HR"));
  ASSERT_TRUE(r->put_role(machine, role("hr", OUTBOX)));
  const auto later = r->by_bearer(t->secret, "");
  EXPECT_FALSE(later->may_somewhere(VIEW_CALLS)) << "the owner lost it";
  EXPECT_FALSE(later->may_somewhere(OUTBOX)) << "the token never had it";
}

TEST_F(tokens, a_token_makes_no_tokens_and_no_way_to_sign_in) {
  const auto t = r->create_token(signed_in("ann"), {"x", {}});
  const auto who = *r->by_bearer(t->secret, "");
  record::v1::AccessPrincipal twin;
  twin.set_name("twin");
  EXPECT_EQ(r->set_password(who, "ann", other_password).code(), ec::forbidden);
  EXPECT_EQ(r->add_principal(who, twin, good_password).code(), ec::forbidden);
  EXPECT_EQ(r->create_token(who, {"y", {}}).code(), ec::forbidden);
  EXPECT_EQ(r->change_password(who, good_password, other_password).code(), ec::forbidden);
}

TEST_F(tokens, tokens_are_made_for_oneself_but_by_the_operator_of_the_machine_for_anybody) {
  token_wish wish{"x", {}, 0, "sue"};
  EXPECT_EQ(r->create_token(signed_in("ann"), wish).code(), ec::forbidden);
  EXPECT_EQ(r->create_token(machine, wish)->token.principal(), "sue");
  wish.principal = "nobody";
  EXPECT_EQ(r->create_token(machine, wish).code(), ec::not_found);
  wish.principal.clear();
  EXPECT_EQ(r->create_token(machine, wish).code(), ec::config_invalid);
}

TEST_F(tokens, others_tokens_look_like_none) {
  const auto t = r->create_token(machine, {"x", {}, 0, "sue"});
  const auto ann = signed_in("ann");
  auto theirs = r->revoke_token(ann, t->token.id()).error().text();
  auto none = r->revoke_token(ann, "0000000000000000").error().text();
  EXPECT_EQ(theirs.replace(theirs.find(t->token.id()), 16, "0000000000000000"), none);
  EXPECT_TRUE(r->by_bearer(t->secret, ""));
  EXPECT_TRUE(r->revoke_token(signed_in("sue"), t->token.id()));
  EXPECT_EQ(r->by_bearer(t->secret, "").code(), ec::unauthenticated);
}

TEST_F(tokens, the_store_holds_digests_and_no_secret) {
  const auto t = r->create_token(signed_in("ann"), {"x", {}});
  const auto store = *engine->open("access");
  std::string all;
  ASSERT_TRUE(store->scan({"", ""}, [&](std::string_view key, std::string_view value) {
    all.append(key).append(value);
    return true;
  }));
  EXPECT_EQ(all.find(t->secret), std::string::npos);
  EXPECT_EQ(all.find(t->secret.substr(4)), std::string::npos);
  EXPECT_EQ(all.find(good_password), std::string::npos);
  EXPECT_NE(all.find(digest_of(t->secret)), std::string::npos);
}

TEST_F(tokens, the_last_use_is_kept_to_the_hour) {
  const auto t = r->create_token(signed_in("ann"), {"x", {}});
  r->note_use(*r->by_bearer(t->secret, ""));
  const auto first = to_millis(at);
  at += duration{3'599'999};
  r->note_use(*r->by_bearer(t->secret, ""));
  EXPECT_EQ(r->now()->tokens.at(t->token.id()).last_used_at(), first);
  at += duration{1};
  r->note_use(*r->by_bearer(t->secret, ""));
  EXPECT_EQ(reopened()->now()->tokens.at(t->token.id()).last_used_at(), to_millis(at));
}

}  // namespace postroom::access
