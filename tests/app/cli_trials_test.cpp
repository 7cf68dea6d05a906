#include "tests/app/cli_fixture.hpp"
#include "tests/partitions/fixtures.hpp"

namespace postroom::app {

TEST_F(cli, a_draft_of_a_server_with_problems_is_not_tried_and_they_are_listed) {
  settings_answer = partitions::test::valid_settings();
  const auto draft = file("it.yaml", partition_yaml("IT") +
                                         "incoming: [{name: it-in, protocol: IMAP, host: a/b, "
                                         "login: it, password: env:X, call_template: Nope}]\n"
                                         "outgoing: [{name: it-out, protocol: SMTP, host: h, "
                                         "from: nobody}]\n");
  EXPECT_EQ(run({"servers", "test-incoming", "it-in", "--file", draft}), exit_problems)
      << err.str();
  EXPECT_TRUE(shows("server.host")) << out.str();
  EXPECT_TRUE(shows("server.call_template")) << out.str();
  EXPECT_FALSE(shows("took")) << out.str();
  EXPECT_EQ(run({"servers", "test-outgoing", "it-out", "--to", "a@b.example", "--file", draft}),
            exit_problems)
      << err.str();
  EXPECT_TRUE(shows("server.from")) << out.str();
}

}  // namespace postroom::app
