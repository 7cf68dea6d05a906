#include "app/secrets.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "app/channel_settings.hpp"
#include "tests/app/stored_secrets.hpp"

namespace postroom::app {
namespace {

struct resolver : testing::Test {
  std::unique_ptr<storage::engine> engine = storage::make_memory_engine();
  std::unique_ptr<secrets::vault> vault = vault_in(*engine, "a");
  resolve_fn resolve = resolver_of(*vault, partition_id{"IT"});

  void SetUp() override {
    ASSERT_TRUE(vault->put({"IT", "imap"}, "hunter2", {"olga", "", "", {}}));
    ASSERT_TRUE(vault->put({"HR", "smtp"}, "hunter3", {"olga", "", "", {}}));
  }
};

}  // namespace

TEST_F(resolver, a_server_signs_in_with_the_stored_secret_that_it_names) {
  config::v1::IncomingServer in;
  in.set_password("secret:imap");
  EXPECT_EQ(inbound_settings_of(partition_id{"IT"}, in, resolve)->server.password, "hunter2");
  config::v1::OutgoingServer to;
  to.set_password("secret:imap");
  EXPECT_EQ(outbound_settings_of(partition_id{"IT"}, to, resolve)->server.password, "hunter2");
}

TEST_F(resolver, requests_of_a_server_are_made_on_behalf_of_its_partition) {
  const partition_id it{"IT"};
  EXPECT_EQ(inbound_settings_of(it, config::v1::IncomingServer{}, resolve)->server.owner, "IT");
  EXPECT_EQ(outbound_settings_of(it, config::v1::OutgoingServer{}, resolve)->server.owner, "IT");
}

TEST_F(resolver, the_secret_of_another_partition_is_not_there_and_the_error_names_the_remedy) {
  for (const auto* reference : {"secret:smtp", "secret:HR/smtp"}) {
    const auto got = resolve(reference);
    EXPECT_EQ(got.code(), ec::config_invalid) << reference;
    EXPECT_EQ(got.error().detail.find("hunter"), std::string::npos);
  }
  EXPECT_NE(resolve("secret:smtp").error().detail.find("postroom secrets put IT/smtp"),
            std::string::npos);
}

TEST_F(resolver, references_to_the_environment_and_to_files_work_without_any_key) {
  vault = nullptr;
  vault = vault_in(*engine, "");
  ASSERT_EQ(::setenv("POSTROOM_TEST_SECRET", "from outside", 1), 0);
  const auto bare = resolver_of(*vault, partition_id{"IT"});
  EXPECT_EQ(*bare("env:POSTROOM_TEST_SECRET"), "from outside");
  EXPECT_EQ(*bare(""), "");
  EXPECT_EQ(bare("plain text").code(), ec::config_invalid);
}

TEST_F(resolver, a_file_that_others_may_read_is_refused_with_the_remedy) {
  std::string path = testing::TempDir() + "postroom-secret-XXXXXX";
  const int fd = ::mkstemp(path.data());
  ASSERT_EQ(::write(fd, "from a file\n", 12), 12);
  EXPECT_EQ(*resolve("file:" + path), "from a file");
  ASSERT_EQ(::fchmod(fd, 0644), 0);
  EXPECT_EQ(resolve("file:" + path).code(), ec::config_invalid);
  EXPECT_NE(resolve("file:" + path).error().detail.find("chmod 600 " + path), std::string::npos);
  const auto folder = path.substr(0, path.rfind('/'));
  ASSERT_EQ(::setenv("CREDENTIALS_DIRECTORY", folder.c_str(), 1), 0);
  EXPECT_TRUE(resolve("file:" + path)) << "systemd keeps its folder closed";
  ::unsetenv("CREDENTIALS_DIRECTORY");
  ::close(fd);
  ::unlink(path.c_str());
}

TEST_F(resolver, actors_learn_that_a_secret_is_there_and_that_it_changed) {
  const auto names = names_of(*vault);
  EXPECT_TRUE(names->has("IT", "imap"));
  EXPECT_FALSE(names->has("HR", "imap"));
  const auto before = names->revision("IT", "imap");
  ASSERT_TRUE(vault->put({"IT", "imap"}, "new", {"olga", "", "", {}}));
  EXPECT_NE(names->revision("IT", "imap"), before);
  const auto held = names->hold();
  EXPECT_TRUE(held.owns_lock());
}

}  // namespace postroom::app
