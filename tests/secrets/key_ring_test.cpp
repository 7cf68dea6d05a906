#include "secrets/key_ring.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/digest.hpp"
#include "secrets/key_source.hpp"
#include "secrets/private_file.hpp"
#include "tests/secrets/keys.hpp"

namespace postroom::secrets {
namespace {

const std::string hex = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
const std::string base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct key_source : testing::Test {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("postroom-keys-" + std::to_string(::getpid()));
  std::map<std::string, std::string> variables;
  environment_fn environment = [this](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };

  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream{folder / name} << text;
    std::filesystem::permissions(folder / name, std::filesystem::perms(0600));
    return folder / name;
  }
  std::string complaint(const std::string& newest, const std::vector<std::string>& old = {}) {
    const auto got = load_keys(newest, old, environment);
    EXPECT_EQ(got.code(), ec::config_invalid) << newest;
    return got ? "" : got.error().detail;
  }
};

}  // namespace

TEST(key_ring, a_key_is_read_from_hexadecimal_and_from_base64_alike) {
  const auto one = parse_key(hex), two = parse_key(" " + base64 + "\n");
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->view(), two->view());
  EXPECT_EQ(to_hex(one->view()).substr(0, 8), "00010203");
  EXPECT_EQ(one->size(), key_bytes);
}

TEST(key_ring, what_is_no_key_is_refused_without_showing_it) {
  for (const auto& text :
       {std::string{}, hex.substr(1), hex + "0", hex.substr(1) + "g", base64.substr(1),
        base64.substr(0, 43) + "A", "*" + base64.substr(1), std::string{"hunter2"}}) {
    const auto got = parse_key(text);
    EXPECT_EQ(got.code(), ec::config_invalid) << text;
    if (got || text.empty()) continue;
    EXPECT_EQ(got.error().detail.find(text), std::string::npos);
  }
}

TEST(key_ring, the_first_key_is_the_newest_and_each_is_found_by_its_id) {
  const auto keys = test::ring_of("abab");
  EXPECT_EQ(keys.newest()->id, sha256{}.update(std::string(32, 'a')).finish().substr(0, 8));
  const auto* old = keys.find(sha256{}.update(std::string(32, 'b')).finish().substr(0, 8));
  ASSERT_NE(old, nullptr);
  EXPECT_EQ(old->bytes.view(), std::string(32, 'b'));
  EXPECT_EQ(keys.find("12345678"), nullptr);
  EXPECT_EQ(key_ring{}.newest(), nullptr);
}

TEST_F(key_source, keys_come_from_files_the_environment_and_credentials) {
  variables = {{"KEY", base64}, {"CREDENTIALS_DIRECTORY", folder}};
  file("cred", std::string(64, 'b'));
  const auto keys =
      load_keys("file:" + file("k", hex + "\n"), {"env:KEY", "credential:cred"}, environment);
  ASSERT_TRUE(keys) << keys.error().text();
  EXPECT_EQ(keys->newest()->bytes.view(), parse_key(hex)->view());
  EXPECT_NE(keys->find(sha256{}.update(std::string(32, '\xbb')).finish().substr(0, 8)), nullptr);
}

TEST_F(key_source, without_a_key_the_ring_is_empty) {
  const auto keys = load_keys("", {}, environment);
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->newest(), nullptr);
}

TEST_F(key_source, what_cannot_be_read_names_the_setting_and_the_reason) {
  EXPECT_EQ(complaint("file:" + (folder / "none").string()),
            "secrets_key: file:" + (folder / "none").string() + ": " + (folder / "none").string() +
                ": No such file or directory");
  EXPECT_NE(complaint("env:NONE").find("secrets_key: env:NONE: the environment variable is not"),
            std::string::npos);
  EXPECT_NE(complaint("credential:c").find("LoadCredential=c:PATH"), std::string::npos);
  variables["KEY"] = hex;
  EXPECT_TRUE(complaint("env:KEY", {"env:KEY", "env:OLD"}).starts_with("secrets_old_keys[1]: "));
  EXPECT_NE(complaint("file:" + file("long", std::string(5000, 'a'))).find("too long"),
            std::string::npos);
}

