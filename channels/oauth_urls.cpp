#include "channels/oauth_urls.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/digest.hpp"
#include "channels/base64.hpp"
#include "channels/oauth_answer.hpp"

namespace postroom::channels {

namespace {

constexpr const char* pasted_back = "http://localhost";
constexpr std::size_t max_redirect_bytes = 16u << 10;

std::map<std::string, std::string> read_query(std::string_view text) {
  // Takes what stands before the mark, and the mark, off the front; all of it where there is none.
  const auto take = [](std::string_view& from, char mark) {
    const auto out = from.substr(0, from.find_first_of(mark));
    from = from.size() > out.size() ? from.substr(out.size() + 1) : std::string_view{};
    return out;
  };
  if (text.find_first_of('?') != text.npos) take(text, '?');
  text = take(text, '#');
  std::map<std::string, std::string> out;
  while (!text.empty()) {
    auto field = take(text, '&');
    const auto name = take(field, '=');
    out.emplace(form_unescape(name), form_unescape(field));
  }
  return out;
}

}  // namespace

std::string scope_of(const std::vector<std::string>& scopes) {
  std::string out;
  for (const auto& s : scopes) out += (out.empty() ? "" : " ") + s;
  return out;
}

std::string render_form(const form_fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += (out.empty() ? "" : "&") + url_escape(name) + "=" + url_escape(value);
  return out;
}

std::string base64url(std::string_view bytes) {
  auto out = to_base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}

code_request make_code_request(const oauth_settings& s, const random_fn& random) {
  code_request out;
  out.state = random_hex(random, 4);     // 256 bits
  out.verifier = random_hex(random, 4);  // RFC 7636, 4.1: 43 to 128 characters
  const auto challenge = base64url(sha256{}.update(out.verifier).finish());
  const form_fields query{{"client_id", s.client_id},
                          {"response_type", "code"},
                          {"redirect_uri", s.callback_url.empty() ? pasted_back : s.callback_url},
                          {"scope", scope_of(s.scopes)},
                          {"state", out.state},
                          {"code_challenge", challenge},
                          {"code_challenge_method", "S256"},
                          {"prompt", s.prompt}};
  const bool has_query = s.authorization_url.find('?') != std::string::npos;
  out.url = s.authorization_url + (has_query ? "&" : "?") + render_form(query);
  return out;
}

result<code_answer> read_redirect(std::string_view answer, std::string& state) {
  if (answer.size() > max_redirect_bytes)
    return fail(ec::config_invalid, "answer: is longer than an address can be");
  auto fields = read_query(answer);
  state = fields["state"];
  const auto trouble = fields.find("error");
  if (trouble != fields.end())
    return oauth_error(trouble->second, fields["error_description"], oauth_step::authorise);
  const auto& code = fields["code"];
  if (code.empty() || state.empty())
    return fail(ec::config_invalid,
                "answer: is not the address the browser ended at; it holds ?code=...&state=...");
  return code_answer{code, state};
}

microsoft_cloud microsoft_cloud_of(const std::string& name) {
  if (name == "us_government")
    return {"https://login.microsoftonline.us", "https://graph.microsoft.us",
            "https://outlook.office365.us"};
  if (name == "us_dod")
    return {"https://login.microsoftonline.us", "https://dod-graph.microsoft.us",
            "https://outlook-dod.office365.us"};
  if (name == "china")
    return {"https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn",
            "https://partner.outlook.cn"};
  return {"https://login.microsoftonline.com", "https://graph.microsoft.com",
          "https://outlook.office365.com"};
}

void use_microsoft(oauth_settings& s, const std::string& cloud, const std::string& tenant) {
  const auto where = microsoft_cloud_of(cloud);
  const auto base = where.login + "/" + url_escape(tenant) + "/oauth2/v2.0/";
  s.token_url = base + "token";
  s.authorization_url = base + "authorize";
  s.device_url = base + "devicecode";
  s.secret_in_body = s.pss = true;
  s.prompt = "select_account";
  if (!s.scopes.empty()) return;
  if (s.grant == oauth_grant::client_credentials)
    s.scopes = {where.graph + "/.default"};
  else
    s.scopes = {where.graph + "/Mail.ReadWrite", where.graph + "/Mail.Send", "offline_access"};
}

}  // namespace postroom::channels
