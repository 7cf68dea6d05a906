#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "channels/http_values.hpp"
#include "channels/oauth_answer.hpp"
#include "channels/oauth_assertion.hpp"
#include "channels/oauth_urls.hpp"
#include "tests/channels/oauth_world.hpp"
#include "tests/support/web_urls.hpp"

namespace postroom::channels {
namespace {

struct refusal {
  const char* code;
  const char* description;
  oauth_step step;
  ec means;
};

TEST(oauth_error, tells_what_a_person_must_do) {
  using enum oauth_step;
  const refusal rows[] = {
      {"invalid_grant", "", renew, ec::oauth_token_revoked},
      {"invalid_grant", "", authorise, ec::oauth_not_authorized},
      {"invalid_client", "", application, ec::oauth_secret_expired},
      {"unauthorized_client", "", application, ec::oauth_tenant_wrong},
      {"invalid_scope", "", application, ec::oauth_consent_missing},
      {"access_denied", "", authorise, ec::oauth_consent_missing},
      {"invalid_request", "", renew, ec::config_invalid},
      {"unsupported_grant_type", "", application, ec::config_invalid},
      {"temporarily_unavailable", "", renew, ec::server_busy},
      {"<script>", "", renew, ec::server_busy},
      {"invalid_grant", "AADSTS65001: The user has not consented", renew,
       ec::oauth_consent_missing},
      {"invalid_grant", "AADSTS65004: User declined", authorise, ec::oauth_consent_missing},
      {"invalid_client", "AADSTS7000215: Invalid client secret", application,
       ec::oauth_secret_expired},
      {"invalid_client", "AADSTS7000222: expired", application, ec::oauth_secret_expired},
      {"invalid_client", "AADSTS700027: Client assertion", application, ec::oauth_secret_expired},
      {"invalid_request", "AADSTS90002: Tenant not found", application, ec::oauth_tenant_wrong},
      {"unauthorized_client", "AADSTS700016: not found", application, ec::oauth_tenant_wrong},
      {"invalid_grant", "AADSTS70008: expired", renew, ec::oauth_token_revoked},
      {"invalid_grant", "AADSTS700082: inactivity", renew, ec::oauth_token_revoked},
      {"invalid_grant", "AADSTS50173: revoked", renew, ec::oauth_token_revoked},
      {"invalid_grant", "AADSTS70000: the code is malformed", authorise, ec::oauth_not_authorized},
      {"invalid_grant", "AADSTS90055: throttled", renew, ec::throttled},
      {"invalid_scope", "AADSTS1002012", application, ec::config_invalid},
      {"invalid_grant", "AADSTS99999999999999999999", renew, ec::oauth_token_revoked},
  };
  for (const auto& row : rows) {
    const auto got = oauth_error(row.code, row.description, row.step);
    EXPECT_EQ(got.code, row.means) << row.code << " " << row.description;
    EXPECT_EQ(got.detail.find('<'), std::string::npos);
  }
}

TEST(oauth_error, repeats_the_number_and_nothing_of_the_words) {
  const auto got = oauth_error("invalid_grant", "AADSTS50173: ann@example.org token eyJ0 changed",
                               oauth_step::renew);
  EXPECT_EQ(got.detail, "invalid_grant AADSTS50173: the authorisation was withdrawn");
}

http_answer answer(int status, std::string body, std::string pause = {}) {
  http_answer out{status, {}, std::move(body)};
  if (!pause.empty()) out.headers.emplace_back("retry-after", pause);
  return out;
}

TEST(oauth_answer, any_other_text_is_an_error_and_never_a_crash) {
  for (const char* body :
       {"", "null", "[]", "{", "{}", R"({"access_token":7})", R"({"access_token":"a b"})",
        R"({"access_token":"a\r\nb"})", R"({"access_token":"a","token_type":"mac"})",
        R"({"access_token":{}})", R"({"access_token":"a","refresh_token":"x y"})", "<html>"})
    EXPECT_EQ(read_token(answer(200, body)).code(), ec::protocol_violation) << body;
  EXPECT_EQ(read_refusal(answer(400, "[1]"), oauth_step::renew, {}).why.code,
            ec::protocol_violation);
  EXPECT_EQ(read_refusal(answer(404, "<html>"), oauth_step::renew, {}).why.code,
            ec::oauth_tenant_wrong);
  EXPECT_EQ(
      read_refusal(answer(502, R"({"error":"invalid_grant"})"), oauth_step::renew, {}).why.code,
      ec::server_busy);
  EXPECT_FALSE(read_device(answer(200, R"({"device_code":"d"})")).ok());
}

TEST(oauth_answer, reads_numbers_as_texts_too_and_bounds_them) {
  const auto life = [](const char* text) {
    return read_token(answer(200, R"({"access_token":"a","expires_in":)" + std::string(text) + "}"))
        ->life;
  };
  EXPECT_EQ(life("3599"), duration{3'599'000});
  EXPECT_EQ(life("\"3599\""), duration{3'599'000});
  EXPECT_EQ(life("1e300"), duration{86'400'000});
  EXPECT_EQ(life("-5"), duration{300'000});
  EXPECT_EQ(life("[]"), duration{300'000});
}

TEST(oauth_answer, says_when_to_ask_again) {
  const time_point now{duration{784'111'777'000}};  // 6 November 1994, 08:49:37
  const auto pause = [&](const char* text) {
    return read_refusal(answer(429, "", text), oauth_step::renew, now).retry_after;
  };
  EXPECT_EQ(pause("2.25"), duration{2'250});
  EXPECT_EQ(pause("Sun, 06 Nov 1994 08:49:47 GMT"), duration{10'000});
  EXPECT_EQ(pause("soon"), duration{0});
}

struct key_pair {
  std::string certificate, key;
  std::shared_ptr<EVP_PKEY> raw;
};

std::string text_of(BIO* b) {
  char* data = nullptr;
  const auto n = BIO_get_mem_data(b, &data);
  std::string out(data, static_cast<std::size_t>(n));
  BIO_free(b);
  return out;
}

key_pair make_pair(EVP_PKEY* raw) {
  key_pair out;
  out.raw = {raw, EVP_PKEY_free};
  auto* x = X509_new();
  X509_set_version(x, 2);
  X509_gmtime_adj(X509_getm_notBefore(x), 0);
  X509_gmtime_adj(X509_getm_notAfter(x), 86'400);
  X509_set_pubkey(x, raw);
  X509_sign(x, raw, EVP_sha256());
  auto* b = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(b, x);
  X509_free(x);
  out.certificate = text_of(b);
  b = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(b, raw, nullptr, nullptr, 0, nullptr, nullptr);
  out.key = text_of(b);
  return out;
}

std::string unbase64url(std::string text) {
  for (auto& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const auto bytes = text.size() * 3 / 4;
  while (text.size() % 4 != 0) text += '=';
  std::string out(text.size(), '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                  reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  out.resize(bytes);
  return out;
}

bool verifies(const std::string& text, const std::string& signature, EVP_PKEY* key, bool pss) {
  auto* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* settings = nullptr;
  bool good = EVP_DigestVerifyInit(context, &settings, EVP_sha256(), nullptr, key) == 1;
  if (pss)
    good = good && EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1;
  good = good &&
         EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

TEST(oauth_assertion, is_verified_by_the_public_key_and_names_the_certificate) {
  const auto pair = make_pair(EVP_RSA_gen(2048));
  const assertion_claims claims{"app", "https://login.example.org/token", "id1",
                                from_millis(1'800'000'000'000)};
  for (const bool pss : {false, true}) {
    const auto jwt = sign_assertion(claims, pair.certificate, pair.key, pss);
    ASSERT_TRUE(jwt.ok()) << jwt.error().detail;
    const auto first = jwt->find('.'), last = jwt->rfind('.');
    EXPECT_TRUE(
        verifies(jwt->substr(0, last), unbase64url(jwt->substr(last + 1)), pair.raw.get(), pss));
    EXPECT_FALSE(verifies(jwt->substr(1, last - 1), unbase64url(jwt->substr(last + 1)),
                          pair.raw.get(), pss));
    const auto header = nlohmann::json::parse(unbase64url(jwt->substr(0, first)));
    const auto body = nlohmann::json::parse(unbase64url(jwt->substr(first + 1, last - first - 1)));
    EXPECT_EQ(header["alg"], pss ? "PS256" : "RS256");
    EXPECT_EQ(header["x5t#S256"].get<std::string>().size(), 43u);
    EXPECT_EQ(body["iss"], "app");
    EXPECT_EQ(body["sub"], "app");
    EXPECT_EQ(body["aud"], "https://login.example.org/token");
    EXPECT_EQ(body["exp"], 1'800'000'600);
    EXPECT_EQ(body["nbf"], 1'799'999'940);
  }
}

TEST(oauth_assertion, takes_no_key_that_cannot_prove_it) {
  const auto pair = make_pair(EVP_RSA_gen(2048)), other = make_pair(EVP_RSA_gen(2048));
  const auto curve = make_pair(EVP_EC_gen("P-256")), weak = make_pair(EVP_RSA_gen(1024));
  const auto why = [](const std::string& certificate, const std::string& key) {
    const auto got = sign_assertion({"a", "b", "c", {}}, certificate, key, true);
    return got ? std::string{"none"} : got.error().detail;
  };
  EXPECT_EQ(why("", pair.key), "certificate_file: holds no certificate in PEM");
  EXPECT_EQ(why(pair.certificate, "x"), "certificate_key: is no private key in plain PEM");
  EXPECT_EQ(why(pair.certificate, other.key), "certificate_key: is not the certificate's");
  EXPECT_EQ(why(curve.certificate, curve.key),
            "certificate_key: is no RSA key of 2048 bits or more");
  EXPECT_EQ(why(weak.certificate, weak.key), "certificate_key: is no RSA key of 2048 bits or more");
}

TEST(oauth_assertion, knows_when_a_certificate_ends) {
  const auto pair = make_pair(EVP_RSA_gen(2048));
  const auto end = certificate_end(pair.certificate);
  ASSERT_TRUE(end.ok());
  const auto left = std::chrono::duration_cast<std::chrono::minutes>(*end - system_now());
  EXPECT_GT(left.count(), 23 * 60);
  EXPECT_LE(left.count(), 24 * 60);
  EXPECT_FALSE(certificate_end(pair.key).ok());
}

TEST(oauth_urls, escape_what_could_break_out) {
  EXPECT_EQ(url_escape("a-._~Z9 /&=?%\n\xc3\xa4"), "a-._~Z9%20%2F%26%3D%3F%25%0A%C3%A4");
  EXPECT_EQ(render_form({{"a", "1&b=2"}, {"c", ""}}), "a=1%26b%3D2&c=");
}

TEST_F(oauth_test, secrets_go_by_https_or_stay_on_this_machine) {
  auto s = app_settings();
  std::size_t asked = 0;
  for (const char* url : support::fit_for_secrets) {
    s.token_url = url;
    client = oauth_client::make(w.world(), s, keeper);
    get();
    EXPECT_EQ(w.asked.size(), ++asked) << url;
  }
  for (const char* url : support::unfit_for_secrets) {
    s.token_url = url;
    client = oauth_client::make(w.world(), s, keeper);
    get();
    EXPECT_EQ(w.asked.size(), asked) << url;
    EXPECT_EQ(got.back(), "error config_invalid") << url;
    EXPECT_EQ(details.back(), "token_url: is no https URL") << url;
  }
}

TEST(oauth_urls, a_browser_is_sent_with_a_challenge_whose_verifier_stays_here) {
  oauth_settings s;
  s.client_id = "app";
  s.authorization_url = "https://login.example.org/auth?x=1";
  s.scopes = {"mail", "offline_access"};
  uint64_t n = 0;
  const auto request = make_code_request(s, [&n] { return ++n; });
  EXPECT_EQ(request.state.size(), 64u);
  EXPECT_EQ(request.verifier.size(), 64u);
  EXPECT_NE(request.state, request.verifier);
  EXPECT_EQ(request.url.find(request.verifier), std::string::npos);
  EXPECT_EQ(request.url,
            "https://login.example.org/auth?x=1&client_id=app&response_type=code"
            "&redirect_uri=http%3A%2F%2Flocalhost&scope=mail%20offline_access&state=" +
                request.state +
                "&code_challenge=" + base64url(sha256{}.update(request.verifier).finish()) +
                "&code_challenge_method=S256&prompt=consent");
}

TEST(oauth_urls, the_address_a_browser_ended_at_is_read_in_any_form) {
  std::string state;
  for (const char* text : {"http://localhost/?code=a%2Fb&state=s", "code=a%2Fb&state=s",
                           "?state=s&code=a%2Fb#frag", "http://localhost?code=a%2Fb&state=s&x"}) {
    const auto got = read_redirect(text, state);
    ASSERT_TRUE(got.ok()) << text;
    EXPECT_EQ(got->code, "a/b");
    EXPECT_EQ(got->state, "s");
  }
  EXPECT_EQ(read_redirect("error=access_denied&state=s", state).code(), ec::oauth_consent_missing);
  EXPECT_EQ(state, "s");
  EXPECT_EQ(read_redirect("http://localhost/?code=a", state).code(), ec::config_invalid);
  EXPECT_EQ(read_redirect("%", state).code(), ec::config_invalid);
  EXPECT_EQ(read_redirect(std::string(20'000, 'a'), state).code(), ec::config_invalid);
}

TEST(oauth_urls, microsofts_clouds_answer_at_their_own_hosts) {
  const auto of = [](const char* cloud, oauth_grant grant) {
    oauth_settings s;
    s.grant = grant;
    use_microsoft(s, cloud, "contoso/x");
    return s.token_url + " " + s.scopes.front();
  };
  using enum oauth_grant;
  EXPECT_EQ(of("", client_credentials),
            "https://login.microsoftonline.com/contoso%2Fx/oauth2/v2.0/token "
            "https://graph.microsoft.com/.default");
  EXPECT_EQ(of("us_government", client_credentials),
            "https://login.microsoftonline.us/contoso%2Fx/oauth2/v2.0/token "
            "https://graph.microsoft.us/.default");
  EXPECT_EQ(of("us_dod", device_code),
            "https://login.microsoftonline.us/contoso%2Fx/oauth2/v2.0/token "
            "https://dod-graph.microsoft.us/Mail.ReadWrite");
  EXPECT_EQ(of("china", authorization_code),
            "https://login.partner.microsoftonline.cn/contoso%2Fx/oauth2/v2.0/token "
            "https://microsoftgraph.chinacloudapi.cn/Mail.ReadWrite");
}

}  // namespace
}  // namespace postroom::channels
