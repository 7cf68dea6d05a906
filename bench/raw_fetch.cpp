// The yardstick of bench/ingest: the least a client can do to get all mails of a mailbox over TLS.
// One pipelined UID FETCH of everything; counts messages and bytes and throws them away.
// usage: BENCH_PASSWORD=... raw_fetch PORT CA_FILE USER      prints {"mails": N, "bytes": N,
// "seconds": S}
#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

constexpr int silence_ms = 30'000;

class connection {
 public:
  connection(const std::string& port, const char* ca_file, const char* user, const char* password)
      : easy_(curl_easy_init()) {
    const std::string url = "imaps://localhost:" + port + "/";
    curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy_, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(easy_, CURLOPT_USERNAME, user);
    curl_easy_setopt(easy_, CURLOPT_PASSWORD, password);
    curl_easy_setopt(easy_, CURLOPT_CONNECT_ONLY, 1L);
    check(curl_easy_perform(easy_));
    check(curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket_));
  }
  ~connection() { curl_easy_cleanup(easy_); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void send(std::string_view line) {
    std::size_t sent = 0;
    check(curl_easy_send(easy_, line.data(), line.size(), &sent));
    if (sent != line.size()) throw std::runtime_error("a short line was not sent at once");
  }

  /// Some bytes; an empty view never.
  std::string_view receive() {
    for (;;) {
      std::size_t got = 0;
      const auto code = curl_easy_recv(easy_, chunk_.data(), chunk_.size(), &got);
      if (code == CURLE_OK && got > 0) return {chunk_.data(), got};
      if (code != CURLE_AGAIN) throw std::runtime_error("the server closed the connection");
      pollfd wait{socket_, POLLIN, 0};
      if (poll(&wait, 1, silence_ms) == 0) throw std::runtime_error("the server is silent");
    }
  }

 private:
  static void check(CURLcode code) {
    if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
  }

  CURL* easy_;
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  std::array<char, 256 * 1024> chunk_{};
};

/// Walks through answers: lines, and after a line that ends in {n} the n bytes of a literal.
class answer_counter {
 public:
  explicit answer_counter(std::string_view tag) : tag_(tag) {}

  /// True when the tagged answer has come.
  bool feed(std::string_view answer) {
    while (!answer.empty() && !done_) {
      if (literal_ > 0) {
        const auto taken = std::min<std::uint64_t>(literal_, answer.size());
        literal_ -= taken;
        answer.remove_prefix(taken);
        continue;
      }
      const auto end = answer.find('\n');
      line_.append(answer.substr(0, end));
      if (end == std::string_view::npos) return false;
      answer.remove_prefix(end + 1);
      end_line();
    }
    return done_;
  }

  std::uint64_t mails = 0;
  std::uint64_t bytes = 0;

 private:
  void end_line() {
    if (line_.starts_with(tag_)) {
      if (line_.substr(tag_.size(), 4) != " OK ") throw std::runtime_error("refused: " + line_);
      done_ = true;
    }
    if (const auto open = line_.rfind('{'); open != std::string::npos && line_.ends_with("}\r")) {
      std::from_chars(line_.data() + open + 1, line_.data() + line_.size(), literal_);
      ++mails;
      bytes += literal_;
    }
    line_.clear();
  }

  std::string tag_;
  std::string line_;
  std::uint64_t literal_ = 0;
  bool done_ = false;
};

answer_counter run(connection& server, std::string_view tag, std::string_view command) {
  answer_counter answers(tag);
  server.send(std::string{tag} + " " + std::string{command} + "\r\n");
  while (!answers.feed(server.receive())) {
  }
  return answers;
}

}  // namespace

int main(int argc, char** argv) {
  const char* password = std::getenv("BENCH_PASSWORD");
  if (argc != 4 || password == nullptr) {
    std::fputs("usage: BENCH_PASSWORD=... raw_fetch PORT CA_FILE USER\n", stderr);
    return 64;
  }
  try {
    const auto begin = std::chrono::steady_clock::now();
    connection server(argv[1], argv[2], argv[3], password);
    run(server, "bench1", "EXAMINE INBOX");
    const auto got = run(server, "bench2", "UID FETCH 1:* (UID BODY.PEEK[])");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("{\"mails\": %llu, \"bytes\": %llu, \"seconds\": %.6f}\n",
                static_cast<unsigned long long>(got.mails),
                static_cast<unsigned long long>(got.bytes), took.count());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "raw_fetch: %s\n", e.what());
    return 1;
  }
  return 0;
}
