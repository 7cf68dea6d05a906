#include "api/connect_client.hpp"

#include <utility>

#include "api/connect_error.hpp"
#include "api/deadline_stream.hpp"
#include "api/sockets.hpp"

namespace postroom::api {
namespace {

constexpr std::size_t max_head = 64u << 10;

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

}  // namespace

connect_client::connect_client(std::string socket_path, duration limit)
    : socket_path_(std::move(socket_path)), limit_(limit) {}

result<void> connect_client::call_untyped(const std::string& method,
                                          const google::protobuf::Message& request,
                                          google::protobuf::Message& response) const {
  auto fd = connect_unix(socket_path_, limit_);
  if (!fd && (fd.code() == ec::not_found || fd.code() == ec::unreachable))
    return no_server(socket_path_, fd.error());
  if (!fd) return fd.error();
  httplib::Request out;
  out.method = "POST";
  out.path = "/" + method;
  out.set_header("Content-Type", "application/proto");
  out.set_header("Connect-Protocol-Version", "1");
  out.set_header("Connect-Timeout-Ms", std::to_string(limit_.count()));
  out.body = request.SerializeAsString();
  httplib::Response in;
  deadline_stream stream{fd->get(), limit_, limit_, max_head};
  if (!exchange{}.run(stream, out, in)) {
    if (stream.timed_out())
      return fail(ec::timeout,
                  "no answer to " + method + " within " + std::to_string(limit_.count()) + " ms");
    return fail(ec::connection_lost,
                "the server closed the connection before it answered " + method);
  }
  if (in.status != 200)
    return parse_connect_error(in.status, in.body, in.get_header_value(error_header));
  if (response.ParseFromString(in.body)) return {};
  return fail(ec::protocol_violation,
              "the answer to " + method + " is not a " + response.GetTypeName());
}

}  // namespace postroom::api
