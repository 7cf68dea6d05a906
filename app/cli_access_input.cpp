#include <algorithm>
#include <cctype>

#include "app/cli_access.hpp"
#include "app/cli_admin.hpp"
#include "app/cli_private.hpp"
#include "app/cli_text.hpp"

namespace postroom::app {
namespace {

using namespace admin::v1;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out{""};
  for (const char c : text) {
    if (c == ',')
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

/// "view-calls" is VIEW_CALLS.
Right right_of(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  Right out = RIGHT_UNSPECIFIED;
  return Right_Parse(text, &out) ? out : RIGHT_UNSPECIFIED;
}

std::string all_names() {
  std::string out;
  for (int i = Right_MIN + 1; i <= Right_MAX; ++i)
    if (Right_IsValid(i)) out += (out.empty() ? "" : ", ") + Right_Name(i);
  return out;
}

}  // namespace

std::optional<cli_grants> parse_grants(terminal& term, const std::string& option,
                                       const std::vector<std::string>& texts) {
  cli_grants out;
  for (const auto& text : texts) {
    const auto colon = text.find(':');
    auto* grant = out.Add();
    grant->set_right(right_of(text.substr(0, colon)));
    if (grant->right() == RIGHT_UNSPECIFIED) {
      term.err << "postroom: --" << option << ": \"" << printable(text)
               << "\" names no right; the rights are " << all_names() << "\n";
      return {};
    }
    grant->set_everywhere(colon == std::string::npos);
    if (!grant->everywhere())
      for (const auto& part : split(text.substr(colon + 1))) grant->add_partitions(part);
  }
  return out;
}

std::string show_grants(const cli_grants& grants) {
  std::string out;
  for (const auto& g : grants) {
    out += (out.empty() ? "" : " ") + Right_Name(g.right());
    for (int i = 0; i < g.partitions_size(); ++i) out += (i == 0 ? ":" : ",") + g.partitions(i);
  }
  return out;
}

std::optional<std::string> read_password(const invocation& in, terminal& term) {
  if (in.has("password-file")) {
    auto text = read_private(in.get("password-file"));
    if (text) return std::move(*text);
    print_error(term, text.error());
    return {};
  }
  auto first = term.ask_password ? term.ask_password("Password: ") : std::nullopt;
  if (!first) {
    term.err
        << "postroom: there is no terminal to ask for the password; give --password-file FILE\n";
    return {};
  }
  if (term.ask_password("Once more: ") == first) return first;
  term.err << "postroom: the two passwords differ; nothing was changed\n";
  return {};
}

}  // namespace postroom::app
