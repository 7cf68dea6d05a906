#include "app/node_config.hpp"

#include <gtest/gtest.h>

#include "app/admin_listen.hpp"
#include "app/cli_files.hpp"
#include "app/data_dir.hpp"
#include "app/secrets.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace postroom;

namespace {

struct bad_node {
  const char* path;
  void (*spoil)(config::v1::Node&);
};

config::v1::Node good_node() {
  config::v1::Node node;
  node.set_data_dir("/var/lib/postroom");
  return node;
}

config::v1::Node listening_node(const char* address) {
  auto node = good_node();
  node.set_admin_listen(address);
  node.mutable_admin_tls()->set_certificate_file("server.pem");
  node.mutable_admin_tls()->set_key_file("server.key");
  return node;
}

}  // namespace

TEST(node_config, a_plain_node_has_no_problems) {
  EXPECT_TRUE(app::node_problems(good_node()).empty());
}

TEST(node_config, each_wrong_setting_is_named) {
  for (const auto& c : {
           bad_node{"data_dir", [](auto& n) { n.clear_data_dir(); }},
           bad_node{"log.level", [](auto& n) { n.mutable_log()->set_level("loud"); }},
           bad_node{"log.format", [](auto& n) { n.mutable_log()->set_format("xml"); }},
           bad_node{"scheduler_threads", [](auto& n) { n.set_scheduler_threads(65); }},
           bad_node{"store_threads", [](auto& n) { n.set_store_threads(1000); }},
           bad_node{"shutdown_deadline", [](auto& n) { n.set_shutdown_deadline("soon"); }},
           bad_node{"shutdown_deadline", [](auto& n) { n.set_shutdown_deadline("1h"); }},
           bad_node{"secrets_key", [](auto& n) { n.set_secrets_key(std::string(64, 'a')); }},
           bad_node{"secrets_old_keys", [](auto& n) { n.add_secrets_old_keys("env:OLD"); }},
           bad_node{"secrets_old_keys[1]",
                    [](auto& n) {
                      n.set_secrets_key("file:/k");
                      n.add_secrets_old_keys("credential:old");
                      n.add_secrets_old_keys("credential:../old");
                    }},
       }) {
    auto node = good_node();
    c.spoil(node);
    auto problems = app::node_problems(node);
    ASSERT_EQ(problems.size(), 1u) << c.path;
    EXPECT_EQ(problems[0].path, c.path);
    EXPECT_FALSE(problems[0].remedy.empty());
    EXPECT_EQ(problems[0].what.find("aaaa"), std::string::npos) << "it may be the key itself";
  }
}

TEST(node_config, an_admin_address_on_loopback_with_its_files_has_no_problems) {
  for (const auto* address : {"127.0.0.1:8443", "127.9.9.9:1", "[::1]:8443", "localhost:8443"})
    EXPECT_TRUE(app::node_problems(listening_node(address)).empty()) << address;
}

