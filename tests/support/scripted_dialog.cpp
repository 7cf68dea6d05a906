#include "tests/support/scripted_dialog.hpp"

#include <algorithm>

namespace postroom::support {
namespace {

using kind = step::kind;

std::string lines(std::string_view text, std::string_view prefix) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find("\r\n", at), text.size());
    out.append(prefix).append(text.substr(at, end - at)).append("\r\n");
    at = end + 2;
  }
  return out;
}

}  // namespace

step S(std::string_view line) {
  return {kind::say, std::string(line) + "\r\n", 0};
}
step S_raw(std::string bytes, std::size_t per_write) {
  auto count = per_write == 0 ? std::max<std::size_t>(bytes.size(), 1) : per_write;
  return {kind::say, std::move(bytes), count};
}
step C(std::string_view line) {
  return {kind::expect, std::string(line), 0};
}
step C_like(std::string_view pattern) {
  return {kind::expect_like, std::string(pattern), 0};
}
step C_data() {
  return {kind::expect_data, "", 0};
}
step gate(std::string_view name) {
  return {kind::gate, std::string(name), 0};
}
step hang_up() {
  return {kind::close, "", 0};
}
step reset() {
  return {kind::reset, "", 0};
}
step half_close() {
  return {kind::half_close, "", 0};
}
step hang() {
  return {kind::hang, "", 0};
}

dialog imap_sign_in(std::string_view capabilities) {
  return {S("* OK ready"),
          C("{tag} CAPABILITY"),
          S("* CAPABILITY " + std::string(capabilities)),
          S("{tag} OK done"),
          C("{tag} LOGIN {login} {password}"),
          S("{tag} OK welcome")};
}

dialog pop3_sign_in(std::string_view capabilities) {
  return {S("+OK ready"),
          C("CAPA"),
          S("+OK"),
          S(lines(capabilities, "") + "."),
          C("USER {login}"),
          S("+OK"),
          C("PASS {password}"),
          S("+OK welcome")};
}

dialog smtp_greeting(std::string_view extensions) {
  auto all = lines("scripted.test\r\n" + std::string(extensions), "250-");
  all[all.rfind("250-") + 3] = ' ';
  all.erase(all.size() - 2);
  return {S("220 scripted.test ready"), C("EHLO {name}"), S(all)};
}

}  // namespace postroom::support
