#include <algorithm>

#include "base/web_url.hpp"
#include "channels/base64.hpp"
#include "channels/oauth_assertion.hpp"
#include "channels/oauth_client.hpp"

/// What a person begins, and the requests themselves.
namespace postroom::channels {

namespace {

constexpr uint64_t max_answer_bytes = 128u << 10;
constexpr duration request_limit{60'000};  // in all: a server that trickles gets no longer
constexpr duration slow_down_by{5'000};    // RFC 8628, 3.5
constexpr duration least_interval{1'000};
constexpr duration most_interval{60'000};
constexpr duration longest_device_code{900'000};

std::string basic(const std::string& id, const std::string& secret) {
  // RFC 6749, 2.3.1: each part is escaped as in a form.
  const auto plain = url_escape(id) + ":" + url_escape(secret);
  return "Authorization: Basic " + to_base64(plain);
}

}  // namespace

result<http_request> oauth_engine::make_request(const std::string& url, form_fields fields,
                                                const oauth_proof& proof) const {
  if (!is_fit_for_secrets(url))
    return fail(ec::config_invalid,
                std::string{url == settings_.device_url ? "device_url" : "token_url"} +
                    ": is no https URL");
  http_request out;
  out.method = "POST";
  out.url = url;
  out.headers = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"};
  out.ca_file = settings_.ca_file;
  out.owner = settings_.owner;
  out.request_timeout = request_limit / 2;
  out.max_bytes = max_answer_bytes;
  fields.emplace_back("client_id", settings_.client_id);
  if (!proof.certificate.empty()) {
    const assertion_claims claims{settings_.client_id, settings_.token_url,
                                  random_hex(world_.random), world_.clock()};
    auto assertion = sign_assertion(claims, proof.certificate, proof.key, settings_.pss);
    if (!assertion) return assertion.error();
    fields.emplace_back("client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    fields.emplace_back("client_assertion", std::move(*assertion));
  } else if (!proof.secret.empty() && settings_.secret_in_body) {
    fields.emplace_back("client_secret", proof.secret);
  } else if (!proof.secret.empty()) {
    out.headers.push_back(basic(settings_.client_id, proof.secret));
  }
  out.body = std::make_shared<const std::string>(render_form(fields));
  return out;
}

/// Within `request_limit`, whatever the server does.
void oauth_engine::ask(http_request request, answer_fn done) {
  ++requests_;
  struct flight {
    answer_fn done;
    http_client::id id = 0;
    uint64_t timer = 0;
  };
  const auto x = std::make_shared<flight>();
  x->done = std::move(done);
  const auto land = [x](result<http_answer> with) {
    if (auto end = std::exchange(x->done, nullptr)) end(std::move(with));
  };
  x->id = world_.ask(std::move(request), [self = shared_from_this(), x, land](auto answer) {
    self->world_.cancel(x->timer);
    land(std::move(answer));
  });
  x->timer = world_.after(request_limit, [self = shared_from_this(), x, land] {
    self->world_.give_up(x->id);
    land(fail(ec::timeout, "the provider gave no whole answer within a minute"));
  });
}

void oauth_engine::ask_proved(const std::string& url, form_fields fields, answer_fn done) {
  keeper_->proof([self = shared_from_this(), url, fields = std::move(fields),
                  done = std::move(done)](const result<oauth_proof>& proof) {
    if (!proof) return done(proof.error());
    auto request = self->make_request(url, fields, *proof);
    if (!request) return done(request.error());
    self->ask(std::move(*request), done);
  });
}

void oauth_engine::redeem(std::string code, std::string verifier, oauth_words by,
                          done_fn<void> done) {
  form_fields fields{{"grant_type", "authorization_code"},
                     {"code", std::move(code)},
                     {"code_verifier", std::move(verifier)},
                     {"redirect_uri", settings_.callback_url.empty() ? "http://localhost"
                                                                     : settings_.callback_url}};
  on_loop<void>(std::move(done), [fields = std::move(fields), by = std::move(by)](
                                     oauth_engine& x, done_fn<void> end) {
    if (x.retired_) return end(retired());
    x.ask_proved(x.settings_.token_url, fields,
                 [self = x.shared_from_this(), by, end](const auto& answer) {
                   self->take_authorisation(answer, by, end);
                 });
  });
}

void oauth_engine::take_authorisation(const result<http_answer>& answer, oauth_words by,
                                      done_fn<void> done) {
  if (!answer) return done(answer.error());
  if (answer->status != 200)
    return done(read_refusal(*answer, oauth_step::authorise, world_.clock()).why);
  auto token = read_token(*answer);
  if (!token) return done(token.error());
  token->until = world_.clock() + token->life;
  if (token->refresh_token.empty())
    return done(fail(ec::config_invalid,
                     "scopes: the provider gave no refresh token; add offline_access, or what it "
                     "calls that"));
  alone([this, self = shared_from_this(), token = std::move(*token), by = std::move(by),
         done = std::move(done)]() mutable {
    // Its place in the store is that of another client now.
    if (retired_) {
      free();
      return done(retired());
    }
    const auto refresh_token = token.refresh_token;
    keeper_->store(refresh_token, std::move(by),
                   [self, token = std::move(token), done](const result<void>& stored) {
                     if (stored) {
                       self->unsaved_.reset();  // of what was authorised before
                       self->adopt(token);
                     }
                     self->free();
                     done(stored);
                   });
  });
}

void oauth_engine::forget(oauth_words by, done_fn<bool> done) {
  on_loop<bool>(std::move(done), [by = std::move(by)](oauth_engine& x, done_fn<bool> end) {
    x.alone([self = x.shared_from_this(), by, end] {
      self->keeper_->erase(by, [self, end](const result<bool>& erased) {
        if (erased) {
          self->token_.clear();
          self->unsaved_.reset();
          self->trouble_.reset();
          self->not_before_ = {};
        }
        self->free();
        end(erased);
      });
    });
  });
}

void oauth_engine::authorise_device(oauth_words by, done_fn<device_prompt> prompt,
                                    done_fn<void> done) {
  on_loop<void>(std::move(done), [by = std::move(by), prompt = std::move(prompt)](
                                     oauth_engine& x, done_fn<void> end) {
    x.cancel_device();
    const auto told = x.once(prompt);
    if (x.retired_) {
      told(retired());
      return end(retired());
    }
    x.ask_proved(x.settings_.device_url, {{"scope", scope_of(x.settings_.scopes)}},
                 [self = x.shared_from_this(), by, told, end](const auto& answer) {
                   self->on_device(answer, by, told, end);
                 });
  });
}

void oauth_engine::on_device(const result<http_answer>& answer, oauth_words by,
                             const done_fn<device_prompt>& prompt, const done_fn<void>& done) {
  const auto refuse = [&](const error& why) {
    prompt(why);
    done(why);
  };
  if (retired_) return refuse(retired());
  if (!answer) return refuse(answer.error());
  if (answer->status != 200)
    return refuse(read_refusal(*answer, oauth_step::authorise, world_.clock()).why);
  const auto device = read_device(*answer);
  if (!device) return refuse(device.error());
  if (device_) end(device_, fail(ec::cancelled, "another authorisation was begun"));
  device_ = std::make_shared<device_flow>();
  device_->device = *device;
  device_->by = std::move(by);
  device_->done = done;
  device_->interval = std::clamp(device->interval, least_interval, most_interval);
  device_->until = world_.clock() + std::min(device->life, longest_device_code);
  prompt(device_prompt{device->user_code, device->url, device_->until});
  poll_later(device_);
}

void oauth_engine::poll_later(const std::shared_ptr<device_flow>& flow) {
  world_.after(flow->interval, [self = shared_from_this(), flow] { self->poll(flow); });
}

void oauth_engine::poll(const std::shared_ptr<device_flow>& flow) {
  if (flow->ended) return;
  if (world_.clock() >= flow->until)
    return end(flow, fail(ec::oauth_not_authorized, "nobody typed the code in time"));
  ask_proved(
      settings_.token_url,
      {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
       {"device_code", flow->device.device_code}},
      [self = shared_from_this(), flow](const auto& answer) { self->on_poll(flow, answer); });
}

void oauth_engine::on_poll(const std::shared_ptr<device_flow>& flow,
                           const result<http_answer>& answer) {
  if (flow->ended) return;
  if (answer && answer->status == 200)
    return take_authorisation(
        answer, flow->by, [self = shared_from_this(), flow](const auto& r) { self->end(flow, r); });
  const auto refusal = answer ? read_refusal(*answer, oauth_step::authorise, world_.clock())
                              : oauth_refusal{answer.error(), {}, {}};
  if (refusal.code == "slow_down")
    flow->interval = std::min(flow->interval + slow_down_by, most_interval);
  else if (refusal.code == "authorization_pending")
    flow->interval = std::max(flow->interval, refusal.retry_after);
  else if (refusal.why.permanent())
    return end(flow, refusal.why);
  else
    flow->interval = std::min(std::max(2 * flow->interval, refusal.retry_after), most_interval);
  poll_later(flow);
}

// By value: `device_`, which it lets go, may be all that holds it.
void oauth_engine::end(std::shared_ptr<device_flow> flow, result<void> with) {
  if (std::exchange(flow->ended, true)) return;
  if (device_ == flow) device_.reset();
  flow->done(std::move(with));
}

void oauth_engine::cancel_device() {
  world_.post([self = shared_from_this()] {
    if (self->device_) self->end(self->device_, fail(ec::cancelled, "it was given up"));
  });
}

}  // namespace postroom::channels
