#include "app/serve.hpp"

#include <unistd.h>

#include <csignal>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <thread>

#include "api/connect_server.hpp"
#include "api/metrics_server.hpp"
#include "app/admin_listen.hpp"
#include "app/admin_oauth.hpp"
#include "app/admin_register.hpp"
#include "app/cli_files.hpp"
#include "app/cli_text.hpp"
#include "app/data_dir.hpp"
#include "app/graph_page.hpp"
#include "app/node_config.hpp"
#include "app/node_process.hpp"
#include "app/setup_notice.hpp"
#include "app/setup_register.hpp"
#include "base/log.hpp"
#include "partitions/model.hpp"

namespace postroom::app {

namespace {

constexpr int exit_ok = 0, exit_failed_start = 1, exit_bad_config = 2;
constexpr int exit_deadline = 75;  // EX_TEMPFAIL: the service manager starts it anew
constexpr duration default_shutdown{20'000};

log::level level_of(const std::string& name) {
  if (name == "debug") return log::level::debug;
  if (name == "warn") return log::level::warn;
  if (name == "error") return log::level::error;
  return log::level::info;
}

// Every thread started later inherits the mask, so only the loop below ever sees these.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

int next_signal(const sigset_t& set) {
  timespec half_a_second{0, 500'000'000};
  return sigtimedwait(&set, nullptr, &half_a_second);
}

int report(const error& e) {
  std::cerr << "postroom: " << printable(e.text());
  // Who has the data directory names the remedy too.
  if (e.code != ec::already_exists) std::cerr << "; " << describe(e.code).remedy;
  std::cerr << "\n";
  return e.code == ec::config_invalid ? exit_bad_config : exit_failed_start;
}

/// The admin socket and the metrics, as long as they live.
struct listeners {
  std::unique_ptr<api::connect_server> admin;
  std::unique_ptr<api::metrics_server> metrics;
  std::optional<setup_notice> setup;

  result<void> start(const config::v1::Node& node, node_process& process) {
    admin = std::make_unique<api::connect_server>(api::connect_options{
        .socket_path =
            node.admin_socket().empty() ? node.data_dir() + "/admin.sock" : node.admin_socket(),
        .https = https_of(node)});
    auto backend = process.backend();
    backend.over_https = !node.admin_listen().empty();
    guarded_server guarded{*admin, make_gate(backend)};
    register_admin(guarded, backend);
    register_setup(guarded, process.setup());
    register_oauth_callback(*admin, backend);
    if (auto notices = process.notices()) register_graph_page(*admin, std::move(notices));
    if (auto started = admin->start(); !started) return started;
    if (admin->https_port() != 0) {
      log::info("admin_listens", {{"port", admin->https_port()}});
      // On the socket alone there is nobody to set up: who can open it may do everything.
      setup.emplace(*backend.access, node.data_dir());
      if (auto told = setup->announce(std::cout, ::isatty(STDOUT_FILENO) == 1); !told)
        log::warn("setup_token_not_told", {{"why", told.error().detail}});
    }
    if (node.metrics_listen().empty()) return {};
    metrics = std::make_unique<api::metrics_server>(
        api::metrics_options{.listen = node.metrics_listen()}, [&process] {
          auto reasons = process.complaints();
          // A dead mail server is no reason to restart this process: only a dead node is.
          return api::health{process.alive(), std::move(reasons)};
        });
    auto port = metrics->start();
    if (!port) return port.error();
    log::info("metrics_listen", {{"port", *port}});
    return {};
  }

  void reload() {
    if (admin->https_port() == 0) return;
    if (auto r = admin->reload_certificates(); !r)
      log::error("certificates_refused", {{"why", r.error().detail}});
    else
      log::info("certificates_reloaded", {});
  }

  void stop() {
    setup.reset();
    if (metrics) metrics->stop();
    if (admin) admin->stop();
  }
};

int drain(node_process& process, listeners& open, duration deadline, const sigset_t& signals) {
  log::info("draining", {{"deadline_ms", deadline.count()}});
  std::atomic<bool> done{false};
  // An impatient second signal, or a hang where none may be, must still end the process.
  std::thread guard{[&] {
    auto until = std::chrono::steady_clock::now() + deadline + duration{5'000};
    while (!done) {
      int number = next_signal(signals);
      bool impatient = number == SIGTERM || number == SIGINT;
      if (done || (!impatient && std::chrono::steady_clock::now() < until)) continue;
      log::error("stopped_at_once", {{"why", impatient ? "second signal" : "deadline"}});
      std::_Exit(exit_deadline);
    }
  }};
  process.end_trials();
  open.stop();
  bool orderly = process.stop(deadline);
  if (!orderly) {
    log::error("stopped_at_once", {{"why", "the drain did not end within shutdown_deadline"}});
    std::_Exit(exit_deadline);
  }
  done = true;
  guard.join();
  log::info("stopped", {});
  return exit_ok;
}

int run(node_process& process, const config::v1::Node& node, const sigset_t& signals) {
  listeners open;
  if (auto started = open.start(node, process); !started) {
    process.stop(default_shutdown);
    return report(started.error());
  }
  auto deadline = default_shutdown;
  if (auto given = partitions::parse_duration(node.shutdown_deadline());
      given && !node.shutdown_deadline().empty())
    deadline = *given;
  log::info("serving", {{"data_dir", node.data_dir()}});
  while (process.alive()) {
    if (open.setup) open.setup->check();
    switch (next_signal(signals)) {
      case SIGHUP:
        open.reload();
        if (node.partitions_dir().empty())
          log::warn("nothing_to_reload", {{"remedy", "set partitions_dir or apply"}});
        else
          process.reload(node.partitions_dir());
        break;
      case SIGTERM:
      case SIGINT:
        return drain(process, open, deadline, signals);
      default:
        break;
    }
  }
  log::error("node_died", {});
  open.stop();
  std::_Exit(exit_failed_start);
}

}  // namespace

int serve(const std::string& config_path) {
  auto text = read_file(config_path);
  if (!text) return report(text.error());
  std::vector<config::file_problem> problems;
  const auto node = checked_node(*text, config_path, problems);
  for (const auto& p : problems) std::cerr << render_problem(p) << "\n";
  if (!problems.empty()) return exit_bad_config;
  // Before the log, which may lie in it.
  if (auto made = make_data_dir(node.data_dir()); !made) return report(made.error());
  auto logs =
      log::start({level_of(node.log().level()), node.log().format() == "json", node.log().file()});
  if (!logs) return report(fail(logs.code(), "log.file: " + logs.error().detail));
  auto signals = block_signals();
  auto process = node_process::start(node);
  if (!process) return report(process.error());
  if (!node.partitions_dir().empty()) (*process)->reload(node.partitions_dir());
  return run(**process, node, signals);
}

}  // namespace postroom::app
