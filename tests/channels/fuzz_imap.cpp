// libFuzzer: any bytes, in any split, must neither crash the IMAP parser nor make it keep more than
// came, and the same stream in one piece must give the same answers.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "channels/imap_parser.hpp"
#include "channels/imap_text.hpp"

namespace {

using namespace postroom;
using namespace postroom::channels;

struct counter : imap_parser::sink {
  std::size_t answers = 0, bodies = 0, bytes = 0;

  void on_response(imap_response& r) override {
    ++answers;
    if (r.what == imap_response::kind::status) (void)imap_error(r);
    if (r.fetch.body) bytes += r.fetch.body->size();
  }
  imap_parser::plan on_body(const imap_fetch&, uint64_t size) override {
    ++bodies;
    return size % 3 == 0   ? imap_parser::plan::keep
           : size % 3 == 1 ? imap_parser::plan::pieces
                           : imap_parser::plan::skip;
  }
  void on_piece(std::string piece) override {
    if (piece.empty() || piece.size() > imap_parser::piece_bytes) std::abort();
    bytes += piece.size();
  }
};

void feed_split(imap_parser& parser, std::string_view stream, std::size_t step) {
  while (!stream.empty()) {
    auto room = parser.destination();
    auto n = std::min(step, stream.size());
    if (!room.empty()) n = std::min(n, room.size());
    auto part = stream.substr(0, n);
    if (!room.empty()) {
      std::memcpy(room.data(), part.data(), n);
      part = {room.data(), n};
    }
    stream.remove_prefix(n);
    if (!parser.feed(part)) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  counter split, whole;
  imap_parser a(split), b(whole);
  feed_split(a, stream, data[0] % 17 + 1u);
  (void)b.feed(stream).ok();
  if (split.answers != whole.answers || split.bodies != whole.bodies || split.bytes != whole.bytes)
    std::abort();
  if (whole.bytes > size) std::abort();
  (void)quote_mailbox(stream).ok();
  return 0;
}
