#include "tests/support/mail_lab.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "tests/support/lmtp_client.hpp"

namespace postroom::support {
namespace {

constexpr const char* program = POSTROOM_SOURCE_DIR "/deploy/maillab/maillab";

/// Runs the program with its standard output thrown away; the exit code, or -1.
int run_quietly(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (failed != 0 || waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string new_folder() {
  // Not TMPDIR: the servers keep Unix sockets below it, whose names must stay short.
  std::string name = "/tmp/postroom-lab-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder in /tmp");
  return name;
}

std::string flags_of(const std::string& name) {
  const auto at = name.rfind(":2,");
  return at == std::string::npos ? "" : name.substr(at + 3);
}

/// When a mail came, by its name "seconds.MmicrosecondsP...", whose numbers Dovecot does not pad.
std::pair<long, long> arrival(const stored_mail& mail) {
  const auto name = mail.path.substr(mail.path.rfind('/') + 1);
  const auto micros = name.find(".M");
  if (micros == std::string::npos) throw std::runtime_error("no name of Dovecot's: " + name);
  return {std::stol(name), std::stol(name.substr(micros + 2))};
}

}  // namespace

mail_lab::mail_lab(const std::vector<std::string>& arguments) : folder_(new_folder()) {
  std::vector<std::string> all{"start", "--owner-pid", std::to_string(getpid())};
  all.insert(all.end(), arguments.begin(), arguments.end());
  try {
    run(all);
    read_state();
  } catch (...) {
    std::filesystem::remove_all(folder_);
    throw;
  }
}

mail_lab::~mail_lab() {
  run_quietly({program, "remove", "--dir", folder_});
}

mail_lab& mail_lab::shared() {
  static mail_lab lab;
  return lab;
}

void mail_lab::run(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{program, arguments.front(), "--dir", folder_};
  all.insert(all.end(), arguments.begin() + 1, arguments.end());
  if (run_quietly(all) != 0) throw std::runtime_error("maillab " + arguments.front() + " failed");
}

void mail_lab::read_state() {
  std::ifstream file(folder_ + "/lab.json");
  const auto state = nlohmann::json::parse(file);
  host_ = state.at("host");
  ca_file_ = state.at("ca_file");
  password_ = state.at("password");
  for (const auto& [name, number] : state.at("ports").items()) ports_[name] = number;
}

std::uint16_t mail_lab::port(std::string_view name) const {
  const auto it = ports_.find(name);
  if (it == ports_.end()) throw std::runtime_error("the lab has no port " + std::string{name});
  return it->second;
}

std::string mail_lab::fresh_user() {
  return "user" + std::to_string(++users_);
}

void mail_lab::deliver(const std::string& user, const std::string& raw) const {
  lmtp_client(port("lmtp")).deliver(user, raw);
}

void mail_lab::deliver(const std::string& user, const std::vector<std::string>& raws) const {
  lmtp_client client(port("lmtp"));
  for (const auto& raw : raws) client.deliver(user, raw);
}

std::vector<stored_mail> mail_lab::mails(const std::string& user,
                                         const std::string& mailbox) const {
  // Maildir++: INBOX is the folder itself, others are siblings with a leading dot.
  const auto inbox = std::filesystem::path(folder_) / "mail" / user / "Maildir";
  const auto home = mailbox == "INBOX" ? inbox : inbox / ("." + mailbox);
  std::vector<stored_mail> found;
  for (const bool fresh : {true, false}) {
    std::error_code gone;
    for (const auto& entry :
         std::filesystem::directory_iterator(home / (fresh ? "new" : "cur"), gone))
      found.push_back({entry.path(), flags_of(entry.path().filename()), fresh});
  }
  std::ranges::stable_sort(found, {}, arrival);
  return found;
}

std::size_t mail_lab::count(const std::string& user, const std::string& mailbox) const {
  return mails(user, mailbox).size();
}

std::string mail_lab::read(const stored_mail& mail) {
  std::ifstream file(mail.path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void mail_lab::freeze() const {
  run({"freeze"});
}
void mail_lab::thaw() const {
  run({"thaw"});
}
void mail_lab::stop() const {
  run({"stop"});
}
void mail_lab::start() const {
  run({"resume"});
}

}  // namespace postroom::support
