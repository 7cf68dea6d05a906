#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::api {

struct health {
  bool healthy = true;
  std::vector<std::string>
      reasons;  ///< why not, one sentence each; also allowed when healthy, as warnings
};

struct metrics_options {
  std::string listen;  ///< "127.0.0.1:9464", "[::1]:9464", ":9464"; port 0: any free one
  std::string setting = "metrics_listen";
  std::size_t threads = 2;
  std::size_t queued = 16;
  std::size_t max_connections = 64;
  duration read_limit{5'000};
  duration write_limit{10'000};
};

/// Answers GET /metrics (Prometheus text format) and GET /healthz (200 or 503 with JSON reasons)
/// over plain HTTP.
class metrics_server {
 public:
  /// `check` is called on the server's threads, several at a time, for each GET /healthz.
  metrics_server(metrics_options options, std::function<health()> check);
  /// Stops.
  ~metrics_server();
  metrics_server(const metrics_server&) = delete;
  metrics_server& operator=(const metrics_server&) = delete;

  /// Listens; gives the port. Errors: config_invalid, naming the setting.
  result<uint16_t> start();
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> x_;
};

}  // namespace postroom::api
