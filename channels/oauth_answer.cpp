#include "channels/oauth_answer.hpp"
#include "channels/http_values.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <nlohmann/json.hpp>

namespace postroom::channels {

namespace {

using nlohmann::json;

constexpr std::size_t max_token = 32u << 10;
constexpr std::size_t max_short_text = 2'000;
constexpr duration default_life{300'000};  // RFC 6749, 5.1: it need not be said
constexpr duration max_life{24 * 3'600'000};

struct meaning {
  long number;
  ec code;
  const char* words;
};

/// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
constexpr std::array microsoft{
    meaning{50011, ec::config_invalid, "callback_url: is not registered with the application"},
    meaning{50012, ec::oauth_secret_expired, "the certificate or secret was not accepted"},
    meaning{50020, ec::oauth_tenant_wrong, "the account belongs to another tenant"},
    meaning{50034, ec::oauth_not_authorized, "the account does not exist in this tenant"},
    meaning{50053, ec::oauth_token_revoked, "the account is locked"},
    meaning{50055, ec::oauth_token_revoked, "the account's password has expired"},
    meaning{50057, ec::oauth_token_revoked, "the account is disabled"},
    meaning{50059, ec::oauth_tenant_wrong, "the tenant is not named"},
    meaning{50076, ec::oauth_token_revoked, "the account must sign in with a second factor"},
    meaning{50078, ec::oauth_token_revoked, "the second factor has expired"},
    meaning{50079, ec::oauth_token_revoked, "the account must set up a second factor"},
    meaning{50105, ec::oauth_consent_missing, "the account is not assigned to the application"},
    meaning{50132, ec::oauth_token_revoked, "the authorisation is not valid any more"},
    meaning{50133, ec::oauth_token_revoked, "the account's password was changed"},
    meaning{50158, ec::oauth_token_revoked, "the account must pass another check"},
    meaning{50173, ec::oauth_token_revoked, "the authorisation was withdrawn"},
    meaning{50194, ec::oauth_tenant_wrong, "the application needs its own tenant, not common"},
    meaning{50196, ec::throttled, "the same was asked too often"},
    meaning{53003, ec::oauth_consent_missing, "a Conditional Access policy blocks it"},
    meaning{54005, ec::oauth_not_authorized, "the code was used before; begin again"},
    meaning{65001, ec::oauth_consent_missing, "nobody has consented to what scopes ask for"},
    meaning{65004, ec::oauth_consent_missing, "the person declined"},
    meaning{70000, ec::oauth_token_revoked, "the refresh token is not valid"},
    meaning{70008, ec::oauth_token_revoked, "the refresh token was not used for too long"},
    meaning{70011, ec::config_invalid, "scopes: one is not known"},
    meaning{70043, ec::oauth_token_revoked, "the sign-in is older than the tenant allows"},
    meaning{90002, ec::oauth_tenant_wrong, "there is no such tenant in this cloud"},
    meaning{90033, ec::server_busy, "the provider has a passing trouble"},
    meaning{90055, ec::throttled, "the tenant asks too often"},
    meaning{90094, ec::oauth_consent_missing, "an administrator must consent"},
    meaning{500011, ec::oauth_consent_missing, "the tenant does not know what scopes name"},
    meaning{650052, ec::oauth_consent_missing, "the tenant has no access to the service"},
    meaning{650057, ec::oauth_consent_missing, "the application does not ask for what scopes name"},
    meaning{700016, ec::oauth_tenant_wrong, "the tenant has no application of this client_id"},
    meaning{700024, ec::oauth_secret_expired, "the assertion is not valid now; check the clock"},
    meaning{700027, ec::oauth_secret_expired, "the certificate is not registered, or expired"},
    meaning{700038, ec::oauth_tenant_wrong, "client_id is none"},
    meaning{700082, ec::oauth_token_revoked, "the refresh token was not used for too long"},
    meaning{700084, ec::oauth_token_revoked, "the refresh token ended"},
    meaning{900023, ec::oauth_tenant_wrong, "tenant is neither an id nor a domain"},
    meaning{1002012, ec::config_invalid, "scopes: client_credentials takes RESOURCE/.default only"},
    meaning{7000112, ec::oauth_consent_missing, "the application is disabled"},
    meaning{7000215, ec::oauth_secret_expired, "the client secret is wrong"},
    meaning{7000216, ec::oauth_secret_expired, "a client secret or a certificate is needed"},
    meaning{7000218, ec::oauth_secret_expired, "a client secret or a certificate is needed"},
    meaning{7000222, ec::oauth_secret_expired, "the client secret has expired"},
    meaning{7000229, ec::oauth_consent_missing, "the application was never added to the tenant"},
};

const meaning* find_microsoft(long number) {
  const auto found = std::ranges::find(microsoft, number, &meaning::number);
  return found == microsoft.end() ? nullptr : &*found;
}

/// The number behind the first "AADSTS"; 0: none.
long aadsts_of(std::string_view description) {
  constexpr std::string_view mark = "AADSTS";
  const auto at = description.find(mark);
  long out = 0;
  if (at != description.npos) {
    const auto digits = description.substr(at + mark.size(), 9);
    std::from_chars(digits.data(), digits.data() + digits.size(), out);
  }
  return out;
}

error by_code(std::string_view code, oauth_step step) {
  const bool person = step == oauth_step::authorise;
  if (code == "invalid_grant")
    return person ? fail(ec::oauth_not_authorized, "the code was refused, or is too old")
                  : fail(ec::oauth_token_revoked, "the refresh token was refused");
  if (code == "invalid_client")
    return fail(ec::oauth_secret_expired, "client_id and what it proves itself with were refused");
  if (code == "unauthorized_client")
    return fail(ec::oauth_tenant_wrong, "the client may not use this grant");
  if (code == "invalid_scope")
    return fail(ec::oauth_consent_missing, "scopes: not all of them are granted to this client");
  if (code == "access_denied")
    return fail(ec::oauth_consent_missing, "the person or the provider declined");
  if (code == "consent_required" || code == "admin_consent_required")
    return fail(ec::oauth_consent_missing, "consent is needed");
  if (code == "interaction_required" || code == "login_required")
    return fail(ec::oauth_token_revoked, "a person must sign in again");
  if (code == "expired_token")
    return fail(ec::oauth_not_authorized, "nobody typed the code in time");
  if (code == "unsupported_grant_type" || code == "unsupported_response_type")
    return fail(ec::config_invalid, "grant: the provider does not offer it");
  if (code == "invalid_request" || code == "invalid_target")
    return fail(ec::config_invalid,
                "the provider takes the request for malformed; check client_id,"
                " scopes, callback_url and the URLs");
  return fail(ec::server_busy, "the provider cannot answer now");
}

/// RFC 6749 codes are short words; anything else is not repeated.
std::string shown_code(std::string_view code) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  if (code.empty() || code.size() > 40 || !std::ranges::all_of(code, good)) return "error";
  return std::string(code);
}

std::string text_of(const json& j, const char* name, std::size_t limit) {
  const auto found = j.find(name);
  if (found == j.end() || !found->is_string()) return {};
  const auto& text = found->get_ref<const std::string&>();
  return text.size() > limit ? std::string{} : text;
}

/// Some providers send numbers as texts.
std::optional<duration> seconds_of(const json& j, const char* name) {
  const auto found = j.find(name);
  double value = -1;
  if (found != j.end() && found->is_number()) value = found->get<double>();
  if (found != j.end() && found->is_string()) {
    const auto& text = found->get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  if (!(value >= 0)) return std::nullopt;
  const double most = std::chrono::duration<double>(max_life).count();
  return duration{static_cast<int64_t>(std::min(value, most) * 1000)};
}

json read_object(const std::string& body) {
  auto out = json::parse(body, nullptr, false);
  return out.is_object() ? out : json::object();
}

/// It becomes part of a header or a command.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= max_token &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

error no_oauth(const char* what) {
  return fail(ec::protocol_violation, std::string("the provider's answer is no ") + what);
}

}  // namespace

error oauth_error(std::string_view code, std::string_view description, oauth_step step) {
  const long number = aadsts_of(description);
  const auto shown = shown_code(code) + (number ? " AADSTS" + std::to_string(number) : "");
  auto out = by_code(code, step);
  if (const auto* known = find_microsoft(number)) out = fail(known->code, known->words);
  // The code of a browser is no refresh token.
  if (number && step == oauth_step::authorise && out.code == ec::oauth_token_revoked)
    out.code = ec::oauth_not_authorized;
  out.detail = shown + ": " + out.detail;
  return out;
}

result<token_answer> read_token(const http_answer& answer) {
  const auto j = read_object(answer.body);
  token_answer out;
  out.access_token = text_of(j, "access_token", max_token);
  out.refresh_token = text_of(j, "refresh_token", max_token);
  auto type = text_of(j, "token_type", 20);
  std::ranges::transform(type, type.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (!is_token(out.access_token) || (!type.empty() && type != "bearer"))
    return no_oauth("bearer token (RFC 6750)");
  if (!out.refresh_token.empty() && !is_token(out.refresh_token))
    return no_oauth("refresh token (RFC 6749, 5.1)");
  out.life = seconds_of(j, "expires_in").value_or(default_life);
  return out;
}

oauth_refusal read_refusal(const http_answer& answer, oauth_step step, time_point now) {
  const auto j = read_object(answer.body);
  oauth_refusal out;
  out.code = text_of(j, "error", 100);
  out.retry_after = retry_after(answer.header("retry-after"), now).value_or(duration{0});
  const auto status = " (HTTP " + std::to_string(answer.status) + ")";
  if (answer.status == 429) {
    out.why = fail(ec::throttled, "the provider takes no more requests now" + status);
  } else if (answer.status >= 500) {
    out.why = fail(ec::server_busy, "the provider cannot answer now" + status);
  } else if (!out.code.empty()) {
    auto description = text_of(j, "error_description", 8u << 10);
    out.why = oauth_error(out.code, description.substr(0, max_short_text), step);
  } else if (answer.status == 404 || (answer.status >= 300 && answer.status < 400)) {
    out.why = fail(ec::oauth_tenant_wrong, "there is no token endpoint at the URL" + status);
  } else {
    out.why = fail(ec::protocol_violation, "the answer is none of OAuth 2.0" + status);
  }
  return out;
}

result<device_answer> read_device(const http_answer& answer) {
  const auto j = read_object(answer.body);
  device_answer out;
  out.device_code = text_of(j, "device_code", max_token);
  out.user_code = text_of(j, "user_code", 100);
  out.url = text_of(j, "verification_uri", max_short_text);
  // Microsoft's older name; and RFC 8628 calls the other one.
  if (out.url.empty()) out.url = text_of(j, "verification_url", max_short_text);
  out.life = seconds_of(j, "expires_in").value_or(default_life);
  out.interval = seconds_of(j, "interval").value_or(duration{5'000});
  if (!is_token(out.device_code) || !is_token(out.user_code) || !is_token(out.url))
    return no_oauth("device code (RFC 8628, 3.2)");
  return out;
}

}  // namespace postroom::channels
