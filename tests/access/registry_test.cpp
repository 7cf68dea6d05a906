#include <unistd.h>

#include <filesystem>

#include "postroom/record/v1/record.pb.h"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "tests/access/fixture.hpp"

namespace postroom::access {
namespace {

using namespace admin::v1;

struct principals : registry_fixture {
  std::vector<record::v1::AuditEntry> audit() {
    std::vector<record::v1::AuditEntry> out;
    const auto store = *engine->open("access");
    EXPECT_TRUE(store->scan(storage::keys::all_of(storage::keys::kind::audit_chain),
                            [&](std::string_view, std::string_view value) {
                              return out.emplace_back().ParseFromString(std::string{value});
                            }));
    return out;
  }
  static principal_change with_roles(const std::string& name, std::vector<std::string> roles) {
    principal_change out{.name = name};
    out.roles = std::move(roles);
    return out;
  }
};

}  // namespace

TEST_F(principals, what_was_changed_is_there_after_a_restart) {
  two_people();
  ASSERT_TRUE(r->update_principal(machine, {.name = "ann", .certificate_subject = "CN=ann"}));
  const auto t = r->create_token(machine, {"x", {}, 0, "ann"});
  r = reopened();
  EXPECT_TRUE(r->by_bearer(t->secret, ""));
  EXPECT_TRUE(r->by_certificate("CN=ann", ""));
  EXPECT_TRUE(signed_in("ann").may(VIEW_CALLS, "HR"));
  ASSERT_TRUE(r->remove_principal(machine, "ann"));
  r = reopened();
  EXPECT_EQ(r->now()->principals.size(), 1u);
  EXPECT_TRUE(r->now()->tokens.empty()) << "tokens go with their principal";
  EXPECT_EQ(r->by_certificate("CN=ann", "").code(), ec::unauthenticated);
}

TEST_F(principals, what_was_changed_on_disk_survives_a_new_process) {
  auto folder = testing::TempDir() + "access-" + std::to_string(::getpid());
  std::filesystem::remove_all(folder);
  for (int round = 0; round < 2; ++round) {
    auto rocks = storage::make_rocks_engine(folder);
    ASSERT_TRUE(rocks) << rocks.error().text();
    auto on_disk = registry::open(**rocks, options());
    ASSERT_TRUE(on_disk);
    if (round == 0) {
      ASSERT_TRUE((*on_disk)->add_principal(machine, person("ann", {}), good_password));
    }
    EXPECT_TRUE((*on_disk)->sign_in("ann", good_password, "a:1")) << round;
  }
  std::filesystem::remove_all(folder);
}

TEST_F(principals, every_change_is_audited_once_with_who_did_it_and_a_refused_one_is_not) {
  two_people();
  EXPECT_EQ(audit().size(), 4u);
  const auto sue = signed_in("sue");
  const auto before = audit().size();
  ASSERT_TRUE(r->remove_principal({sue, "she left"}, "ann"));
  EXPECT_EQ(r->remove_principal(machine, "ann").code(), ec::not_found);
  const auto after = audit();
  ASSERT_EQ(after.size(), before + 1);
  EXPECT_EQ(after.back().who(), "sue");
  EXPECT_EQ(after.back().what(), "principal removed");
  EXPECT_EQ(after.back().detail(), "ann");
  EXPECT_EQ(after.back().from(), "10.0.0.1:1");
  EXPECT_EQ(after.back().reason(), "she left");
  EXPECT_FALSE(storage::audit::verify("access", **engine->open("access"))->damaged);
}

TEST_F(principals, the_audit_tells_what_was_before_and_after_and_no_secret) {
  const auto told = [this] { return audit().back().before() + " -> " + audit().back().after(); };
  ASSERT_TRUE(r->put_role(machine, role("hr", VIEW_CALLS, {"HR"})));
  EXPECT_EQ(told(), " -> VIEW_CALLS: HR");
  ASSERT_TRUE(r->put_role(machine, role("hr", VIEW_CALLS)));
  EXPECT_EQ(told(), "VIEW_CALLS: HR -> VIEW_CALLS: everywhere");
  auto ann = person("ann", {"hr"});
  ann.set_display_name("Ann");
  ASSERT_TRUE(r->add_principal(machine, ann, good_password));
  const auto set_at = render_time(at);
  EXPECT_EQ(told(), " -> display name: Ann; password: set " + set_at + "; roles: hr");
  at += duration{1'000};
  ASSERT_TRUE(r->set_password(machine, "ann", other_password));
  EXPECT_EQ(told(), "password: set " + set_at + " -> password: set " + render_time(at));
  ASSERT_TRUE(r->update_principal(
      machine, {.name = "ann", .disabled = true, .certificate_subject = "CN=ann"}));
  EXPECT_EQ(told(), " -> certificate: CN=ann; disabled: yes");
  const auto token = r->create_token(machine, {"report", {}, 1, "ann"});
  ASSERT_TRUE(token);
  const auto until = render_time(at + duration{86'400'000});
  const auto line = "token " + token->token.id() + ": report (all rights) until " + until;
  EXPECT_EQ(told(), " -> " + line);
  ASSERT_TRUE(r->remove_principal(machine, "ann"));
  EXPECT_EQ(audit().back().before().find(line), 0u) << told();
  EXPECT_NE(audit().back().before().find("roles: hr"), std::string::npos) << told();
  EXPECT_EQ(audit().back().after(), "");
  ASSERT_TRUE(r->remove_role(machine, "hr"));
  EXPECT_EQ(told(), "VIEW_CALLS: everywhere -> ");
}

TEST(told_change, is_cut_between_characters_when_it_grows_too_long) {
  record::v1::AccessPrincipal p;
  for (int i = 0; i < 999; ++i) p.mutable_display_name()->append("ö");
  told_change told;
  told.add({}, told_of(p));
  EXPECT_LE(told.after().size(), 1000u);
  EXPECT_TRUE(told.after().ends_with("ö…")) << told.after();
}

TEST_F(principals, the_last_administrator_cannot_be_removed_disabled_or_stripped) {
  two_people();
  const auto sue = signed_in("sue");
  EXPECT_EQ(r->remove_principal(sue, "sue").code(), ec::conflict);
  EXPECT_EQ(r->update_principal(sue, {.name = "sue", .disabled = true}).code(), ec::conflict);
  EXPECT_EQ(r->update_principal(sue, with_roles("sue", {})).code(), ec::conflict);
  EXPECT_EQ(r->put_role(sue, role("security", SECURITY_SETUP, {"HR"})).code(), ec::conflict);
  EXPECT_EQ(r->put_role(machine, role("security", AUDIT)).error().detail,
            "this would leave nobody who can sign in and set up security everywhere; give another "
            "principal a role with SECURITY_SETUP everywhere first");
  ASSERT_TRUE(r->add_principal(machine, person("max", {"security"}), ""));
  EXPECT_EQ(r->remove_principal(sue, "sue").code(), ec::conflict) << "max cannot sign in";
  ASSERT_TRUE(r->set_password(machine, "max", good_password));
  EXPECT_TRUE(r->remove_principal(sue, "sue"));
}

TEST_F(principals, nobody_hands_on_what_they_do_not_hold) {
  two_people();
  const auto sue = signed_in("sue");
  const auto refused = r->put_role(sue, role("more", VIEW_CALLS, {"IT"}));
  ASSERT_EQ(refused.code(), ec::forbidden);
  EXPECT_EQ(refused.error().detail,
            "the role holds VIEW_CALLS in partitions, which you do not hold yourself");
  EXPECT_EQ(r->update_principal(sue, with_roles("sue", {"security", "hr"})).code(), ec::forbidden);
  EXPECT_EQ(r->add_principal(sue, person("bob", {"hr"}), good_password).code(), ec::forbidden);
  EXPECT_EQ(r->set_password(sue, "ann", other_password).code(), ec::forbidden)
      << "she could sign in as ann";
  EXPECT_EQ(r->update_principal(sue, {.name = "ann", .certificate_subject = "CN=sue"}).code(),
            ec::forbidden);
  EXPECT_TRUE(r->update_principal(sue, {.name = "ann", .disabled = true}));
  EXPECT_TRUE(r->update_principal(sue, with_roles("ann", {}))) << "taking away is allowed";
}

TEST_F(principals, a_password_that_was_refused_ends_nobodys_session) {
  two_people();
  const auto session = r->sign_in("ann", good_password, "10.0.0.1:1");
  ASSERT_TRUE(session);
  ASSERT_EQ(r->set_password(signed_in("sue"), "ann", other_password).code(), ec::forbidden);
  EXPECT_TRUE(r->by_bearer(session->secret, "10.0.0.1:1"));
  ASSERT_TRUE(r->set_password(machine, "ann", other_password));
  EXPECT_FALSE(r->by_bearer(session->secret, "10.0.0.1:1")) << "a new password ends them";
}

TEST_F(principals, bad_input_is_named_and_nothing_is_stored) {
  EXPECT_EQ(r->add_principal(machine, person("a b", {}), "").error().detail,
            "name: takes 1 to 64 of A-Z, a-z, 0-9, '.', '_', '@', '-'");
  EXPECT_EQ(r->add_principal(machine, person("", {}), "").code(), ec::config_invalid);
  EXPECT_EQ(r->add_principal(machine, person("ann", {"none"}), "").error().detail,
            "roles: there is no role \"none\"; `postroom access roles list` lists them");
  auto empty = role("x", VIEW_CALLS);
  empty.mutable_grants(0)->set_everywhere(false);
  EXPECT_EQ(r->put_role(machine, empty).error().detail,
            "grants: VIEW_CALLS is held either everywhere or in partitions; say one");
  EXPECT_EQ(r->put_role(machine, role("x", RIGHT_UNSPECIFIED)).code(), ec::config_invalid);
  auto shown = person("ann", {});
  shown.set_display_name("A\x1b[31m");
  EXPECT_EQ(r->add_principal(machine, shown, "").code(), ec::config_invalid);
  EXPECT_TRUE(reopened()->now()->principals.empty());
  EXPECT_TRUE(audit().empty());
}

TEST_F(principals, a_role_that_somebody_holds_stays) {
  two_people();
  EXPECT_EQ(r->remove_role(machine, "hr").error().detail,
            "the role is held by ann; take it from them first");
  ASSERT_TRUE(r->update_principal(machine, with_roles("ann", {})));
  EXPECT_TRUE(r->remove_role(machine, "hr"));
}

TEST_F(principals, the_setup_token_makes_the_first_principal_once_within_an_hour) {
  auto t = r->renew_setup();
  ASSERT_TRUE(t);
  EXPECT_EQ(r->set_up("", "ann", good_password).code(), ec::unauthenticated);
  EXPECT_EQ(r->set_up(t->secret, "ann", "short").code(), ec::config_invalid);
  at += duration{3'600'000};
  EXPECT_EQ(r->set_up(t->secret, "ann", good_password).code(), ec::unauthenticated);
  const auto second = r->renew_setup();
  EXPECT_EQ(r->set_up(t->secret, "ann", good_password).code(), ec::unauthenticated);
  ASSERT_TRUE(r->set_up(second->secret, "ann", good_password));
  EXPECT_EQ(r->set_up(second->secret, "eve", good_password).code(), ec::unauthenticated);
  EXPECT_TRUE(signed_in("ann").may_all(all_rights()));
  EXPECT_EQ(r->renew_setup().code(), ec::conflict);
}

TEST_F(principals, without_a_setup_token_nobody_sets_a_node_up) {
  EXPECT_EQ(r->set_up("", "ann", good_password).code(), ec::unauthenticated);
  EXPECT_TRUE(r->now()->principals.empty());
}

TEST_F(principals, a_registry_that_another_has_taken_over_changes_nothing) {
  const auto newer = reopened();
  EXPECT_EQ(r->put_role(machine, role("x", AUDIT)).code(), ec::stale_epoch);
  EXPECT_TRUE(r->now()->roles.empty());
  EXPECT_TRUE(newer->put_role(machine, role("x", AUDIT)));
}

}  // namespace postroom::access
