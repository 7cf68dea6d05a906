#include "api/connect_server.hpp"

#include <google/protobuf/util/json_util.h>

#include <map>
#include <optional>

#include "api/connect_error.hpp"
#include "api/http_listener.hpp"
#include "api/sockets.hpp"
#include "base/log.hpp"

namespace postroom::api {
namespace {

constexpr const char* binary = "application/proto";
constexpr const char* json = "application/json";

http_response error_response(int status, std::string_view code, std::string_view message) {
  return {status, json, render_connect_error(code, message), {}};
}

http_response error_response(const error& e) {
  const auto code = connect_code_of(e.code);
  auto out = error_response(code.http_status, code.name,
                            e.detail.empty() ? describe(e.code).remedy : e.detail);
  out.headers.emplace_back(error_header, to_string(e.code));
  return out;
}

http_response protocol_problem(int status) {
  switch (status) {
    case 413:
      return error_response(status, "resource_exhausted",
                            "the request is larger than this server takes");
    case 414:
      return error_response(status, "unimplemented", "the path is too long for any method");
    case 415:
      return error_response(status, "unimplemented", "the content encoding is not supported");
    case 503:
      return error_response(status, "unavailable", "all threads are busy; try again");
    default:
      return error_response(status, "invalid_argument", "this is not a complete HTTP request");
  }
}

result<void> decode(const http_request& in, google::protobuf::Message& out) {
  if (in.content_type == binary) {
    if (out.ParseFromString(in.body)) return {};
    return fail(ec::config_invalid, "the body is not a " + out.GetTypeName());
  }
  const auto parsed = google::protobuf::util::JsonStringToMessage(in.body, &out);
  if (parsed.ok()) return {};
  return fail(ec::config_invalid, "the body is not a " + out.GetTypeName() +
                                      " in JSON: " + parsed.message().ToString());
}

result<std::string> encode(const google::protobuf::Message& m, const std::string& content_type) {
  std::string out;
  if (content_type == binary) {
    if (m.SerializeToString(&out)) return out;
  } else {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    if (google::protobuf::util::MessageToJsonString(m, &out, options).ok()) return out;
  }
  return fail(ec::internal, "the answer cannot be written as " + content_type);
}

}  // namespace

struct connect_server::impl {
  explicit impl(connect_options o) : options(std::move(o)) {}

  std::optional<http_response> refuse(const http_request& in) const;
  http_response answer(http_request& in) const;
  http_response call(const method& m, http_request& in) const;

  connect_options options;
  std::map<std::string, method> methods;  // by path; not changed once started
  std::optional<unix_listener> socket;
  std::optional<http_listener> listener;
};

std::optional<http_response> connect_server::impl::refuse(const http_request& in) const {
  if (!methods.contains(in.path))
    return error_response(404, "unimplemented", "there is no method " + in.path);
  if (in.method != "POST") {
    auto out = error_response(405, "unimplemented", "methods are called with POST");
    out.headers.emplace_back("Allow", "POST");
    return out;
  }
  if (in.content_type == binary || in.content_type == json) return {};
  auto out = error_response(415, "unimplemented",
                            "the content type must be application/proto or application/json");
  out.headers.emplace_back("Accept-Post", "application/proto, application/json");
  return out;
}

http_response connect_server::impl::answer(http_request& in) const {
  try {
    return call(methods.at(in.path), in);
  } catch (const std::exception& e) {
    log::error("admin_method_threw", {{"method", in.path}, {"what", e.what()}});
    return error_response(fail(ec::internal, "the method failed; the server's log says why"));
  }
}

http_response connect_server::impl::call(const method& m, http_request& in) const {
  const auto request = m.make_request();
  if (auto r = decode(in, *request); !r) return error_response(r.error());
  std::string{}.swap(in.body);
  call_context context;
  context.method = in.path.substr(1);
  context.uid = in.uid;
  context.peer = "unix";
  context.deadline = std::chrono::steady_clock::now() + options.write_limit;
  auto response = m.call(*request, context);
  if (!response) return error_response(response.error());
  auto body = encode(**response, in.content_type);
  if (!body) return error_response(body.error());
  return {200, in.content_type, std::move(*body), {}};
}

connect_server::connect_server(connect_options options)
    : x_(std::make_unique<impl>(std::move(options))) {}

connect_server::~connect_server() {
  stop();
}

void connect_server::add_untyped(std::string name, method m) {
  x_->methods["/" + name] = std::move(m);
}

result<void> connect_server::start() {
  auto socket = unix_listener::open(x_->options.socket_path, x_->options.setting);
  if (!socket) return socket.error();
  x_->socket.emplace(std::move(*socket));
  const auto& o = x_->options;
  x_->listener.emplace(
      x_->socket->fd(),
      http_handler{[x = x_.get()](const auto& in) { return x->refuse(in); },
                   [x = x_.get()](auto& in) { return x->answer(in); }, protocol_problem},
      http_limits{"admin", o.threads, o.queued, o.max_request, o.read_limit, o.write_limit});
  return {};
}

void connect_server::stop() {
  x_->listener.reset();
  x_->socket.reset();
}

}  // namespace postroom::api
