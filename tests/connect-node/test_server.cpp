// The server that calls.test.mjs talks to: every method of postroom.admin.v1, over HTTPS with a
// client certificate. A method takes only the request that fill() makes and answers what fill()
// makes. usage: connect_test_server FOLDER   prints {"port": N}, ends with its input
#include <google/protobuf/util/message_differencer.h>
#include <poll.h>

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "api/connect_server.hpp"
#include "postroom/admin/v1/admin.pb.h"
#include "tests/api/certificates.hpp"

namespace {

using namespace postroom;
using namespace postroom::api;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using steady = std::chrono::steady_clock;

constexpr int deepest = 4;
constexpr int64_t large = 9007199254740993;  // more than a double holds exactly

void fill(Message& m, int depth);

void add_value(Message& m, const FieldDescriptor& f, int depth) {
  const auto& r = *m.GetReflection();
  const auto put = [&](auto set, auto add, auto value) {
    f.is_repeated() ? (r.*add)(&m, &f, value) : (r.*set)(&m, &f, value);
  };
  using R = google::protobuf::Reflection;
  const int n = f.number();
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return put(&R::SetInt32, &R::AddInt32, n);
    case FieldDescriptor::CPPTYPE_INT64:
      return put(&R::SetInt64, &R::AddInt64, large + n);
    case FieldDescriptor::CPPTYPE_UINT32:
      return put(&R::SetUInt32, &R::AddUInt32, static_cast<uint32_t>(n));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put(&R::SetUInt64, &R::AddUInt64, static_cast<uint64_t>(large + n));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return put(&R::SetDouble, &R::AddDouble, n / 2.0);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return put(&R::SetFloat, &R::AddFloat, static_cast<float>(n) / 2);
    case FieldDescriptor::CPPTYPE_BOOL:
      return put(&R::SetBool, &R::AddBool, true);
    case FieldDescriptor::CPPTYPE_ENUM:
      return put(&R::SetEnumValue, &R::AddEnumValue,
                 f.enum_type()->value(f.enum_type()->value_count() - 1)->number());
    case FieldDescriptor::CPPTYPE_STRING: {
      const auto bytes = std::string("\0\xff", 2) + static_cast<char>(n % 128);
      const bool text = f.type() == FieldDescriptor::TYPE_STRING;
      return put(&R::SetString, &R::AddString, text ? f.name() + " ü\n\"" : bytes);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return fill(f.is_repeated() ? *r.AddMessage(&m, &f) : *r.MutableMessage(&m, &f), depth + 1);
  }
}

void fill(Message& m, int depth) {
  const auto* d = m.GetDescriptor();
  for (int i = 0; i < d->field_count(); ++i) {
    const auto& f = *d->field(i);
    if (f.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && depth >= deepest) continue;
    if (f.containing_oneof() && f.containing_oneof()->field(0) != &f) continue;
    add_value(m, f, depth);
    if (f.is_repeated() && !f.is_map()) add_value(m, f, depth);
  }
}

message_ptr filled(const Descriptor& type) {
  message_ptr out{
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New()};
  fill(*out, 0);
  return out;
}

/// What the test asks for by its Authorization header.
result<void> obey(const call_context& context) {
  if (context.authorization == "throw") throw std::runtime_error("a secret");
  if (context.authorization == "violate") {
    context.violate("call", "it is blank", "name one");
    context.violate("call.number", "ünknown", "");
    return fail(ec::config_invalid, "two fields are \"wrong\"");
  }
  const auto left = std::chrono::duration_cast<duration>(context.deadline - steady::now()).count();
  if (context.authorization == "wait") ::poll(nullptr, 0, static_cast<int>(left) + 50);
  if (context.authorization == "tell") return fail(ec::conflict, std::to_string(left));
  return {};
}

connect_method method_of(const google::protobuf::MethodDescriptor& m) {
  const auto* in = m.input_type();
  const auto* out = m.output_type();
  return {[in] {
            return message_ptr{
                google::protobuf::MessageFactory::generated_factory()->GetPrototype(in)->New()};
          },
          [in, out](const Message& request, const call_context& c) -> result<message_ptr> {
            if (c.client_certificate != "CN=client,O=Example")
              return fail(ec::auth_refused, "the certificate is of " + c.client_certificate);
            if (auto r = obey(c); !r) return r.error();
            if (google::protobuf::util::MessageDifferencer::Equals(request, *filled(*in)))
              return filled(*out);
            return fail(ec::config_invalid, "this is not the request that was agreed on: " +
                                                request.ShortDebugString());
          }};
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 64;
  std::signal(SIGPIPE, SIG_IGN);
  const std::string folder = words[1];
  authority ca{folder, "ca"};
  ca.issue({"server", "localhost", "IP:127.0.0.1"});
  ca.issue({"client", "client"});
  connect_server server{{.socket_path = folder + "/admin.sock",
                         .https = https_options{.listen = "127.0.0.1:0",
                                                .tls = {.certificate_file = ca.file("server.pem"),
                                                        .key_file = ca.file("server.key"),
                                                        .client_ca_file = ca.file("ca.pem"),
                                                        .clients = client_certificate::required}}}};
  const auto* file = admin::v1::CheckRequest::descriptor()->file();
  for (int s = 0; s < file->service_count(); ++s)
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      const auto& method = *file->service(s)->method(m);
      server.add(file->service(s)->full_name() + "/" + method.name(), method_of(method));
    }
  if (const auto started = server.start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().text().c_str());
    return 1;
  }
  std::printf("{\"port\": %u}\n", static_cast<unsigned>(server.https_port()));
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
