#include "app/oauth_keeper.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>

#include "api/sockets.hpp"
#include "base/digest.hpp"
#include "partitions/model.hpp"
#include "partitions/secret_reference.hpp"

namespace postroom::app {

namespace {

constexpr std::size_t max_certificate_bytes = 64u << 10;
constexpr duration default_lifetime{90LL * 24 * 3'600'000};  // of Microsoft

/// A refresh token goes to this place in this name only.
std::string digest_of(const channels::oauth_settings& s) {
  return to_hex(sha256{}.update(s.token_url).update("\n").update(s.client_id).finish());
}

secrets::place place_of_token(const partition_id& partition, const std::string& client) {
  return {partition.value, partitions::oauth_token_name(client)};
}

class vault_keeper final : public channels::oauth_keeper,
                           public std::enable_shared_from_this<vault_keeper> {
 public:
  vault_keeper(std::shared_ptr<oauth_site> site, partition_id partition,
               config::v1::OAuthClient client)
      : site_(std::move(site)), partition_(std::move(partition)), client_(std::move(client)) {}

  void proof(channels::done_fn<channels::oauth_proof> done) override {
    run<channels::oauth_proof>([this] { return read_proof(); }, std::move(done));
  }
  void load(channels::done_fn<std::string> done) override {
    run<std::string>([this] { return read_token(); }, std::move(done));
  }
  void store(std::string token, std::optional<channels::oauth_words> by,
             channels::done_fn<void> done) override {
    run<void>([this, token = std::move(token), by = std::move(by)] { return write(token, by); },
              std::move(done));
  }
  void erase(channels::oauth_words by, channels::done_fn<bool> done) override {
    run<bool>(
        [this, by = std::move(by)] {
          return site_->vault.remove_token(place_of_token(partition_, client_.name()), change(by));
        },
        std::move(done));
  }

 private:
  /// Runs `job` on the pool and `done` with what it gave on the loop.
  template <class T>
  void run(std::function<result<T>()> job, channels::done_fn<T> done) {
    const bool taken = site_->pool.try_submit([self = shared_from_this(), job, done] {
      std::shared_lock alive{self->site_->life};
      if (self->site_->ended) return;
      auto got = std::make_shared<result<T>>(job());
      self->site_->post([done, got] { done(std::move(*got)); });
    });
    if (taken) return;
    site_->post([done] { done(fail(ec::overloaded, "too much waits for the disk")); });
  }

  secrets::change change(const channels::oauth_words& by) const {
    return {by.who, by.from, by.reason, site_->clock()};
  }

  result<channels::oauth_proof> read_proof() const {
    const auto resolve = resolver_of(site_->vault, partition_);
    channels::oauth_proof out;
    auto secret = resolve(client_.client_secret());
    if (!secret) return secret.error();
    out.secret = std::move(*secret);
    if (client_.certificate_file().empty()) return out;
    auto certificate = read_certificate(client_.certificate_file());
    if (!certificate) return certificate.error();
    auto key = resolve(client_.certificate_key());
    if (!key) return key.error();
    out.certificate = std::move(*certificate);
    out.key = std::move(*key);
    return out;
  }

  result<std::string> read_token() const {
    auto grant = read_grant(site_->vault, partition_, client_);
    if (!grant) return grant.error();
    if (!*grant)
      return fail(ec::oauth_not_authorized,
                  "nobody has authorised OAuth client " + partition_.value + "/" + client_.name());
    return (*grant)->refresh_token();
  }

  result<void> write(const std::string& token, const std::optional<channels::oauth_words>& by) {
    const auto now = site_->clock();
    record::v1::OAuthGrant grant;
    if (by) {
      grant.set_client(digest_of(oauth_settings_of(client_)));
      grant.set_authorized_by(by->who);
      grant.set_authorized_at(to_millis(now));
    } else {
      auto before = read_grant(site_->vault, partition_, client_);
      if (!before) return before.error();
      if (!*before) return fail(ec::oauth_not_authorized, "the authorisation was dropped");
      grant = std::move(**before);
    }
    grant.set_refresh_token(token);
    grant.set_renewed_at(to_millis(now));
    auto value = grant.SerializeAsString();
    const secrets::wiped at_the_end{value};
    return site_->vault.put_token(place_of_token(partition_, client_.name()), value,
                                  by ? std::optional{change(*by)} : std::nullopt, now);
  }

  const std::shared_ptr<oauth_site> site_;
  const partition_id partition_;
  const config::v1::OAuthClient client_;
};

channels::oauth_grant grant_of(const std::string& name) {
  if (name == "authorization_code") return channels::oauth_grant::authorization_code;
  if (name == "device_code") return channels::oauth_grant::device_code;
  return channels::oauth_grant::client_credentials;
}

}  // namespace

bool is_person_grant(const config::v1::OAuthClient& client) {
  return grant_of(client.grant()) != channels::oauth_grant::client_credentials;
}

duration refresh_token_lifetime(const config::v1::OAuthClient& client) {
  const auto given = partitions::parse_duration(client.refresh_token_lifetime());
  return given && !client.refresh_token_lifetime().empty() ? *given : default_lifetime;
}

channels::oauth_settings oauth_settings_of(const config::v1::OAuthClient& client) {
  channels::oauth_settings out;
  out.grant = grant_of(client.grant());
  out.client_id = client.client_id();
  out.callback_url = client.callback_url();
  out.scopes = {client.scopes().begin(), client.scopes().end()};
  out.ca_file = client.ca_file();
  if (client.provider() != "other") {
    channels::use_microsoft(out, client.cloud(), client.tenant());
  } else {
    out.token_url = client.token_url();
    out.authorization_url = client.authorization_url();
    out.device_url = client.device_url();
  }
  return out;
}

result<std::optional<record::v1::OAuthGrant>> read_grant(const secrets::vault& vault,
                                                         const partition_id& partition,
                                                         const config::v1::OAuthClient& client) {
  const auto place = place_of_token(partition, client.name());
  if (!vault.has(place)) return std::optional<record::v1::OAuthGrant>{};
  const auto value = vault.reveal(place);
  if (!value) return value.error();
  record::v1::OAuthGrant grant;
  if (!grant.ParseFromArray(value->view().data(), static_cast<int>(value->view().size())))
    return fail(ec::corrupt_record, "the authorisation of " + client.name() + " does not parse");
  if (grant.client() != digest_of(oauth_settings_of(client)))
    return std::optional<record::v1::OAuthGrant>{};
  return std::optional{std::move(grant)};
}

result<std::string> read_certificate(const std::string& path) {
  const api::unique_fd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
  struct stat found {};
  if (!fd || ::fstat(fd.get(), &found) != 0 || !S_ISREG(found.st_mode))
    return fail(ec::config_invalid, "certificate_file: " + path + " is no file that can be read");
  std::string out(max_certificate_bytes + 1, '\0');
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < out.size(); size += static_cast<std::size_t>(got)) {
    got = ::read(fd.get(), out.data() + size, out.size() - size);
    if (got < 0) return fail(ec::config_invalid, "certificate_file: " + path + " is not readable");
  }
  if (size > max_certificate_bytes)
    return fail(ec::config_invalid, "certificate_file: " + path + " is longer than 64 KiB");
  out.resize(size);
  return out;
}

std::shared_ptr<channels::oauth_keeper> make_oauth_keeper(std::shared_ptr<oauth_site> site,
                                                          partition_id partition,
                                                          config::v1::OAuthClient client) {
  return std::make_shared<vault_keeper>(std::move(site), std::move(partition), std::move(client));
}

}  // namespace postroom::app
