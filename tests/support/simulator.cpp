#include "tests/support/simulator.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>

extern char** environ;

namespace postroom::support {

namespace {

std::string read_line(int fd) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

std::size_t append(char* bytes, std::size_t, std::size_t n, void* to) {
  static_cast<std::string*>(to)->append(bytes, n);
  return n;
}

std::string encode(const std::string& raw) {
  std::string out((raw.size() + 2) / 3 * 4 + 1, '\0');
  out.resize(static_cast<std::size_t>(::EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(out.data()),
      reinterpret_cast<const unsigned char*>(raw.data()), static_cast<int>(raw.size()))));
  return out;
}

std::string decode(const std::string& text) {
  std::string out(text.size() / 4 * 3, '\0');
  ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                    reinterpret_cast<const unsigned char*>(text.data()),
                    static_cast<int>(text.size()));
  while (out.size() > 0 && text.size() >= 4 && text.back() == '=' &&
         out.size() > text.size() / 4 * 3 - (text[text.size() - 2] == '=' ? 2u : 1u))
    out.pop_back();
  return out;
}

}  // namespace

simulator::simulator(const std::string& name, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"/usr/bin/python3", "-B",
                                 POSTROOM_SOURCE_DIR "/tests/simulators/" + name + ".py"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> in{}, out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in[0], 0);
  posix_spawn_file_actions_adddup2(&files, out[1], 1);
  const int failed = ::posix_spawn(&pid_, argv[0], &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  const auto said = failed ? std::string{} : read_line(out[0]);
  ::close(out[0]);
  const auto told = nlohmann::json::parse(said, nullptr, false);
  if (!told.is_object()) throw std::runtime_error("simulator " + name + " did not start: " + said);
  url_ = told.at("url");
  port_ = told.at("port");
}

simulator::~simulator() {
  if (input_ >= 0) ::close(input_);
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
}

nlohmann::json simulator::control(const nlohmann::json& wanted) const {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  const std::string body = wanted.dump();
  std::string answer;
  const auto url = "http://127.0.0.1:" + std::to_string(port_) + "/_control";
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer);
  if (const auto rc = curl_easy_perform(easy.get()); rc != CURLE_OK)
    throw std::runtime_error(std::string("simulator: ") + curl_easy_strerror(rc));
  auto out = nlohmann::json::parse(answer);
  if (out.contains("error")) throw std::runtime_error("simulator: " + answer);
  return out;
}

std::string simulator::fresh_user() {
  return "user" + std::to_string(++users_) + "@example.org";
}

void simulator::deliver(const std::string& user, const std::string& raw,
                        const std::string& folder) const {
  control({{"do", "deliver"}, {"user", user}, {"folder", folder}, {"raw", encode(raw)}});
}

nlohmann::json simulator::mails(const std::string& user, const std::string& folder) const {
  auto out = control({{"do", "mails"}, {"user", user}, {"folder", folder}}).at("mails");
  for (auto& mail : out) mail["raw"] = decode(mail.at("raw"));
  return out;
}

}  // namespace postroom::support
