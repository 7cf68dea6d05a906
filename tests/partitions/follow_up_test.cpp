#include "partitions/follow_up.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

using namespace postroom;
using namespace postroom::partitions;
using record::v1::Call;

namespace {

constexpr int64_t day = 86'400'000;

Call call_of(uint64_t number, const std::string& user) {
  Call call;
  call.set_number(number);
  call.mutable_user()->set_address(user);
  call.mutable_logging_analyst()->set_address("Ana@example.org");
  call.add_participants("bob@example.org");
  return call;
}

struct choose_call_test : testing::Test {
  Call call = call_of(7, "Sam@example.org");
  reply mail{"sam@example.org", mail::trust::none, from_millis(100 * day)};
  config::v1::FollowUps settings;

  call_claim claim(claim_kind kind, const Call* about) {
    return {kind, about ? "IT-00000" + std::to_string(about->number()) : "HR-000001", about,
            "it says so"};
  }
  follow_up choose(const std::vector<call_claim>& claims) {
    return choose_call(claims, mail, settings);
  }
};

using kind = follow_up::kind;

}  // namespace

TEST_F(choose_call_test, a_mail_that_names_no_call_is_a_new_one) {
  EXPECT_EQ(choose({}).what, kind::new_call);
  EXPECT_TRUE(choose({}).related.empty());
}

TEST_F(choose_call_test, weak_evidence_counts_only_from_who_takes_part) {
  struct row {
    const char* sender;
    bool takes_part;
  };
  for (const auto& r :
       {row{"sam@example.org", true}, row{"ana@example.org", true}, row{"bob@example.org", true},
        row{"eve@example.org", false}, row{"", false}})
    for (auto how : {claim_kind::message, claim_kind::subject}) {
      mail.sender = r.sender;
      const auto got = choose({claim(how, &call)});
      EXPECT_EQ(got.what, r.takes_part ? kind::update : kind::new_call) << r.sender;
      EXPECT_EQ(got.related.size(), r.takes_part ? 0u : 1u) << r.sender;
    }
}

TEST_F(choose_call_test, a_reference_signed_for_the_sender_counts_without_taking_part) {
  mail.sender = "eve@example.org";
  const auto got = choose({claim(claim_kind::signed_for_sender, &call)});
  EXPECT_EQ(got.what, kind::update);
  EXPECT_EQ(got.call, &call);
  EXPECT_EQ(got.evidence, "The mail belongs to call IT-000007: it says so.");
}

TEST_F(choose_call_test, a_sender_proved_wrong_needs_the_signed_reference) {
  mail.trust = mail::trust::unaligned;
  EXPECT_EQ(choose({claim(claim_kind::message, &call)}).what, kind::new_call);
  EXPECT_EQ(choose({claim(claim_kind::subject, &call)}).what, kind::new_call);
  EXPECT_EQ(choose({claim(claim_kind::signed_for_sender, &call)}).what, kind::update);
}

TEST_F(choose_call_test, a_person_takes_part_by_any_of_their_addresses) {
  struct row {
    uint64_t id;
    const char* address;  ///< another one of the sender's
    bool takes_part;
  };
  call.mutable_user()->set_person(9);
  call.mutable_logging_analyst()->set_person(8);
  for (const auto& r : {row{9, "x@example.net", true}, row{8, "x@example.net", true},
                        row{7, "Bob@example.org", true}, row{7, "SAM@example.org", true},
                        row{7, "x@example.net", false}, row{0, "x@example.net", false}}) {
    record::v1::Person person;
    person.set_id(r.id);
    person.add_addresses("mobile@example.net");
    person.add_addresses(r.address);
    mail.person = &person;
    mail.sender = "mobile@example.net";
    for (const auto how : {mail::trust::none, mail::trust::aligned, mail::trust::unaligned}) {
      mail.trust = how;
      const bool counts = r.takes_part && how != mail::trust::unaligned;
      const auto got = choose({claim(claim_kind::subject, &call)});
      EXPECT_EQ(got.what, counts ? kind::update : kind::new_call) << r.id << r.address;
      EXPECT_EQ(got.evidence, counts ? "The mail belongs to call IT-000007: it says so, and its "
                                       "sender takes part in it by another address."
                                     : "");
    }
  }
}

