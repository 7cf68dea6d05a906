#include "api/metrics_server.hpp"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <optional>

#include "api/http_listener.hpp"
#include "api/metrics_text.hpp"
#include "api/sockets.hpp"
#include "base/log.hpp"

namespace postroom::api {
namespace {

constexpr const char* text = "text/plain; charset=utf-8";

http_verdict look(const http_request& in) {
  if (in.path != "/metrics" && in.path != "/healthz")
    return {http_response{404, text, "Postroom: /metrics and /healthz are here\n", {}}};
  if (in.method == "GET" || in.method == "HEAD") return {};
  return {http_response{405, text, "only GET\n", {{"Allow", "GET, HEAD"}}}};
}

std::string render(const health& h) {
  google::protobuf::Struct body;
  (*body.mutable_fields())["healthy"].set_bool_value(h.healthy);
  auto* reasons = (*body.mutable_fields())["reasons"].mutable_list_value();
  for (const auto& reason : h.reasons) reasons->add_values()->set_string_value(reason);
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(body, &json).ok()) json = R"({"healthy":false})";
  return json + "\n";
}

http_response answer_health(const std::function<health()>& check) {
  health h;
  try {
    h = check();
  } catch (const std::exception& e) {
    log::error("health_check_threw", {{"what", e.what()}});
    h = {false, {"the health check itself failed"}};
  }
  return {h.healthy ? 200 : 503, "application/json", render(h), {{"Cache-Control", "no-store"}}};
}

http_response answer(const http_request& in, const std::function<health()>& check) {
  if (in.path == "/healthz") return answer_health(check);
  return {200, "text/plain; version=0.0.4; charset=utf-8", render_metrics(metrics::snapshot()), {}};
}

http_response problem(int status) {
  return {status, text, status == 503 ? "busy, try again\n" : "this is not a proper request\n", {}};
}

}  // namespace

struct metrics_server::impl {
  metrics_options options;
  std::function<health()> check;
  std::optional<tcp_listener> socket;
  std::optional<http_listener> listener;
};

metrics_server::metrics_server(metrics_options options, std::function<health()> check)
    : x_(new impl{std::move(options), std::move(check), {}, {}}) {}

metrics_server::~metrics_server() {
  stop();
}

result<uint16_t> metrics_server::start() {
  const auto& o = x_->options;
  const auto where = parse_listen(o.listen, o.setting);
  if (!where) return where.error();
  auto socket = listen_tcp(where->first, where->second, o.setting);
  if (!socket) return socket.error();
  x_->socket.emplace(std::move(*socket));
  x_->listener.emplace(
      x_->socket->socket.get(),
      http_handler{look, [x = x_.get()](const auto& in) { return answer(in, x->check); }, problem},
      http_limits{.name = "metrics",
                  .threads = o.threads,
                  .queued = o.queued,
                  .max_connections = o.max_connections,
                  .head_limit = o.read_limit,
                  .read_limit = o.read_limit,
                  .write_limit = o.write_limit});
  return x_->socket->port;
}

void metrics_server::stop() {
  x_->listener.reset();
  x_->socket.reset();
}

}  // namespace postroom::api
