// libFuzzer: any bytes from a POP3 server, cut anywhere, give the same events as in one piece, and
// a listing never fails but by its own errors. The first two bytes choose the shape and the cut.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "channels/pop3_listing.hpp"
#include "channels/pop3_parser.hpp"

namespace {

using namespace postroom::channels;
using kind = pop3_parser::event::kind;

std::string read(pop3_parser::reply shape, std::string_view bytes, std::size_t cut) {
  pop3_parser parser;
  pop3_listing listing(100);
  std::string out;
  kind before = kind::more;
  while (!bytes.empty()) {
    auto in = bytes.substr(0, cut);
    bytes.remove_prefix(in.size());
    parser.expect(shape);
    for (auto e = parser.next(in); e.what != kind::more; e = parser.next(in)) {
      if (e.what == kind::broken) return out + "broken";
      if (e.what == kind::entry)
        (void)(listing.add_uidl(e.text).ok() || listing.add_size(e.text).ok());
      if (e.what != kind::body || before != kind::body) out += static_cast<char>('A' + int(e.what));
      out += e.text;
      before = e.what;
      parser.expect(shape);
    }
  }
  (void)listing.finish().ok();
  (void)listing.after(0, 1000);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  auto shape = static_cast<pop3_parser::reply>(data[0] % 3);
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (read(shape, bytes, data[1] + 1u) != read(shape, bytes, std::string_view::npos)) std::abort();
  return 0;
}
