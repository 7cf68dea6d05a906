#include "api/connect_calls.hpp"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <charconv>

#include "api/connect_error.hpp"
#include "api/element_count.hpp"
#include "api/gzip.hpp"
#include "base/log.hpp"

namespace postroom::api {
namespace {

constexpr const char* binary = "application/proto";
constexpr const char* json = "application/json";
constexpr std::size_t worth_gzip = 1024;
constexpr std::size_t max_timeout_digits = 10;
using steady = std::chrono::steady_clock;

http_response error_response(int status, std::string_view code, std::string_view message,
                             const std::vector<field_violation>& violations = {}) {
  return {status, json, render_connect_error(code, message, violations), {}};
}

http_response error_response(const error& e, const std::vector<field_violation>& violations = {}) {
  const auto code = connect_code_of(e.code);
  auto out = error_response(code.http_status, code.name,
                            e.detail.empty() ? describe(e.code).remedy : e.detail, violations);
  out.headers.emplace_back(error_header, to_string(e.code));
  return out;
}

http_response with_header(http_response out, const char* name, const char* value) {
  out.headers.emplace_back(name, value);
  return out;
}

/// Errors: config_invalid (no such number).
result<std::optional<duration>> timeout_of(const http_request& in) {
  const auto text = in.header("connect-timeout-ms");
  if (text.empty() && !in.headers.contains("connect-timeout-ms")) return std::optional<duration>{};
  int64_t ms = 0;
  const auto* end = text.data() + text.size();
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits && text.size() <= max_timeout_digits &&
      std::from_chars(text.data(), end, ms).ptr == end && ms > 0)
    return std::optional{duration{ms}};
  return fail(ec::config_invalid,
              "the header Connect-Timeout-Ms must be a whole number of milliseconds above 0, of at "
              "most 10 digits");
}

/// Before anything is made of it.
result<void> check_elements(const http_request& in, const google::protobuf::Message& out) {
  const auto found = in.content_type == binary ? binary_elements(in.body, *out.GetDescriptor())
                                               : json_elements(in.body);
  if (found <= max_elements) return {};
  return fail(ec::config_invalid, "the body has more than " + std::to_string(max_elements) +
                                      " values (fields, and items of lists), which is all this "
                                      "server takes at once; send it in parts");
}

result<void> decode(const http_request& in, google::protobuf::Message& out) {
  if (auto few = check_elements(in, out); !few) return few;
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

/// An empty body is empty whatever its encoding is said to be (the protocol's words).
result<void> unpack(http_request& in, std::size_t max) {
  if (in.header("content-encoding") != "gzip" || in.body.empty()) return {};
  auto plain = gunzip(in.body, max);
  if (!plain) return plain.error();
  in.body = std::move(*plain);
  return {};
}

http_response packed(http_response out, const http_request& in) {
  if (out.body.size() < worth_gzip || !accepts_gzip(in.header("accept-encoding"))) return out;
  if (auto small = gzip(out.body); !small.empty() && small.size() < out.body.size()) {
    out.body = std::move(small);
    out.headers.emplace_back("Content-Encoding", "gzip");
  }
  return out;
}

call_context context_of(const http_request& in, steady::time_point deadline) {
  return {.method = in.path.substr(1),
          .uid = in.uid,
          .peer = in.peer,
          .authorization = std::string{in.header("authorization")},
          .client_certificate = in.client_certificate,
          .deadline = deadline,
          .violations = {}};
}

}  // namespace

http_response connect_calls::problem(int status) {
  switch (status) {
    case 408:
      return error_response(status, "deadline_exceeded", "the request did not come in time");
    case 413:
      return error_response(status, "resource_exhausted",
                            "the request is larger than this server takes");
    case 414:
      return error_response(status, "unimplemented", "the path is too long for any method");
    case 417:
      return error_response(status, "unimplemented", "only 100-continue may be expected");
    case 431:
      return error_response(status, "resource_exhausted", "the head of the request is too large");
    case 500:
      return error_response(status, "internal", "the method failed; the server's log says why");
    case 503:
      return error_response(status, "unavailable", "the server is busy; try again");
    default:
      return error_response(status, "invalid_argument", "this is not a complete HTTP request");
  }
}

connect_calls::connect_calls(std::size_t max_request, duration patience)
    : max_request_(max_request), patience_(patience) {}

void connect_calls::add(const std::string& name, connect_method m) {
  methods_["/" + name] = std::move(m);
}

std::optional<http_response> connect_calls::refuse(const http_request& in) const {
  if (!methods_.contains(in.path))
    return error_response(404, "unimplemented", "there is no method " + in.path);
  if (in.method != "POST")
    return with_header(error_response(405, "unimplemented", "methods are called with POST"),
                       "Allow", "POST");
  if (in.content_type != binary && in.content_type != json)
    return with_header(
        error_response(415, "unimplemented",
                       "the content type must be application/proto or application/json"),
        "Accept-Post", "application/proto, application/json");
  const auto encoding = in.header("content-encoding");
  if (!encoding.empty() && encoding != "gzip" && encoding != "identity")
    return with_header(
        error_response(501, "unimplemented", "the content encoding must be gzip or identity"),
        "Accept-Encoding", "gzip, identity");
  const auto version = in.header("connect-protocol-version");
  if (!version.empty() && version != "1")
    return error_response(
        fail(ec::config_invalid, "the header Connect-Protocol-Version must be 1 or left out"));
  if (const auto timeout = timeout_of(in); !timeout) return error_response(timeout.error());
  return {};
}

const http_page* connect_calls::page_of(const http_request& in) const {
  const auto found = in.uid ? pages_.end() : pages_.find(in.path);
  return found == pages_.end() ? nullptr : &found->second;
}

http_verdict connect_calls::look(const http_request& in) const {
  if (const auto* page = page_of(in)) {
    if (in.method == page->method) return {{}, page->max_body};
    return {with_header(error_response(405, "unimplemented", "the page takes another method"),
                        "Allow", page->method.c_str())};
  }
  if (auto refused = refuse(in)) return {std::move(refused)};
  if (!guard_) return {{}, max_request_};
  const auto bound = guard_(context_of(in, steady::time_point::max()));
  if (!bound) return {error_response(bound.error())};
  const auto encoding = in.header("content-encoding");
  if (!bound->may_be_packed && !encoding.empty() && encoding != "identity")
    return {
        with_header(error_response(501, "unimplemented", "this method takes no content encoding"),
                    "Accept-Encoding", "identity")};
  return {{}, std::min(bound->bytes, max_request_)};
}

http_response connect_calls::answer(http_request& in) const {
  try {
    if (const auto* page = page_of(in)) return page->answer(in);
    return call(methods_.at(in.path), in);
  } catch (const std::exception& e) {
    log::error("admin_method_threw", {{"method", in.path}, {"what", e.what()}});
    return error_response(fail(ec::internal, "the method failed; the server's log says why"));
  }
}

http_response connect_calls::call(const connect_method& m, http_request& in) const {
  const auto timeout = timeout_of(in);
  if (!timeout) return error_response(timeout.error());
  const auto deadline = in.received + timeout->value_or(patience_);
  if (*timeout && steady::now() >= deadline)
    return error_response(fail(ec::timeout, "the call's time was over before its turn came"));
  if (auto r = unpack(in, in.max_body); !r)
    return r.code() == ec::overloaded ? error_response(413, "resource_exhausted", r.error().detail)
                                      : error_response(r.error());
  const auto request = m.make_request();
  if (auto r = decode(in, *request); !r) return error_response(r.error());
  std::string{}.swap(in.body);
  auto context = context_of(in, deadline);
  context.violations = std::make_shared<std::vector<field_violation>>();
  auto response = m.call(*request, context);
  if (!response) return error_response(response.error(), *context.violations);
  auto body = encode(**response, in.content_type);
  if (!body) return error_response(body.error());
  return packed({200, in.content_type, std::move(*body), {}}, in);
}

}  // namespace postroom::api
