#include "partitions/secret_reference.hpp"

#include <gtest/gtest.h>

#include "tests/partitions/fixtures.hpp"

namespace postroom::partitions::test {
namespace {

/// IT and HR, whose servers all sign in with stored secrets.
config::v1::Settings with_secrets() {
  config::v1::Settings out;
  for (const auto* id : {"IT", "HR"}) {
    auto p = valid_partition();
    p.set_id(id);
    p.mutable_incoming(0)->set_name(std::string{id} + "-in");
    p.mutable_incoming(0)->set_login(std::string{id} + "@example.org");
    p.mutable_incoming(0)->set_password("secret:imap");
    p.mutable_outgoing(0)->set_name(std::string{id} + "-out");
    p.mutable_outgoing(0)->set_login("sender");
    p.mutable_outgoing(0)->set_password("secret:smtp");
    *out.add_partitions() = p;
  }
  return out;
}

}  // namespace

TEST(secret_reference, a_name_is_taken_from_its_reference_and_from_nothing_else) {
  EXPECT_EQ(secret_name("secret:imap-1.A_b"), "imap-1.A_b");
  EXPECT_EQ(secret_name("secret:" + std::string(64, 'a')), std::string(64, 'a'));
  for (const auto& text : {std::string{"secret:"}, std::string{"secret:HR/imap"},
                           std::string{"secret:a b"}, "secret:" + std::string(65, 'a'),
                           std::string{"env:imap"}, std::string{"imap"}, std::string{}})
    EXPECT_FALSE(secret_name(text)) << text;
}

TEST(secret_reference, a_configuration_may_name_stored_secrets_but_not_those_of_others) {
  auto settings = with_secrets();
  EXPECT_TRUE(validate(settings).empty());
  settings.mutable_partitions(0)->mutable_incoming(0)->set_password("secret:HR/imap");
  const auto problems = validate(settings);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "incoming[0].password");
  EXPECT_EQ(problems[0].what.find("HR/imap"), std::string::npos) << "it may be the secret itself";
}

TEST(secret_reference, a_secret_that_is_not_there_is_a_problem_with_a_remedy) {
  const auto has = [](const std::string& partition, const std::string& name) {
    return partition == "IT" && name == "imap";
  };
  const auto problems = missing_secrets(with_secrets(), has);
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0], (problem{"IT", "outgoing[0].password",
                                  "names the secret \"smtp\", which partition IT does not have",
                                  "store it with `postroom secrets put IT/smtp`, or correct the "
                                  "name"}));
  EXPECT_EQ(problems[1].partition, "HR");
  EXPECT_EQ(problems[1].path, "incoming[0].password");
  EXPECT_TRUE(missing_secrets(with_secrets(), [](auto&, auto&) { return true; }).empty());
}

TEST(secret_reference, the_users_of_a_secret_are_named_also_those_that_are_off) {
  auto p = with_secrets().partitions(0);
  p.mutable_incoming(0)->set_active(false);
  p.mutable_outgoing(0)->set_password("secret:imap");
  EXPECT_EQ(users_of_secret(p, "imap"), (std::vector<std::string>{"IT-in", "IT-out"}));
  EXPECT_TRUE(users_of_secret(p, "smtp").empty());
}

}  // namespace postroom::partitions::test
