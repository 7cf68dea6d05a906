// libFuzzer: any bytes from an SMTP server, cut anywhere, give the same replies as in one piece,
// and each reply a report that is a success only for a 2xx code. The first byte chooses the cut.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "channels/smtp_reply.hpp"

namespace {

using namespace postroom;
using namespace postroom::channels;

void judge(const smtp_reply& reply) {
  (void)extensions_of(reply);
  for (auto stage :
       {smtp_stage::sign_in, smtp_stage::mail_from, smtp_stage::rcpt_to, smtp_stage::content}) {
    auto report = report_of(stage, reply);
    if ((report.code == ec::none) != reply.positive() || report.reply.size() > 500) std::abort();
  }
}

std::string read(std::string_view bytes, std::size_t cut) {
  smtp_reply_parser parser;
  std::string out;
  while (!bytes.empty()) {
    auto in = bytes.substr(0, cut);
    bytes.remove_prefix(in.size());
    for (;;) {
      auto reply = parser.next(in);
      if (!reply) return out + "broken";
      if (!*reply) break;
      judge(**reply);
      out += std::to_string((*reply)->code);
      for (const auto& line : (*reply)->lines) out += line + '\n';
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (read(bytes, data[0] + 1u) != read(bytes, std::string_view::npos)) std::abort();
  return 0;
}
