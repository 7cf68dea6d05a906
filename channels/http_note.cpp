#include "channels/http_note.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "channels/transcript.hpp"

namespace postroom::channels {
namespace {

std::string path_of(std::string_view url) {
  const auto scheme = url.find("://");
  url.remove_prefix(scheme == url.npos ? 0 : scheme + 3);
  url = url.substr(0, url.find_first_of("?#"));
  const auto path = url.find('/');
  return path == url.npos ? "/" : std::string(url.substr(path));
}

std::string size_text(uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " bytes";
  return std::to_string(bytes / 1000) + "." + std::to_string(bytes % 1000 / 100) + " KB";
}

/// An answer that refuses the sign-in came that far; of others only success tells of a session.
transcript::step reached_by(const result<http_answer>& got) {
  using enum transcript::step;
  if (!got) return was_cut_off(got.error()) ? connect : dns;
  if (got->status / 100 == 2) return session;
  return got->status == 401 || got->status == 403 ? sign_in : connect;
}

}  // namespace

void note_exchange(const http_request& request, const result<http_answer>& got, uint64_t bytes,
                   duration took) {
  if (!request.heard) return;
  auto line = request.method + " " + path_of(request.url);
  if (!request.what.empty()) line += " " + request.what;
  line += " -> " + (got ? std::to_string(got->status) + ", " + size_text(bytes)
                        : std::string(to_string(got.code())));
  line += ", " + std::to_string(took.count()) + " ms";
  request.heard->exchanged(std::move(line), reached_by(got));
}

}  // namespace postroom::channels