TEST(node_config, a_notification_url_is_https_and_leads_to_a_listener_that_lets_graph_in) {
  const auto paths = [](const config::v1::Node& node) {
    std::vector<std::string> out;
    for (const auto& p : app::node_problems(node)) out.push_back(p.path);
    return out;
  };
  const std::vector<std::string> complaint{"notification_url"};
  auto node = listening_node("127.0.0.1:8443");
  for (const auto* good :
       {"https://desk.example.org/graph/notifications", "https://desk.example.org:8443/hook?a=b"}) {
    node.set_notification_url(good);
    EXPECT_TRUE(paths(node).empty()) << good;
  }
  for (const auto* bad : {"http://desk.example.org/graph/notifications", "https://",
                          "https:///graph", "desk.example.org", "https://me@desk.example.org/",
                          "https://desk.example.org/#a", "https://desk example.org/"}) {
    node.set_notification_url(bad);
    EXPECT_EQ(paths(node), complaint) << bad;
  }
  node.set_notification_url("https://desk.example.org/" + std::string(1'000, 'a'));
  EXPECT_EQ(paths(node), complaint);
  node.set_notification_url("https://desk.example.org/graph/notifications");
  node.mutable_admin_tls()->set_client_ca_file("ca.pem");
  EXPECT_EQ(paths(node), complaint) << "client certificates are required, and Graph has none";
  node.mutable_admin_tls()->set_client_certificate("optional");
  EXPECT_TRUE(paths(node).empty());
  auto deaf = good_node();
  deaf.set_notification_url("https://desk.example.org/graph/notifications");
  EXPECT_EQ(paths(deaf), complaint) << "nothing listens";
}

TEST(node_config, an_admin_address_that_others_can_reach_must_be_wanted) {
  for (const auto* address :
       {":8443", "0.0.0.0:8443", "[::]:8443", "192.0.2.1:8443", "help.example.org:8443",
        "localhost.example.org:8443", "127.0.0.1.example.org:8443", "1270.0.0.1:8443"}) {
    auto node = listening_node(address);
    const auto problems = app::node_problems(node);
    ASSERT_EQ(problems.size(), 1u) << address;
    EXPECT_EQ(problems[0].path, "admin_listen");
    EXPECT_NE(problems[0].remedy.find("admin_listen_beyond_loopback"), std::string::npos);
    node.set_admin_listen_beyond_loopback(true);
    EXPECT_TRUE(app::node_problems(node).empty()) << address;
  }
}

TEST(node_config, each_wrong_setting_of_the_admin_address_is_named) {
  for (const auto& c : {
           bad_node{"admin_listen", [](auto& n) { n.set_admin_listen("8443"); }},
           bad_node{"admin_listen", [](auto& n) { n.set_admin_listen("127.0.0.1:70000"); }},
           bad_node{"admin_tls.certificate_file",
                    [](auto& n) { n.mutable_admin_tls()->clear_certificate_file(); }},
           bad_node{"admin_tls.key_file", [](auto& n) { n.mutable_admin_tls()->clear_key_file(); }},
           bad_node{"admin_tls.client_certificate",
                    [](auto& n) { n.mutable_admin_tls()->set_client_certificate("maybe"); }},
           bad_node{"admin_tls.client_ca_file",
                    [](auto& n) { n.mutable_admin_tls()->set_client_certificate("required"); }},
           bad_node{"admin_tls.client_certificate",
                    [](auto& n) {
                      n.mutable_admin_tls()->set_client_ca_file("ca.pem");
                      n.mutable_admin_tls()->set_client_certificate("none");
                    }},
       }) {
    auto node = listening_node("127.0.0.1:8443");
    c.spoil(node);
    const auto problems = app::node_problems(node);
    ASSERT_EQ(problems.size(), 1u) << c.path;
    EXPECT_EQ(problems[0].path, c.path);
    EXPECT_FALSE(problems[0].remedy.empty());
  }
}

TEST(node_config, a_client_ca_alone_makes_client_certificates_required) {
  auto node = listening_node("127.0.0.1:8443");
  EXPECT_FALSE(app::https_of(good_node()));
  EXPECT_EQ(app::https_of(node)->tls.clients, api::client_certificate::none);
  node.mutable_admin_tls()->set_client_ca_file("ca.pem");
  EXPECT_EQ(app::https_of(node)->tls.clients, api::client_certificate::required);
  node.mutable_admin_tls()->set_client_certificate("optional");
  EXPECT_EQ(app::https_of(node)->tls.clients, api::client_certificate::optional);
}

TEST(node_config, all_problems_are_listed_at_once) {
  config::v1::Node node;
  node.mutable_log()->set_level("loud");
  node.set_shutdown_deadline("0s");
  EXPECT_EQ(app::node_problems(node).size(), 3u);
}

TEST(node_config, problems_of_meaning_are_shown_at_their_lines) {
  std::vector<config::file_problem> problems;
  (void)app::checked_node("data_dir: /x\nstore_threads: 65\nlog:\n  level: loud\n", "n.yaml",
                          problems);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(app::render_problem(problems[0]),
            "n.yaml:4: log.level: \"loud\" is not known; use one of: debug, info, warn, error");
  EXPECT_EQ(problems[1].line, 2u);
}

TEST(secrets, come_from_the_environment_or_a_file_without_its_line_end) {
  ::setenv("POSTROOM_TEST_SECRET", "s3cret", 1);
  EXPECT_EQ(*app::resolve_secret("env:POSTROOM_TEST_SECRET"), "s3cret");
  auto path = testing::TempDir() + "secret-" + std::to_string(::getpid());
  std::ofstream{path} << "from file\r\n";
  std::filesystem::permissions(path, std::filesystem::perms{0600});
  EXPECT_EQ(*app::resolve_secret("file:" + path), "from file");
  std::remove(path.c_str());
  EXPECT_EQ(app::resolve_secret("file:" + path).code(), ec::config_invalid);
}

TEST(secrets, are_read_from_short_regular_files_only_and_nothing_is_waited_for) {
  const auto path = testing::TempDir() + "no-secret-" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(app::resolve_secret("file:" + path).code(), ec::config_invalid);
  std::remove(path.c_str());
  for (const char* odd : {"/dev/zero", "/tmp", "/nowhere/at/all"}) {
    const auto got = app::resolve_secret(std::string{"file:"} + odd);
    ASSERT_EQ(got.code(), ec::config_invalid) << odd;
    EXPECT_NE(got.error().detail.find(odd), std::string::npos);
  }
  std::ofstream{path} << std::string(16u << 10, 'x');
  std::filesystem::permissions(path, std::filesystem::perms{0600});
  EXPECT_EQ(app::resolve_secret("file:" + path)->size(), 16u << 10);
  std::ofstream{path, std::ios::app} << "y";
  EXPECT_EQ(app::resolve_secret("file:" + path).code(), ec::config_invalid);
  std::remove(path.c_str());
}

TEST(secrets, an_error_never_repeats_a_value) {
  auto got = app::resolve_secret("hunter2");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().detail.find("hunter2"), std::string::npos);
  EXPECT_EQ(app::resolve_secret("env:POSTROOM_NO_SUCH").code(), ec::config_invalid);
}
