// libFuzzer: whatever an identity provider or a browser sends, it is a token, a code or an error;
// tokens fit into a header, and no error repeats what was sent. What is read as a web address leads
// to the host that it names.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/web_url.hpp"
#include "channels/oauth_answer.hpp"
#include "channels/oauth_urls.hpp"

namespace {

using namespace postroom;
using namespace postroom::channels;

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

void must(bool good) {
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  http_answer answer{200, {{"retry-after", bytes.substr(0, 40)}}, bytes};
  if (const auto token = read_token(answer)) {
    must(!token->access_token.empty() && is_visible(token->access_token));
    must(is_visible(token->refresh_token) && token->life >= duration{0});
  }
  if (const auto device = read_device(answer))
    must(is_visible(device->device_code) && is_visible(device->url));
  answer.status = 400;
  const auto refusal = read_refusal(answer, oauth_step::renew, time_point{});
  must(refusal.why.detail.size() < 300 && refusal.retry_after >= duration{0});
  must(refusal.retry_after <= duration{86'400'000});
  std::string state;
  if (const auto code = read_redirect(bytes, state)) must(!code->code.empty() && !state.empty());
  must(render_form({{bytes, bytes}}).find_first_of("\r\n ") == std::string::npos);
  if (const auto origin = origin_of(bytes)) {
    const auto again = origin->scheme + "://" + origin->host + ":" + std::to_string(origin->port);
    must(origin_of(again) == origin);
    must(is_fit_for_secrets(bytes) == is_fit_for_secrets(again));
  }
  return 0;
}
