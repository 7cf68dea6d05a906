#include "api/sockets.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "tests/api/fixture.hpp"

namespace postroom::api {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777u : 0;
}

/// What a server leaves behind that was killed: a socket file nobody listens on.
void leave_stale_socket(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(static_cast<char*>(address.sun_path), max_socket_path);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
}

}  // namespace

TEST(unix_listener, only_the_owner_may_open_the_socket_and_its_new_folder) {
  temp_folder folder;
  const std::string path = folder.path / "new" / "admin.sock";
  const auto listener = unix_listener::open(path, "admin_socket");
  ASSERT_TRUE(listener);
  EXPECT_EQ(mode_of(path), 0600u);
  EXPECT_EQ(mode_of(folder.path / "new"), 0700u);
}

TEST(unix_listener, removes_its_socket_at_the_end) {
  temp_folder folder;
  const std::string path = folder.path / "admin.sock";
  { ASSERT_TRUE(unix_listener::open(path, "admin_socket")); }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(connect_unix(path, duration{100}).code(), ec::not_found);
}

TEST(unix_listener, takes_the_place_of_a_socket_nobody_listens_on) {
  temp_folder folder;
  const std::string path = folder.path / "admin.sock";
  leave_stale_socket(path);
  EXPECT_EQ(connect_unix(path, duration{100}).code(), ec::unreachable);
  const auto listener = unix_listener::open(path, "admin_socket");
  ASSERT_TRUE(listener);
  EXPECT_TRUE(connect_unix(path, duration{1000}));
}

TEST(unix_listener, whoever_may_not_open_the_socket_is_told_whose_user_to_be) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  temp_folder folder;
  const std::string path = folder.path / "admin.sock";
  const auto listener = unix_listener::open(path, "admin_socket");
  ASSERT_EQ(::seteuid(65534), 0);
  const auto got = connect_unix(path, duration{100});
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_EQ(got.code(), ec::config_invalid);
  EXPECT_NE(got.error().detail.find("belongs to another user"), std::string::npos);
}

TEST(unix_listener, a_second_server_is_refused_and_does_not_harm_the_first) {
  temp_folder folder;
  const std::string path = folder.path / "admin.sock";
  const auto first = unix_listener::open(path, "admin_socket");
  ASSERT_TRUE(first);
  const auto second = unix_listener::open(path, "admin_socket");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.code(), ec::already_exists);
  EXPECT_NE(second.error().detail.find("already running"), std::string::npos);
  EXPECT_TRUE(connect_unix(path, duration{1000}));
}

TEST(unix_listener, the_socket_of_another_program_is_left_alone) {
  temp_folder folder;
  const std::string path = folder.path / "admin.sock";
  const auto other = unix_listener::open(path, "admin_socket");
  ASSERT_TRUE(other);
  std::filesystem::remove(path + ".lock");  // a program that knows nothing of the lock
  EXPECT_EQ(unix_listener::open(path, "admin_socket").code(), ec::already_exists);
  EXPECT_TRUE(connect_unix(path, duration{1000}));
}

TEST(unix_listener, a_file_that_is_no_socket_is_never_removed) {
  temp_folder folder;
  const std::string path = folder.path / "admin.sock";
  std::ofstream{path} << "precious";
  const auto listener = unix_listener::open(path, "admin_socket");
  EXPECT_EQ(listener.code(), ec::config_invalid);
  EXPECT_EQ(std::filesystem::file_size(path), 8u);
}

TEST(unix_listener, a_path_too_long_for_a_socket_is_refused_by_the_name_of_its_setting) {
  temp_folder folder;
  const auto longest = folder.path.string() + "/" +
                       std::string(max_socket_path - folder.path.string().size() - 1, 'x');
  EXPECT_EQ(longest.size(), max_socket_path);
  // The file name itself may not pass 255 bytes, which 107 never does; its lock has five more.
  EXPECT_TRUE(unix_listener::open(longest, "admin_socket"));
  const auto refused = unix_listener::open(longest + "y", "admin_socket");
  ASSERT_EQ(refused.code(), ec::config_invalid);
  EXPECT_EQ(refused.error().detail.find("admin_socket: "), 0u);
  EXPECT_NE(refused.error().detail.find("108 bytes"), std::string::npos);
  EXPECT_EQ(connect_unix(longest + "y", duration{100}).code(), ec::config_invalid);
}

TEST(parse_listen, understands_names_addresses_and_brackets) {
  const auto plain = parse_listen("127.0.0.1:9464", "metrics_listen");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->first, "127.0.0.1");
  EXPECT_EQ(plain->second, 9464);
  const auto six = parse_listen("[::1]:0", "metrics_listen");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->first, "::1");
  EXPECT_EQ(six->second, 0);
  ASSERT_TRUE(parse_listen(":80", "metrics_listen"));
  EXPECT_EQ(parse_listen(":80", "metrics_listen")->first, "");
}

TEST(parse_listen, refuses_the_rest_by_the_name_of_the_setting) {
  for (const auto* text :
       {"", "host", "host:", "host:x", "host:70000", "host:-1", "::1:80", "host:80 "}) {
    const auto r = parse_listen(text, "metrics_listen");
    ASSERT_EQ(r.code(), ec::config_invalid) << text;
    EXPECT_EQ(r.error().detail.find("metrics_listen: "), 0u) << text;
  }
}

}  // namespace postroom::api
