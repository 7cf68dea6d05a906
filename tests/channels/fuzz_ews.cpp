// libFuzzer: any bytes from an Exchange server, cut anywhere, leave the same as in one piece, and
// reading what is left never fails but by its own errors. The first byte chooses the cut.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "channels/ews_answer.hpp"
#include "channels/ews_autodiscover.hpp"
#include "channels/ews_scanner.hpp"

namespace {

using namespace postroom::channels;

std::string read(std::string_view bytes, std::size_t cut) {
  std::string out;
  std::size_t last = 0;
  ews_scanner scanner(
      [&](std::size_t number, std::string_view mime) {
        if (number != last) out += '|';
        last = number;
        out += mime;
      },
      64u << 10);
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, cut);
    bytes.remove_prefix(piece.size());
    if (!scanner.feed(piece)) return "broken";
  }
  out += '#' + std::to_string(scanner.contents()) + '#';
  return out + scanner.take_rest();
}

std::string cut_apart(std::string_view bytes, std::size_t cut) {
  std::string out;
  ews_envelopes envelopes([&](const std::string& e) { out += e + '|'; });
  while (!bytes.empty()) {
    if (!envelopes.feed(bytes.substr(0, cut))) return "broken";
    bytes.remove_prefix(std::min(cut, bytes.size()));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t cut = data[0] + 1u;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (read(bytes, cut) != read(bytes, std::string_view::npos)) std::abort();
  if (cut_apart(bytes, cut) != cut_apart(bytes, std::string_view::npos)) std::abort();
  const auto filtered = without_illegal_characters(bytes);
  if (without_illegal_characters(filtered).size() > filtered.size()) std::abort();
  if (const auto got = read_ews_answer(bytes)) {
    if (got->empty()) std::abort();
    for (const auto& message : *got)
      if (ews_error(message).detail.size() > 300) std::abort();
  }
  (void)read_autodiscovered(bytes).ok();
  (void)read_ews_time(bytes);
  return 0;
}
