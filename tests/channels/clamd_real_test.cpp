// The real clamd, with a signature of our own: no network, no database of anybody else's.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/channels/clamd_script.hpp"

extern char** environ;

namespace postroom::channels {
namespace {

namespace fs = std::filesystem;
using enum scan_verdict::kind;

constexpr const char* program = "/usr/sbin/clamd";

/// The test string of eicar.org, in two parts lest this file be taken for a virus.
std::string eicar() {
  std::string text{"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-"};
  return text.append("STANDARD-ANTIVIRUS-TEST-FILE!$H+H*");
}

std::string hex(const std::string& bytes) {
  static const char* digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

/// Runs from construction to destruction, in a folder of its own.
class real_clamd {
 public:
  real_clamd() {
    std::string folder = fs::temp_directory_path() / "postroom-clamd-XXXXXX";
    if (!::mkdtemp(folder.data())) throw std::runtime_error("no temporary folder");
    folder_ = folder;
    fs::create_directory(folder_ / "db");
    std::ofstream(folder_ / "db/own.ndb") << "Postroom.Test:0:*:" << hex(eicar()) << "\n";
    std::ofstream(folder_ / "clamd.conf")
        << "LocalSocket " << socket() << "\nDatabaseDirectory " << (folder_ / "db").string()
        << "\nTemporaryDirectory " << folder << "\nForeground yes\nStreamMaxLength 1M\n";
    spawn();
  }
  ~real_clamd() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    fs::remove_all(folder_);
  }
  real_clamd(const real_clamd&) = delete;
  real_clamd& operator=(const real_clamd&) = delete;

  [[nodiscard]] clamd_settings settings() const {
    clamd_settings out;
    out.socket_path = socket();
    return out;
  }
  void freeze() const { ::kill(pid_, SIGSTOP); }
  void thaw() const { ::kill(pid_, SIGCONT); }

 private:
  [[nodiscard]] std::string socket() const { return folder_ / "socket"; }
  void spawn() {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    const std::string log = folder_ / "log";
    posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    // setpriv(1) becomes clamd, which then ends with this process even if that is killed.
    std::string words[] = {"setpriv", "--pdeathsig", "TERM", program,
                           "--config-file=" + (folder_ / "clamd.conf").string()};
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (::posix_spawnp(&pid_, "setpriv", &files, nullptr, argv.data(), environ) != 0)
      throw std::runtime_error("clamd does not start");
    posix_spawn_file_actions_destroy(&files);
  }

  fs::path folder_;
  pid_t pid_ = -1;
};

struct clamd_itself : testing::Test {
  void SetUp() override {
    if (!fs::exists(program)) GTEST_SKIP() << "clamd is not installed (package clamav-daemon)";
    clamd = std::make_unique<real_clamd>();
    client = std::make_unique<clamd_client>(clamd->settings());
    // It loads its signatures before it listens, and says so to nobody.
    for (int i = 0; i < 600 && !client->ping(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }

  std::unique_ptr<real_clamd> clamd;
  std::unique_ptr<clamd_client> client;
};

std::string mail_with(const std::string& text) {
  return "From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\n" + text + "\r\n";
}

TEST_F(clamd_itself, finds_a_signature_of_ours_and_lets_other_mails_pass) {
  const auto bad = client->scan(mail_with(eicar()));
  ASSERT_TRUE(bad) << bad.error().text();
  EXPECT_EQ(*bad, (scan_verdict{infected, "Postroom.Test.UNOFFICIAL"}));
  const auto good = client->scan(mail_with("hello"));
  ASSERT_TRUE(good) << good.error().text();
  EXPECT_EQ(good->what, clean);
}

TEST_F(clamd_itself, looks_into_attachments) {
  const auto got = client->scan(
      "From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
      "hi\r\n--b\r\nContent-Type: application/octet-stream\r\n"
      "Content-Disposition: attachment; filename=a.bin\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n"
      "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1U\r\n"
      "RVNULUZJTEUhJEgrSCo=\r\n--b--\r\n");
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->what, infected);
}

TEST_F(clamd_itself, says_that_a_mail_is_over_its_limit) {
  const auto got = client->scan(std::string(8u << 20, 'x'));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->what, too_large);
}

TEST_F(clamd_itself, scans_many_mails_at_once) {
  std::vector<std::future<result<scan_verdict>>> all;
  for (int i = 0; i < 100; ++i) all.push_back(client->start(mail_with(i % 2 ? eicar() : "hi")));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto got = clamd_client::wait(std::move(all[i]));
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(got->what, i % 2 ? infected : clean);
  }
}

TEST_F(clamd_itself, frozen_it_answers_neither_mail_nor_ping) {
  auto impatient = clamd->settings();
  impatient.timeout = duration{300};
  clamd_client other(impatient);
  clamd->freeze();
  EXPECT_EQ(other.scan().code(), ec::timeout);
  EXPECT_EQ(other.ping().code(), ec::timeout);
  clamd->thaw();
  EXPECT_TRUE(client->scan());
}

}  // namespace
}  // namespace postroom::channels
