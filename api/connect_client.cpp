#include "api/connect_client.hpp"

#include <algorithm>
#include <utility>

#include "api/connect_error.hpp"
#include "api/deadline_stream.hpp"
#include "api/sockets.hpp"

namespace postroom::api {
namespace {

using steady = std::chrono::steady_clock;
constexpr std::size_t max_head = 64u << 10;
constexpr std::size_t max_answer = 256u << 20;  ///< after decompression

/// The part of httplib that writes a request and reads its answer; the connection is ours.
class exchange final : public httplib::ClientImpl {
 public:
  exchange() : ClientImpl("localhost") {}
  bool run(httplib::Stream& stream, httplib::Request& request, httplib::Response& response) {
    auto why = httplib::Error::Success;
    return process_request(stream, request, response, true, why);
  }
};

error no_server(const std::string& path, const error& why) {
  return fail(
      ec::unreachable,
      why.detail +
          ". Is `postroom serve` running? Name its socket with --socket PATH or its node.yaml with "
          "--config FILE (tried " +
          path + ")");
}

httplib::Request request_of(const std::string& method, const std::string& body, duration limit) {
  httplib::Request out;
  out.method = "POST";
  out.path = "/" + method;
  out.set_header("Content-Type", "application/proto");
  out.set_header("Connect-Protocol-Version", "1");
  out.set_header("Connect-Timeout-Ms", std::to_string(std::max<int64_t>(limit.count(), 1)));
  out.body = body;
  return out;
}

void add_headers(const https_target& server, httplib::Request& out) {
  const bool v6 = server.host.find(':') != std::string::npos;
  out.set_header("Host",
                 (v6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port));
  out.set_header("Accept-Encoding", "gzip");
  if (!server.token.empty()) out.set_header("Authorization", "Bearer " + server.token);
}

/// What the server says, kept within bounds.
void collect(httplib::Request& out, std::string& body) {
  out.content_receiver = [&body](const char* data, std::size_t size, uint64_t, uint64_t) {
    if (body.size() + size > max_answer) return false;
    body.append(data, size);
    return true;
  };
}

}  // namespace

connect_client::connect_client(std::string socket_path, duration limit)
    : socket_path_(std::move(socket_path)), limit_(limit) {}

connect_client::connect_client(https_target server, duration limit)
    : server_(std::move(server)), limit_(limit) {}

result<channel> connect_client::connect() const {
  if (server_) return connect_tls(*server_, limit_);
  auto fd = connect_unix(socket_path_, limit_);
  if (fd) return channel{std::move(*fd)};
  if (fd.code() == ec::not_found || fd.code() == ec::unreachable)
    return no_server(socket_path_, fd.error());
  return fd.error();
}

result<void> connect_client::call_untyped(const std::string& method,
                                          const google::protobuf::Message& request,
                                          google::protobuf::Message& response,
                                          std::vector<field_violation>* violations) const {
  const auto until = steady::now() + limit_;
  auto io = connect();
  if (!io) return io.error();
  const auto left = std::chrono::duration_cast<duration>(until - steady::now());
  auto out = request_of(method, request.SerializeAsString(), left);
  if (server_) add_headers(*server_, out);
  std::string body;
  collect(out, body);
  httplib::Response in;
  deadline_stream stream{*io, left, max_head};
  if (!exchange{}.run(stream, out, in)) {
    if (stream.timed_out())
      return fail(ec::timeout,
                  "no answer to " + method + " within " + std::to_string(limit_.count()) + " ms");
    return fail(ec::connection_lost,
                "the server closed the connection before it answered " + method);
  }
  if (in.status != 200)
    return parse_connect_error(in.status, body, in.get_header_value(error_header), violations);
  if (response.ParseFromString(body)) return {};
  return fail(ec::protocol_violation,
              "the answer to " + method + " is not a " + response.GetTypeName());
}

}  // namespace postroom::api
