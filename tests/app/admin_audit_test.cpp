#include "app/admin_audit.hpp"

#include "base/digest.hpp"
#include "tests/app/audited.hpp"

namespace postroom::app {
namespace {

using access::right;
using list = std::vector<std::string>;

struct admin_audit : testing::Test, audited {
  admin_audit() {
    backend.units = units;
    backend.engine = [this] { return engine; };
    of_it(10, "outbox retried");
    of_node(20, "settings changed");
    of_hr(30, "quarantine discarded", "bob");
    of_it(40, "outbox cancelled", "bob");
    of_node(50, "secret changed", "HR");
  }
  static access::caller auditor_of(const std::string& partition) {
    return {"a", "", {{right::AUDIT, {false, {partition}}}}};
  }
  list listed(const admin::v1::ListAuditRequest& request,
              const access::caller& caller = access::caller::machine_operator("root", "")) {
    auto got = list_audit(backend, request, caller);
    EXPECT_TRUE(got) << got.error().text();
    list out;
    if (got)
      for (const auto& item : got->items())
        out.push_back(item.unit() + " " + std::to_string(item.entry().at()));
    return out;
  }
  admin_backend backend;
  admin::v1::ListAuditRequest all;
};

}  // namespace

TEST_F(admin_audit, whoever_may_read_all_sees_every_chain_newest_first) {
  EXPECT_EQ(listed(all), (list{"settings 50", "partition-IT 40", "partition-HR 30", "settings 20",
                               "partition-IT 10"}));
}

TEST_F(admin_audit, an_auditor_of_one_partition_sees_that_one_alone) {
  EXPECT_EQ(listed(all, auditor_of("IT")), (list{"partition-IT 40", "partition-IT 10"}));
  EXPECT_EQ(listed(all, auditor_of("XX")), list{});
  const access::caller other{"q", "", {{right::QUARANTINE, {true, {}}}}};
  EXPECT_EQ(listed(all, other), list{});
}

TEST_F(admin_audit, a_partition_is_asked_for_with_what_the_node_did_for_it) {
  all.set_partition("HR");
  EXPECT_EQ(listed(all), (list{"settings 50", "partition-HR 30"}));
  EXPECT_EQ(listed(all, auditor_of("HR")), list{"partition-HR 30"});
  EXPECT_EQ(list_audit(backend, all, auditor_of("IT")).error().detail,
            "partition HR is not open; open are: IT");
  all.set_partition("XX");
  EXPECT_EQ(list_audit(backend, all, {}).code(), ec::not_found);
}

TEST_F(admin_audit, entries_are_found_by_who_what_since_and_until) {
  all.set_who("bob");
  EXPECT_EQ(listed(all), (list{"partition-IT 40", "partition-HR 30"}));
  all.clear_who();
  all.set_what("OUTBOX");
  EXPECT_EQ(listed(all), (list{"partition-IT 40", "partition-IT 10"}));
  all.clear_what();
  all.set_since(20);
  all.set_until(40);
  EXPECT_EQ(listed(all), (list{"partition-HR 30", "settings 20"}));
}

TEST_F(admin_audit, pages_join_without_loss_or_repetition) {
  list together;
  all.set_page_size(2);
  for (;;) {
    const auto page = list_audit(backend, all, access::caller::machine_operator("root", ""));
    ASSERT_TRUE(page);
    EXPECT_LE(page->items_size(), 2);
    for (const auto& item : page->items()) together.push_back(std::to_string(item.entry().at()));
    if (page->next_page_token().empty()) break;
    all.set_page_token(page->next_page_token());
  }
  EXPECT_EQ(together, (list{"50", "40", "30", "20", "10"}));
}

TEST_F(admin_audit, an_untouched_audit_is_intact_and_agrees_with_heads_kept_elsewhere) {
  const auto heads = audit_heads(backend);
  ASSERT_TRUE(heads);
  ASSERT_EQ(heads->heads_size(), 3);
  EXPECT_EQ(heads->heads(1).unit(), "partition-IT");
  EXPECT_EQ(heads->heads(1).sequence(), 2u);
  of_it(60, "later");
  admin::v1::VerifyAuditRequest request;
  *request.mutable_expected() = heads->heads();
  const auto verdict = verify_audit(backend, request);
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->intact());
  EXPECT_EQ(verdict->units(1).head().sequence(), 3u);
}

TEST_F(admin_audit, what_is_missing_is_named_by_unit_and_entry) {
  lose(*settings, settings_owner, 2);
  const auto verdict = verify_audit(backend, {});
  ASSERT_TRUE(verdict);
  EXPECT_FALSE(verdict->intact());
  EXPECT_EQ(verdict->units(0).broken(), "");
  EXPECT_EQ(verdict->units(2).head().unit(), "settings");
  EXPECT_EQ(verdict->units(2).broken_at(), 2u);
  EXPECT_TRUE(verdict->units(2).broken().starts_with("entry 2: the chain ends before it"))
      << verdict->units(2).broken();
}

TEST_F(admin_audit, an_expected_head_that_differs_or_whose_unit_is_gone_breaks_the_verdict) {
  admin::v1::VerifyAuditRequest request;
  auto* head = request.add_expected();
  head->set_unit("partition-IT");
  head->set_sequence(1);
  head->set_hash(std::string(64, 'A'));
  EXPECT_FALSE(verify_audit(backend, request)->intact());
  head->set_unit("partition-GONE");
  const auto verdict = verify_audit(backend, request);
  EXPECT_FALSE(verdict->intact());
  EXPECT_EQ(verdict->units(3).broken(), "entry 1: it is expected, but there is no such unit");
}

TEST_F(admin_audit, an_expected_head_that_is_none_is_refused) {
  admin::v1::VerifyAuditRequest request;
  request.add_expected()->set_unit("settings");
  for (const auto& hash : {std::string{}, std::string(63, 'a'), std::string(64, 'g')}) {
    request.mutable_expected(0)->set_hash(hash);
    EXPECT_EQ(verify_audit(backend, request).code(), ec::config_invalid) << hash;
  }
  request.mutable_expected(0)->set_hash(std::string(64, 'a'));
  *request.add_expected() = request.expected(0);
  EXPECT_EQ(verify_audit(backend, request).code(), ec::config_invalid);
}

}  // namespace postroom::app
