#include <thread>

#include "access/throttle.hpp"
#include "base/peer_host.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"
#include "tests/access/fixture.hpp"

namespace postroom::access {
namespace {

struct sign_in : registry_fixture {
  void SetUp() override { two_people(); }
  ec tried(const std::string& name, const std::string& password, const std::string& peer) {
    return r->sign_in(name, password, peer).code();
  }
  std::vector<record::v1::AuditEntry> entries() const {
    std::vector<record::v1::AuditEntry> out;
    const auto store = *engine->open(storage::access_unit);
    EXPECT_TRUE(store->scan(storage::keys::all_of(storage::keys::kind::audit_chain),
                            [&](std::string_view, std::string_view value) {
                              out.emplace_back().ParseFromString(std::string{value});
                              return true;
                            }));
    return out;
  }
  /// The last `n`, one line each.
  std::string audited(std::size_t n) const {
    std::string out;
    const auto all = entries();
    for (auto i = all.end() - static_cast<std::ptrdiff_t>(n); i != all.end(); ++i)
      out += i->who() + " from " + i->from() + ": " + i->what() + " (" + i->detail() + ")\n";
    return out;
  }
};

}  // namespace

TEST_F(sign_in, the_right_password_opens_a_session_with_the_rights_of_the_roles) {
  const auto who = signed_in("ann");
  EXPECT_EQ(who.name(), "ann");
  EXPECT_EQ(who.by(), proof::session);
  EXPECT_TRUE(who.may(admin::v1::VIEW_CALLS, "HR"));
  EXPECT_FALSE(who.may(admin::v1::VIEW_CALLS, "IT"));
}

TEST_F(sign_in, whatever_is_wrong_the_answer_is_the_same) {
  ASSERT_TRUE(r->add_principal(machine, person("tok", {}), ""));
  ASSERT_TRUE(r->update_principal(machine, {.name = "ann", .disabled = true}));
  const auto expected = r->sign_in("nobody", good_password, "a:1").error().text();
  EXPECT_EQ(expected, "unauthenticated: the name or the password is wrong");
  EXPECT_EQ(r->sign_in("ann", good_password, "a:1").error().text(), expected) << "disabled";
  EXPECT_EQ(r->sign_in("sue", other_password, "a:1").error().text(), expected);
  EXPECT_EQ(r->sign_in("tok", "", "a:1").error().text(), expected) << "has no password";
}

TEST_F(sign_in, failures_slow_down_the_guesser_even_for_names_that_do_not_exist) {
  for (const auto* name : {"sue", "nobody"}) {
    const auto peer = std::string{name} + "-guesser:1";
    for (int i = 0; i < 5; ++i) EXPECT_EQ(tried(name, other_password, peer), ec::unauthenticated);
    const auto slowed = r->sign_in(name, good_password, peer);
    ASSERT_EQ(slowed.code(), ec::overloaded);
    EXPECT_EQ(slowed.error().detail, "too many failed sign-ins; try again in 1 s");
    at += duration{1'000};
    EXPECT_EQ(tried(name, other_password, peer), ec::unauthenticated);
    at += duration{1'000};
    EXPECT_EQ(tried(name, good_password, peer), ec::overloaded) << "two seconds now";
  }
}

TEST_F(sign_in, a_guesser_elsewhere_does_not_lock_out_who_has_signed_in_from_here_before) {
  EXPECT_EQ(tried("sue", good_password, "10.0.0.1:1"), ec::none);
  for (int i = 0; i < 100; ++i) tried("sue", other_password, "10.6.6.6:" + std::to_string(i));
  EXPECT_EQ(tried("sue", good_password, "10.6.6.6:9"), ec::overloaded);
  EXPECT_EQ(tried("sue", good_password, "10.0.0.1:2"), ec::none);
}

TEST_F(sign_in, a_success_forgets_the_failures_before) {
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 4; ++i) tried("sue", other_password, "a:1");
    at += duration{31'000};
    EXPECT_EQ(tried("sue", good_password, "a:1"), ec::none) << round;
  }
}

TEST_F(sign_in, more_computations_at_once_than_allowed_are_refused) {
  auto o = options();
  o.computations = 0;
  auto none = registry::open(*engine, std::move(o));
  ASSERT_TRUE(none);
  EXPECT_EQ((*none)->sign_in("sue", good_password, "a:1").code(), ec::overloaded);
  EXPECT_EQ((*none)->set_password(machine, "sue", other_password).code(), ec::overloaded);
}

TEST_F(sign_in, a_session_ends_when_its_principal_is_disabled_removed_or_gets_a_password) {
  const auto session = [this](const char* name) {
    return r->sign_in(name, good_password, "a:1")->secret;
  };
  const auto a = session("ann");
  ASSERT_TRUE(r->update_principal(machine, {.name = "ann", .disabled = true}));
  EXPECT_EQ(r->by_bearer(a, "").code(), ec::unauthenticated);
  ASSERT_TRUE(r->update_principal(machine, {.name = "ann", .disabled = false}));
  EXPECT_EQ(r->by_bearer(a, "").code(), ec::unauthenticated) << "it does not come back";
  const auto b = session("ann");
  ASSERT_TRUE(r->set_password(machine, "ann", good_password));
  EXPECT_EQ(r->by_bearer(b, "").code(), ec::unauthenticated);
  const auto c = session("ann");
  ASSERT_TRUE(r->remove_principal(machine, "ann"));
  EXPECT_EQ(r->by_bearer(c, "").code(), ec::unauthenticated);
}

TEST_F(sign_in, a_role_that_is_taken_away_counts_at_the_next_call) {
  const auto s = r->sign_in("ann", good_password, "a:1")->secret;
  ASSERT_TRUE(r->by_bearer(s, "")->may(admin::v1::VIEW_CALLS, "HR"));
  principal_change none{.name = "ann"};
  none.roles.emplace();
  ASSERT_TRUE(r->update_principal(machine, none));
  EXPECT_FALSE(r->by_bearer(s, "")->may_somewhere(admin::v1::VIEW_CALLS));
}

TEST_F(sign_in, changing_a_password_takes_the_old_one_and_ends_the_other_sessions) {
  const auto here = signed_in("ann");
  const auto other = r->sign_in("ann", good_password, "a:1")->secret;
  EXPECT_EQ(r->change_password(here, other_password, other_password).code(), ec::unauthenticated);
  EXPECT_EQ(r->change_password(here, good_password, "short").code(), ec::config_invalid);
  ASSERT_TRUE(r->change_password(here, good_password, other_password));
  EXPECT_EQ(r->by_bearer(other, "").code(), ec::unauthenticated);
  EXPECT_EQ(tried("ann", good_password, "b:1"), ec::unauthenticated);
  EXPECT_EQ(tried("ann", other_password, "b:1"), ec::none);
  EXPECT_EQ(r->change_password(machine, "", other_password).code(), ec::forbidden);
}

TEST_F(sign_in, a_password_that_may_have_changed_ends_the_other_sessions) {
  const auto here = signed_in("ann");
  const auto other = r->sign_in("ann", good_password, "a:1")->secret;
  const auto newer = reopened();  // the unit's owner from now on, so the commit is refused
  EXPECT_FALSE(r->change_password(here, good_password, other_password));
  EXPECT_EQ(r->by_bearer(other, "").code(), ec::unauthenticated);
}

TEST_F(sign_in, signing_in_and_out_stand_in_the_audit) {
  r->sign_out(signed_in("ann"));
  EXPECT_EQ(audited(2), "ann from 10.0.0.1:1: signed in ()\nann from 10.0.0.1:1: signed out ()\n");
}

TEST_F(sign_in, refusals_stand_in_the_audit_once_a_minute_with_their_number) {
  const auto before = entries().size();
  for (int i = 0; i < 300; ++i) tried("ann", other_password, "a:1");
  EXPECT_EQ(audited(1), " from a:1: sign-in refused (ann: 1)\n");
  for (const auto* name : {"hunter2", "nobody", "somebody"}) tried(name, other_password, "b:1");
  EXPECT_EQ(entries().size(), before + 2) << "names that nobody has are one";
  EXPECT_EQ(audited(1), " from b:1: sign-in refused (unknown names: 1)\n");
  at += duration{60'000};
  tried("ann", other_password, "a:2");
  EXPECT_EQ(audited(1), " from a:2: sign-in refused (ann: 300)\n");
  at += duration{59'999};
  tried("ann", other_password, "a:1");
  EXPECT_EQ(entries().size(), before + 3);
  at += duration{3'600'000};
  EXPECT_EQ(tried("ann", good_password, "c:1"), ec::none);
  EXPECT_EQ(audited(1), "ann from c:1: signed in (refused before: 1)\n");
}

TEST_F(sign_in, a_refusal_costs_the_same_commits_whether_anybody_has_the_name_or_not) {
  const auto commits = [this](const std::string& name, const std::string& peer) {
    at += duration{1};
    const auto store = *engine->open(storage::access_unit);
    const auto refused = [&] { return *store->get(storage::keys::meta("refused")); };
    const auto audited = entries().size();
    const auto before = refused();
    tried(name, other_password, peer);
    return entries().size() - audited + (refused() == before ? 0 : 1);
  };
  EXPECT_EQ(commits("ann", "a:1"), 1u);
  EXPECT_EQ(commits("nobody", "b:1"), 1u);
  EXPECT_EQ(commits("somebody", "c:1"), 1u);
  EXPECT_EQ(commits("sue", "d:1"), 1u);
  for (const auto* name : {"ann", "nobody", "somebody", "sue"})
    EXPECT_EQ(commits(name, "e:1"), 0u) << name << " within a minute";
  for (int i = 0; i < 30; ++i) tried("ann", other_password, "f:1");
  for (int i = 0; i < 30; ++i) tried("x" + std::to_string(i), other_password, "f:1");
  at += duration{59'000};
  EXPECT_EQ(commits("somebody", "e:1"), 0u);
  at += duration{1'000};
  for (const auto* name : {"sue", "nobody"}) EXPECT_EQ(commits(name, "g:1"), 1u) << name;
}

TEST_F(sign_in, who_must_wait_is_answered_without_a_commit) {
  for (int i = 0; i < 20; ++i) tried("x" + std::to_string(i), other_password, "a:1");
  const auto store = *engine->open(storage::access_unit);
  const auto before = std::pair{*store->get(storage::keys::meta("refused")), entries().size()};
  at += duration{1};
  for (const auto* name : {"ann", "another"})
    EXPECT_EQ(tried(name, other_password, "a:1"), ec::overloaded) << name;
  EXPECT_EQ(std::pair(*store->get(storage::keys::meta("refused")), entries().size()), before);
}

TEST(throttle, names_tried_are_remembered_for_a_minute_and_no_more_than_it_holds) {
  tried_names tried;
  time_point at{duration{1'000'000}};
  EXPECT_TRUE(tried.first("a", at));
  EXPECT_FALSE(tried.first("a", at + duration{59'999}));
  EXPECT_TRUE(tried.first("a", at + duration{60'000}));
  for (int i = 0; i < 70'000; ++i) tried.first(std::to_string(i), at + duration{60'000});
  EXPECT_TRUE(tried.first("a", at + duration{60'001})) << "it gave way";
}

TEST_F(sign_in, a_certificate_signs_in_whom_it_is_bound_to) {
  EXPECT_EQ(r->by_certificate("CN=ann", "p").code(), ec::unauthenticated);
  EXPECT_EQ(r->by_certificate("", "p").code(), ec::unauthenticated);
  ASSERT_TRUE(r->update_principal(machine, {.name = "ann", .certificate_subject = "CN=ann"}));
  EXPECT_EQ(r->by_certificate("CN=ann", "p")->name(), "ann");
  EXPECT_EQ(r->update_principal(machine, {.name = "sue", .certificate_subject = "CN=ann"}).code(),
            ec::already_exists);
  ASSERT_TRUE(r->update_principal(machine, {.name = "ann", .certificate_subject = "CN=other"}));
  EXPECT_EQ(r->by_certificate("CN=ann", "p").code(), ec::unauthenticated);
}

TEST(throttle, what_it_remembers_is_bounded_and_the_newest_stays) {
  failure_counts counts{{5, duration{60'000}, 100, duration{3'600'000}}};
  time_point at{duration{1'000'000}};
  for (int i = 0; i < 1000; ++i) {
    at += duration{1};
    for (int n = 0; n < 6; ++n) counts.failed("k" + std::to_string(i), at);
  }
  EXPECT_EQ(counts.size(), 100u);
  EXPECT_GT(counts.wait("k999", at).count(), 0);
  EXPECT_EQ(counts.wait("k0", at).count(), 0);
  for (int n = 0; n < 1000; ++n) counts.failed("k999", at);
  EXPECT_EQ(counts.wait("k999", at), duration{60'000}) << "it does not grow without end";
}

TEST(throttle, one_customer_of_ipv6_is_one_address_and_ports_do_not_matter) {
  EXPECT_EQ(host_of("10.0.0.1:4711"), "10.0.0.1");
  EXPECT_EQ(host_of("[2001:db8:1:2:3:4:5:6]:443"), host_of("[2001:db8:1:2::1]:9"));
  EXPECT_NE(host_of("[2001:db8:1:2::1]:9"), host_of("[2001:db8:1:3::1]:9"));
  EXPECT_EQ(host_of("unix"), "unix");
}

}  // namespace postroom::access