TEST_F(key_source, a_file_that_other_users_may_read_is_refused_with_the_remedy) {
  const auto path = file("k", hex);
  for (const auto& [mode, good] :
       {std::pair{0600, true}, std::pair{0400, true}, std::pair{0640, false},
        std::pair{0604, false}, std::pair{0620, false}}) {
    ASSERT_EQ(::chmod(path.c_str(), static_cast<mode_t>(mode)), 0);
    EXPECT_EQ(load_keys("file:" + path, {}, environment).ok(), good) << std::oct << mode;
    if (good) continue;
    EXPECT_NE(complaint("file:" + path).find("run: chmod 600 " + path), std::string::npos);
  }
}

TEST_F(key_source, a_file_of_somebody_else_is_refused_with_the_remedy) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const auto path = file("k", hex);
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  ASSERT_EQ(::chown(path.c_str(), 65'534, 0), 0);
  EXPECT_NE(complaint("file:" + path).find("belongs to user 65534; run: chown 0 " + path),
            std::string::npos)
      << complaint("file:" + path);
}

TEST(private_file, modes_and_owners_decide) {
  struct row {
    uid_t owner;
    mode_t mode;
    bool good;
  };
  const auto us = ::geteuid();
  std::vector<row> rows{{us, 0600, true},  {us, 0400, true},      {us, 0640, false},
                        {us, 0604, false}, {us + 1, 0600, false}, {us + 1, 0400, false}};
  if (us != 0)
    for (const row& r : {row{0, 0640, true}, row{0, 0660, false}, row{0, 0644, false}})
      rows.push_back(r);
  for (const auto& r : rows) {
    struct stat s {};
    s.st_uid = r.owner;
    s.st_mode = S_IFREG | r.mode;
    EXPECT_EQ(check_private(s, "/p").ok(), r.good) << r.owner << ' ' << std::oct << r.mode;
  }
}

TEST_F(key_source, a_credential_may_have_the_mode_that_systemd_gives_it) {
  variables["CREDENTIALS_DIRECTORY"] = folder;
  ASSERT_EQ(::chmod(file("cred", hex).c_str(), 0440), 0);
  EXPECT_TRUE(load_keys("credential:cred", {}, environment));
}

TEST_F(key_source, a_key_itself_in_place_of_a_reference_is_refused_and_not_shown) {
  for (const auto& text : {hex, std::string{"file:"}, std::string{"env:"},
                           std::string{"credential:../../etc/shadow"}, std::string{"http://x"}}) {
    EXPECT_FALSE(is_key_reference(text)) << text;
    EXPECT_EQ(complaint(text).find(hex), std::string::npos);
  }
}

TEST(secure_bytes, move_leaves_nothing_behind_and_a_wiped_text_is_zeros) {
  auto one = secure_bytes::copy_of("abc");
  const auto two = std::move(one);
  EXPECT_EQ(two.view(), "abc");
  EXPECT_EQ(one.size(), 0u);  // NOLINT(bugprone-use-after-move)
  std::string text = "secret";
  { const wiped at_the_end{text}; }
  EXPECT_EQ(text, std::string(6, '\0'));
}

TEST(secure_bytes, are_left_out_of_core_dumps) {
  const auto secret = secure_bytes::copy_of("abc");
  std::ifstream maps{"/proc/self/smaps"};
  char address[20];
  std::snprintf(address, sizeof address, "%lx-", reinterpret_cast<unsigned long>(secret.data()));
  bool mine = false;
  std::string flags;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < 17 && line.find(" ") > 17) mine = line.starts_with(address);
    if (mine && line.starts_with("VmFlags:")) flags = line;
  }
  if (flags.empty()) GTEST_SKIP() << "the pages were joined with others, or there is no /proc";
  EXPECT_NE(flags.find(" dd"), std::string::npos) << flags;
}

}  // namespace postroom::secrets
