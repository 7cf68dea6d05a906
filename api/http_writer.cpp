#include "api/http_writer.hpp"

#include <http_parser.h>

namespace postroom::api {
namespace {

const char* reason_of(int status) {
  switch (status) {
#define POSTROOM_STATUS(number, name, text) \
  case number:                              \
    return #text;
    HTTP_STATUS_MAP(POSTROOM_STATUS)
#undef POSTROOM_STATUS
    default:
      return "Unknown";
  }
}

/// A header may not end itself early: what is no visible ASCII, space or tab is left out.
void add_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  for (const char c : value)
    if (c == '\t' || (c >= ' ' && c <= '~')) out += c;
  out += "\r\n";
}

}  // namespace

std::string render_head(const http_response& response, bool keep_alive) {
  auto out =
      "HTTP/1.1 " + std::to_string(response.status) + " " + reason_of(response.status) + "\r\n";
  if (!response.content_type.empty()) add_header(out, "Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) add_header(out, name, value);
  add_header(out, "Content-Length", std::to_string(response.body.size()));
  if (!keep_alive) add_header(out, "Connection", "close");
  return out + "\r\n";
}

}  // namespace postroom::api
