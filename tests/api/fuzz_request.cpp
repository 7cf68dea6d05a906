// libFuzzer: any bytes, in any split, through the HTTP reader and every registered method's
// decoding (gzip, proto, JSON): no crash, no body over its bound, the same requests whatever the
// split, every answer is one that a client understands, and no body unfolds into more than was
// counted before. What is decoded is sent back, so writing is met too.
#include <google/protobuf/util/json_util.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/connect_calls.hpp"
#include "api/connect_error.hpp"
#include "api/element_count.hpp"
#include "api/http_reader.hpp"
#include "api/http_writer.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace {

using namespace postroom;
using namespace postroom::api;
using state = http_reader::state;
constexpr std::size_t max_body = 64u << 10;

/// A method that gives back what it was sent.
connect_method echo(const google::protobuf::Descriptor* request) {
  const auto* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(request);
  return {[prototype] { return message_ptr{prototype->New()}; },
          [](const google::protobuf::Message& in, const call_context& c) -> result<message_ptr> {
            message_ptr out{in.New()};
            out->CopyFrom(in);
            if (in.ByteSizeLong() % 7 != 3) return out;
            c.violate("field", "problem", "remedy");
            return fail(ec::config_invalid, "on purpose");
          }};
}

/// Every method of postroom.admin.v1, and its first one under the short path /a.
const connect_calls& all_methods() {
  static const connect_calls calls = [] {
    connect_calls out{max_body, duration{1000}};
    const auto* file = admin::v1::CheckRequest::descriptor()->file();
    for (int s = 0; s < file->service_count(); ++s)
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        out.add(file->service(s)->full_name() + "/" + method->name(), echo(method->input_type()));
      }
    out.add("a", echo(admin::v1::ApplyRequest::descriptor()));
    return out;
  }();
  return calls;
}

void check(const http_response& answer) {
  if (render_head(answer, true).find("\r\n\r\n") == std::string::npos) std::abort();
  if (answer.status == 200) return;
  if (parse_connect_error(answer.status, answer.body, "").code == ec::none) std::abort();
}

std::size_t elements_in(const google::protobuf::Message& m);

std::size_t elements_in(const google::protobuf::Message& m,
                        const google::protobuf::FieldDescriptor& f) {
  const auto* r = m.GetReflection();
  const auto items = f.is_repeated() ? static_cast<std::size_t>(r->FieldSize(m, &f)) : 1u;
  if (!f.message_type() || f.is_map()) return items;
  if (!f.is_repeated()) return 1 + elements_in(r->GetMessage(m, &f));
  std::size_t out = items;
  for (std::size_t i = 0; i < items; ++i)
    out += elements_in(r->GetRepeatedMessage(m, &f, static_cast<int>(i)));
  return out;
}

/// An entry of a map is one, as it is one member in JSON. Lists of numbers apart, which cost no
/// more than eight bytes an item.
std::size_t elements_in(const google::protobuf::Message& m) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  m.GetReflection()->ListFields(m, &fields);
  std::size_t out = static_cast<std::size_t>(m.GetReflection()->GetUnknownFields(m).field_count());
  for (const auto* f : fields)
    if (!f->is_packable()) out += elements_in(m, *f);
  return out;
}

/// A body unfolds into no more than was counted.
void check_count(const std::string& body) {
  admin::v1::ApplyRequest from_binary, from_json;
  if (from_binary.ParseFromString(body) &&
      elements_in(from_binary) > binary_elements(body, *from_binary.GetDescriptor()))
    std::abort();
  if (google::protobuf::util::JsonStringToMessage(body, &from_json).ok() &&
      elements_in(from_json) > json_elements(body))
    std::abort();
}

/// What was read, in a form that can be compared.
struct tally {
  std::size_t requests = 0, bytes = 0;
  int problem = 0;
  bool operator==(const tally&) const = default;
};

tally run(std::string_view stream, std::size_t step, bool answer) {
  http_reader reader;
  tally out;
  while (!stream.empty()) {
    stream.remove_prefix(reader.feed(stream.substr(0, step)));
    if (reader.request().body.size() > max_body) std::abort();
    if (reader.now() == state::head_done) {
      out.bytes += reader.request().path.size() + reader.request().headers.size();
      const auto verdict = all_methods().look(reader.request());
      if (verdict.refusal && answer) check(*verdict.refusal);
      reader.request().max_body = max_body;
      reader.read_body(max_body);
    }
    if (reader.now() == state::failed) {
      out.problem = reader.problem();
      return out;
    }
    if (reader.now() != state::done) continue;
    ++out.requests;
    out.bytes += reader.request().body.size();
    if (answer) check_count(reader.request().body);
    if (answer && !all_methods().look(reader.request()).refusal)
      check(all_methods().answer(reader.request()));
    reader.next();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!(run(stream, SIZE_MAX, true) == run(stream, data[0] % 17 + 1u, false))) std::abort();
  return 0;
}
