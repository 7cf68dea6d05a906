// The client of bench/admin: asks the admin methods over HTTPS at a steady rate, whether the
// answers come or not. A call's latency counts from the moment it was due, so a server that falls
// behind cannot hide it. usage: BENCH_TOKEN=... admin_load PORT CA_FILE RATE CONNECTIONS
// CONTENT_TYPE <calls `calls` has lines "METHOD HEXADECIMAL_BODY", asked in turn. Runs until
// SIGTERM, then prints JSON.
#include <curl/curl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

constexpr long call_seconds = 30;

struct call {
  std::string method;
  std::string body;
};

struct settings {
  std::string port, ca_file, token, content_type;
  double rate = 0;
  int connections = 0;
  std::vector<call> calls;
};

/// What one connection saw: latencies in ms by method.
struct seen {
  std::map<std::string, std::vector<double>> took;
  std::map<std::string, uint64_t> wrong;
};

std::size_t throw_away(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

class connection {
 public:
  explicit connection(const settings& s) : settings_(s), easy_(curl_easy_init()) {
    for (const auto& line : {"Content-Type: " + s.content_type, "Authorization: Bearer " + s.token,
                             std::string{"Expect:"}})
      headers_ = curl_slist_append(headers_, line.c_str());
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy_, CURLOPT_CAINFO, s.ca_file.c_str());
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT, call_seconds);
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, throw_away);
  }
  ~connection() {
    curl_slist_free_all(headers_);
    curl_easy_cleanup(easy_);
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Blank, or what went wrong.
  std::string ask(const call& c) {
    const auto url = "https://localhost:" + settings_.port + "/postroom.admin.v1." + c.method;
    curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, c.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE, static_cast<long>(c.body.size()));
    if (const auto code = curl_easy_perform(easy_); code != CURLE_OK)
      return curl_easy_strerror(code);
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    return status == 200 ? std::string{} : c.method + " is answered " + std::to_string(status);
  }

 private:
  const settings& settings_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
};

/// Wakes its thread at a moment; steady_clock is the kernel's monotonic clock.
class alarm_clock {
 public:
  alarm_clock() : fd_(timerfd_create(CLOCK_MONOTONIC, 0)) {
    if (fd_ < 0) throw std::runtime_error("the system gives no timer");
  }
  ~alarm_clock() { close(fd_); }
  alarm_clock(const alarm_clock&) = delete;
  alarm_clock& operator=(const alarm_clock&) = delete;

  void wait_until(steady::time_point moment) const {
    const auto ns = std::chrono::nanoseconds(moment.time_since_epoch()).count();
    const itimerspec when{{0, 0}, {ns / 1'000'000'000, ns % 1'000'000'000}};
    uint64_t rings = 0;
    if (timerfd_settime(fd_, TFD_TIMER_ABSTIME, &when, nullptr) != 0 ||
        read(fd_, &rings, sizeof rings) != sizeof rings)
      throw std::runtime_error("the timer does not ring");
  }

 private:
  const int fd_;
};

/// One list of due times for all connections; each takes the next one when it is free.
class schedule {
 public:
  schedule(double rate, steady::time_point begin)
      : gap_(std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(1 / rate))),
        begin_(begin) {}
  std::pair<uint64_t, steady::time_point> next() {
    const auto n = next_++;
    return {n, begin_ + gap_ * n};
  }
  void stop() { stopped_ = true; }
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  const steady::duration gap_;
  const steady::time_point begin_;
  std::atomic<uint64_t> next_{0};
  std::atomic<bool> stopped_{false};
};

void run(const settings& s, schedule& times, seen& out) {
  const alarm_clock timer;
  connection server(s);
  // The handshake is no part of the first call.
  if (const auto problem = server.ask(s.calls.front()); !problem.empty()) ++out.wrong[problem];
  for (;;) {
    const auto [n, due] = times.next();
    timer.wait_until(due);
    if (times.stopped()) return;
    const auto& c = s.calls[n % s.calls.size()];
    const auto problem = server.ask(c);
    if (problem.empty())
      out.took[c.method].push_back(milliseconds(steady::now() - due).count());
    else
      ++out.wrong[problem];
  }
}

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

std::string summary(std::vector<double> took) {
  std::sort(took.begin(), took.end());
  char line[160];
  std::snprintf(line, sizeof line,
                R"({"answered": %zu, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f})", took.size(),
                quantile(took, 0.5), quantile(took, 0.99), took.empty() ? 0 : took.back());
  return line;
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void report(const std::vector<seen>& all, double seconds) {
  std::map<std::string, std::vector<double>> by_method;
  std::map<std::string, uint64_t> wrong;
  std::vector<double> whole;
  for (const auto& one : all) {
    for (const auto& [method, took] : one.took) {
      by_method[method].insert(by_method[method].end(), took.begin(), took.end());
      whole.insert(whole.end(), took.begin(), took.end());
    }
    for (const auto& [problem, count] : one.wrong) wrong[problem] += count;
  }
  std::cout << "{\"seconds\": " << seconds << ", \"cpu_seconds\": " << cpu_seconds()
            << ", \"all\": " << summary(whole) << ", \"methods\": {";
  const char* comma = "";
  for (const auto& [method, took] : by_method)
    std::cout << std::exchange(comma, ", ") << '"' << method << "\": " << summary(took);
  std::cout << "}, \"wrong\": {";
  comma = "";
  for (const auto& [problem, count] : wrong)
    std::cout << std::exchange(comma, ", ") << '"' << problem << "\": " << count;
  std::cout << "}}" << std::endl;
}

std::string bytes_of(const std::string& hexadecimal) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
    out += static_cast<char>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16));
  return out;
}

std::vector<call> read_calls() {
  std::vector<call> out;
  for (std::string line; std::getline(std::cin, line);) {
    const auto space = line.find(' ');
    if (space == std::string::npos) throw std::runtime_error("a line is no METHOD BODY: " + line);
    out.push_back({line.substr(0, space), bytes_of(line.substr(space + 1))});
  }
  if (out.empty()) throw std::runtime_error("there is nothing to ask on standard input");
  return out;
}

int measure(const settings& s, const sigset_t& ends) {
  const auto begin = steady::now() + std::chrono::milliseconds(200);
  schedule times(s.rate, begin);
  std::vector<seen> all(static_cast<std::size_t>(s.connections));
  std::vector<std::thread> threads;
  threads.reserve(all.size());
  for (auto& one : all) threads.emplace_back([&] { run(s, times, one); });
  int which = 0;
  sigwait(&ends, &which);
  times.stop();
  const std::chrono::duration<double> took = steady::now() - begin;
  for (auto& thread : threads) thread.join();
  report(all, took.count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const char* token = std::getenv("BENCH_TOKEN");
  if (argc != 6 || token == nullptr) {
    std::fputs(
        "usage: BENCH_TOKEN=... admin_load PORT CA_FILE RATE CONNECTIONS CONTENT_TYPE <calls\n",
        stderr);
    return 64;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  curl_global_init(CURL_GLOBAL_ALL);
  try {
    return measure(
        {argv[1], argv[2], token, argv[5], std::stod(argv[3]), std::stoi(argv[4]), read_calls()},
        ends);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "admin_load: %s\n", e.what());
    return 1;
  }
}
