#include "actors/ingest.hpp"
#include "mail/mail.hpp"
#include "tests/app/trials_fixture.hpp"

namespace postroom::app {
namespace {

struct dry_run_test : trials_test {
  admin::v1::DryRunRequest uploaded(const std::string& eml) {
    admin::v1::DryRunRequest r;
    r.set_partition("IT");
    r.set_server("it-in");
    r.set_eml(eml);
    return r;
  }
  /// Mail 5, taken before as UID 4, that became what `outcome` says.
  admin::v1::DryRunRequest stored(record::v1::Outcome outcome, uint64_t call) {
    record::v1::LedgerEntry e;
    e.mutable_key()->set_mailbox("it-in");
    e.mutable_key()->set_uid(4);
    e.set_outcome(outcome);
    e.set_call(call);
    e.set_mail(5);
    it.put(storage::keys::ledger(e.key()), e.SerializeAsString());
    it.mail(5, {raw_mail}, raw_mail.size());
    record::v1::Mail m;
    EXPECT_TRUE(m.ParseFromString(**it.unit().store->get(storage::keys::mail(mail_id{5}))));
    *m.mutable_key() = e.key();
    it.put(storage::keys::mail(mail_id{5}), m.SerializeAsString());
    it.put(storage::keys::dedupe(mail::parse(raw_mail)->content_hash), e.key().SerializeAsString());
    admin::v1::DryRunRequest r;
    r.set_partition("IT");
    r.set_mail(5);
    return r;
  }
  admin::v1::DryRunResponse run(const admin::v1::DryRunRequest& r) {
    auto got = dry_run(backend, r, operator_);
    EXPECT_TRUE(got) << got.error().text();
    return got ? *got : admin::v1::DryRunResponse{};
  }
  std::map<std::string, std::string> contents() {
    std::map<std::string, std::string> out;
    EXPECT_TRUE(it.unit().store->scan(
        {}, [&](std::string_view k, std::string_view v) { return out.emplace(k, v), true; }));
    return out;
  }
};

TEST_F(dry_run_test, tells_to_whom_a_rule_would_send_the_mail_on_whatever_becomes_of_it) {
  auto& r = *saved.add_rules();
  r.set_name("net");
  r.mutable_then()->set_forward("net@example.net");
  EXPECT_EQ(run(uploaded(raw_mail)).forwarded(0), "net@example.net");
  r.mutable_then()->set_suppress("network");
  const auto got = run(uploaded(raw_mail));
  EXPECT_EQ(got.outcome(), "suppressed:network");
  EXPECT_EQ(got.forwarded(0), "net@example.net");
}

TEST_F(dry_run_test, an_uploaded_mail_shows_its_call_why_and_its_acknowledgement) {
  const auto before = contents();
  const auto got = run(uploaded(raw_mail));
  EXPECT_EQ(got.outcome(), "logged");
  EXPECT_EQ(got.call().subject(), "red");
  EXPECT_EQ(got.call().priority(), "2 High");
  EXPECT_EQ(got.call().number(), 0u);
  EXPECT_GT(got.call().decision().notes_size(), 3);
  EXPECT_EQ(got.call().decision().settings_version(), 4u);
  EXPECT_EQ(got.acknowledgement().recipients(0).address(), "una@example.com");
  EXPECT_FALSE(got.has_became());
  EXPECT_EQ(contents(), before) << "nothing is written";
  EXPECT_TRUE(asked.as_if) << "nobody is created";
}

TEST_F(dry_run_test, a_stored_mail_stands_next_to_what_it_became) {
  const auto request = stored(record::v1::LOGGED, 12);
  it.call(12, 10, "red");
  const auto got = run(request);
  EXPECT_EQ(got.outcome(), "logged") << "it is no duplicate of itself";
  EXPECT_EQ(got.became().call(), 12u);
  EXPECT_EQ(got.became_call().number(), 12u);
}

TEST_F(dry_run_test, a_draft_is_tried_instead_of_the_saved_configuration) {
  auto request = stored(record::v1::QUARANTINED, 0);
  *request.mutable_draft() = saved;
  request.mutable_draft()->mutable_templates(0)->set_impact("High");
  const auto got = run(request);
  EXPECT_EQ(got.call().priority(), "1 Critical");
  EXPECT_EQ(asked.as_if->call_template("Email")->impact(), "High");
}

TEST_F(dry_run_test, a_draft_with_problems_tries_nothing_and_lists_them) {
  auto request = uploaded(raw_mail);
  *request.mutable_draft() = saved;
  request.mutable_draft()->mutable_templates(0)->set_impact("Nope");
  const auto got = run(request);
  ASSERT_GT(got.problems_size(), 0);
  EXPECT_EQ(got.problems(0).path(), "templates[0].impact");
  EXPECT_EQ(got.outcome(), "");
}

TEST_F(dry_run_test, a_second_copy_shows_the_first_one) {
  stored(record::v1::LOGGED, 12);
  it.call(12, 10, "red");
  const auto got = run(uploaded(raw_mail));
  EXPECT_EQ(got.outcome(), "suppressed:duplicate");
  EXPECT_EQ(got.became().call(), 12u);
}

TEST_F(dry_run_test, a_mail_that_is_none_would_go_to_the_quarantine) {
  EXPECT_EQ(run(uploaded("\r\n\r\n")).outcome(), "quarantined:mail_unparsable");
  incoming().set_max_mail_size("1MiB");
  const auto got = run(uploaded(raw_mail + std::string(1u << 20, 'x')));
  EXPECT_EQ(got.outcome(), "quarantined:mail_too_large");
  EXPECT_NE(got.note().find("the limit is 1048576"), std::string::npos);
}

TEST_F(dry_run_test, who_may_not_see_calls_sees_no_stored_mail_and_no_call) {
  auto request = stored(record::v1::LOGGED, 12);
  it.call(12, 10, "red");
  const auto refused = dry_run(backend, request, it_only);
  EXPECT_EQ(refused.code(), ec::not_found);
  EXPECT_EQ(refused.error().detail, "there is no mail IT/5 that you may see");
  request.set_mail(6);
  EXPECT_EQ(dry_run(backend, request, it_only).error().detail,
            "there is no mail IT/6 that you may see")
      << "one that is not there looks the same";
  const auto got = dry_run(backend, uploaded(raw_mail), it_only);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_FALSE(got->has_became() || got->has_became_call());
}

TEST_F(dry_run_test, a_mail_in_the_quarantine_takes_that_right_and_no_other) {
  const auto request = stored(record::v1::QUARANTINED, 0);
  it.quarantine(5, 10);
  const auto reader = with_rights({admin::v1::QUARANTINE});
  const auto viewer = with_rights({admin::v1::VIEW_CALLS});
  EXPECT_EQ(dry_run(backend, request, viewer).code(), ec::not_found);
  const auto got = dry_run(backend, request, reader);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->outcome(), "logged");
  EXPECT_FALSE(got->has_became()) << "that is the ledger's, which takes VIEW_CALLS";
  it.erase(storage::keys::quarantine(mail_id{5}));
  EXPECT_TRUE(dry_run(backend, request, viewer)) << "it has left the quarantine";
  EXPECT_EQ(dry_run(backend, request, reader).code(), ec::not_found);
}

TEST_F(dry_run_test, who_may_set_up_one_partition_meets_nobody_of_others_and_no_version) {
  const auto viewer = with_rights({admin::v1::VIEW_CALLS});
  auto request = stored(record::v1::LOGGED, 12);
  it.call(12, 10, "red");
  record::v1::Call known;
  known.set_number(12);
  known.mutable_decision()->set_settings_version(3);
  it.put(storage::keys::call(call_number{12}), known.SerializeAsString());
  auto got = dry_run(backend, request, viewer);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_TRUE(asked.own_only);
  EXPECT_EQ(got->call().decision().settings_version(), 0U);
  EXPECT_EQ(got->became_call().number(), 12U);
  EXPECT_EQ(got->became_call().decision().settings_version(), 0U);
  got = run(request);
  EXPECT_FALSE(asked.own_only);
  EXPECT_EQ(got->call().decision().settings_version(), 4U);
  EXPECT_EQ(got->became_call().decision().settings_version(), 3U);
}

TEST_F(dry_run_test, a_partition_that_is_not_open_names_only_those_the_caller_may_set_up) {
  auto elsewhere = saved;
  elsewhere.set_id("LEGAL");
  backend.settings = [&]() -> result<actors::settings_document> {
    actors::settings_document out;
    *out.settings.add_partitions() = elsewhere;
    return out;
  };
  auto request = uploaded(raw_mail);
  request.set_partition("LEGAL");
  const access::caller legal{
      "lea", "there", {{admin::v1::SYSTEM_SETUP, access::extent{false, {"LEGAL"}}}}};
  EXPECT_EQ(dry_run(backend, request, legal).error().detail,
            "partition LEGAL is not open; open are: none");
}

TEST_F(dry_run_test, waits_at_the_gate_of_all_trials) {
  const auto own = backend.gate->enter("IT");
  const auto refused = dry_run(backend, uploaded(raw_mail), operator_);
  EXPECT_EQ(refused.code(), ec::overloaded);
  admin::v1::TestOutgoingRequest other;
  other.set_partition("IT");
  other.add_to("una@example.com");
  EXPECT_EQ(refused.error().text(), test_outgoing(backend, other, operator_).error().text());
}

TEST_F(dry_run_test, what_is_asked_wrongly_is_refused_by_name) {
  EXPECT_EQ(dry_run(backend, uploaded(""), operator_).error().detail,
            "mail, eml: give one of them");
  auto both = uploaded(raw_mail);
  both.set_mail(5);
  EXPECT_EQ(dry_run(backend, both, operator_).code(), ec::config_invalid);
  auto nowhere = uploaded(raw_mail);
  nowhere.set_server("nope");
  EXPECT_EQ(dry_run(backend, nowhere, operator_).code(), ec::config_invalid);
  admin::v1::DryRunRequest unknown;
  unknown.set_partition("IT");
  unknown.set_mail(99);
  EXPECT_EQ(dry_run(backend, unknown, operator_).code(), ec::not_found);
}

}  // namespace
}  // namespace postroom::app