TEST_F(choose_call_test, an_active_analyst_of_the_partition_takes_part_when_proved) {
  record::v1::Person bob;
  bob.set_id(7);
  bob.set_partition("IT");
  bob.set_active(true);
  bob.set_analyst(true);
  mail.person = &bob;
  mail.sender = "robert@example.org";
  call.set_partition("IT");
  const auto counts = [&] {
    return choose({claim(claim_kind::message, &call)}).what == kind::update;
  };
  for (const auto how : {mail::trust::none, mail::trust::aligned, mail::trust::unaligned}) {
    mail.trust = how;
    EXPECT_EQ(counts(), how == mail::trust::aligned);
  }
  mail.trust = mail::trust::aligned;
  bob.set_active(false);
  EXPECT_FALSE(counts());
  bob.set_active(true);
  bob.set_analyst(false);
  EXPECT_FALSE(counts());
  bob.set_analyst(true);
  bob.set_partition("HR");
  EXPECT_FALSE(counts()) << "an analyst of another partition";
}

TEST_F(choose_call_test, a_reference_signed_for_a_group_counts_unless_the_sender_is_proved_wrong) {
  mail.sender = "member@example.org";
  for (const auto how : {mail::trust::none, mail::trust::aligned, mail::trust::unaligned}) {
    mail.trust = how;
    EXPECT_EQ(choose({claim(claim_kind::signed_for_group, &call)}).what,
              how == mail::trust::unaligned ? kind::new_call : kind::update);
  }
}

TEST_F(choose_call_test, the_strongest_evidence_wins_and_then_the_first) {
  const Call other = call_of(8, "sam@example.org");
  EXPECT_EQ(choose({claim(claim_kind::subject, &other), claim(claim_kind::message, &call)}).call,
            &call);
  EXPECT_EQ(choose({claim(claim_kind::message, &other), claim(claim_kind::message, &call)}).call,
            &other);
}

TEST_F(choose_call_test, what_does_not_count_becomes_a_link) {
  const auto got =
      choose({claim(claim_kind::subject, nullptr), claim(claim_kind::subject, nullptr)});
  EXPECT_EQ(got.what, kind::new_call);
  ASSERT_EQ(got.related.size(), 1u);
  EXPECT_EQ(got.related[0].call(), "HR-000001");
  EXPECT_EQ(got.related[0].why(), "it says so, but it is no call of this partition");
}

TEST_F(choose_call_test, links_are_bounded) {
  std::vector<Call> calls;
  std::vector<call_claim> claims;
  for (uint64_t n = 1; n <= 9; ++n) calls.push_back(call_of(n, "ann@example.org"));
  mail.sender = "eve@example.org";
  for (const auto& c : calls) claims.push_back(claim(claim_kind::message, &c));
  EXPECT_EQ(choose(claims).related.size(), 5u);
}

TEST_F(choose_call_test, a_reply_to_a_closed_call_opens_it_or_not_by_setting_and_age) {
  struct row {
    const char* closed;
    const char* within;
    int64_t age;  // days
    kind what;
  };
  call.set_state(record::v1::CLOSED);
  for (const auto& r :
       {row{"", "", 1, kind::reopen}, row{"", "", 30, kind::reopen},
        row{"", "", 31, kind::new_call}, row{"reopen", "2d", 2, kind::reopen},
        row{"reopen", "2d", 3, kind::new_call}, row{"new_call", "", 1, kind::new_call}}) {
    settings.set_closed(r.closed);
    settings.set_reopen_within(r.within);
    call.set_closed_at((100 - r.age) * day);
    const auto got = choose({claim(claim_kind::message, &call)});
    EXPECT_EQ(got.what, r.what) << r.closed << r.within << r.age;
    if (r.what == kind::new_call) {
      EXPECT_EQ(got.related.at(0).why(), "it says so, but that call is closed");
    }
  }
}

TEST(add_participants, is_bounded_and_leaves_our_own_addresses_out) {
  const partition_model model(test::valid_partition(), {}, 1);
  Call call;
  mail::parsed_mail mail;
  mail.from.addr = "sam@example.org";
  mail.to.push_back({"", "answers@example.org"});
  mail.to.push_back({"", "answers+IT-000007.abcdefghijklmnopqrstuvwxyz@example.org"});
  for (int i = 0; i < 300; ++i) mail.to.push_back({"", "p" + std::to_string(i) + "@example.org"});
  add_participants(call, mail, model);
  EXPECT_EQ(call.participants_size(), 200);
  EXPECT_EQ(call.participants(1), "p0@example.org");
}
