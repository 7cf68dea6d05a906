#include "app/trials_look.hpp"

#include <algorithm>

#include "app/trials_common.hpp"
#include "mail/mail.hpp"

namespace postroom::app {

using admin::v1::TestIncomingRequest;
using channels::listed_mail;

namespace {

constexpr std::size_t searched = 200;              // mails, newest first
constexpr std::size_t group = 20;                  // mails fetched at once
constexpr uint64_t max_searched_bytes = 1u << 20;  // of one mail in a search
constexpr std::size_t page_mails = 1000;

error too_late() {
  return fail(ec::timeout, "no answer before the deadline");
}

bool is_wanted(const std::string& raw, const TestIncomingRequest& wanted) {
  const auto parsed = mail::parse(raw);
  if (!parsed) return false;
  auto id = wanted.message_id();
  if (id.starts_with('<') && id.ends_with('>')) id = id.substr(1, id.size() - 2);
  if (!id.empty()) return parsed->message_id == id;
  return parsed->subject == wanted.subject();
}

}  // namespace

trial_look::trial_look(const trials_backend& backend, channels::inbound_settings settings,
                       trial_deadline until)
    : gate_(backend.gate),
      until_(until),
      by_uid_(settings.protocol == channels::inbound_settings::protocol::imap) {
  const auto rest =
      std::max(duration{1}, std::chrono::floor<duration>(until - std::chrono::steady_clock::now()));
  settings.read_only = true;
  settings.server.heard = heard_;
  settings.server.connect_timeout = std::min(settings.server.connect_timeout, rest);
  settings.server.request_timeout = std::min(settings.server.request_timeout, rest);
  channel_ = backend.make_inbound(std::move(settings));
}

std::string trial_look::step(ec code) const {
  if (phase_ == phase::list) return "list";
  if (phase_ == phase::fetch) return "fetch";
  const bool in = heard_->reached() >= channels::transcript::step::session;
  return in && code != ec::auth_refused ? "folder" : step_of(code, heard_->reached());
}

result<channels::opened_mailbox> trial_look::open() {
  awaited<result<channels::opened_mailbox>> answer;
  channel_->open(answer.taker());
  auto got = answer.wait(*gate_, until_);
  return got ? *got : too_late();
}

result<trial_look::listing> trial_look::list(uint64_t after, std::size_t max) {
  awaited<result<channels::listing>> answer;
  channel_->list(after, max, answer.taker());
  auto got = answer.wait(*gate_, until_);
  if (!got) return too_late();
  if (!*got) return got->error();
  return std::move((*got)->mails);
}

/// IMAP lists upwards only, and UIDs may be sparse: from ever further below the end.
result<trial_look::listing> trial_look::newest(const channels::opened_mailbox& box,
                                               std::size_t wanted) {
  listing out;
  for (uint64_t width = page_mails;; width *= 100) {
    const bool all = !by_uid_ || box.uid_next <= width;
    uint64_t after = all ? 0 : box.uid_next - width;
    out.clear();
    for (;;) {
      auto got = list(after, page_mails);
      if (!got) return got.error();
      out.insert(out.end(), got->begin(), got->end());
      if (out.size() > wanted)
        out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(wanted));
      if (got->size() < page_mails) break;
      after = got->back().uid;
    }
    if (all || out.size() >= wanted) return out;
  }
}

result<std::vector<seen_mail>> trial_look::fetch(listing mails) {
  phase_ = phase::fetch;
  auto out = std::make_shared<std::vector<seen_mail>>();
  awaited<result<void>> answer;
  channel_->fetch(
      std::move(mails),
      [out](const listed_mail& m, result<std::shared_ptr<const std::string>> raw) {
        out->push_back({m, raw ? *raw : nullptr});
      },
      answer.taker());
  auto done = answer.wait(*gate_, until_);
  if (!done) return too_late();
  if (!*done) return done->error();
  return std::move(*out);
}

result<std::optional<seen_mail>> trial_look::fetch_one(const listed_mail& mail) {
  auto got = fetch({mail});
  if (!got) return got.error();
  if (got->empty()) return std::optional<seen_mail>{};
  return std::optional{std::move(got->front())};
}

result<std::optional<seen_mail>> trial_look::search(const listing& among,
                                                    const TestIncomingRequest& wanted) {
  listing next;
  for (auto it = among.rbegin(); it != among.rend(); ++it) {
    if (it->size <= max_searched_bytes) next.push_back(*it);
    if (next.empty() || (next.size() < group && it + 1 != among.rend())) continue;
    std::reverse(next.begin(), next.end());
    auto got = fetch(std::exchange(next, {}));
    if (!got) return got.error();
    for (auto m = got->rbegin(); m != got->rend(); ++m)
      if (m->raw && is_wanted(*m->raw, wanted)) return std::optional{std::move(*m)};
  }
  return std::optional<seen_mail>{};
}

result<std::optional<seen_mail>> trial_look::find(const TestIncomingRequest& wanted,
                                                  const channels::opened_mailbox& box) {
  phase_ = phase::list;
  if (wanted.uid() != 0) {
    auto got = list(wanted.uid() - 1, 1);
    if (!got) return got.error();
    if (got->empty() || got->front().uid != wanted.uid()) return std::optional<seen_mail>{};
    return fetch_one(got->front());
  }
  const bool named = !wanted.message_id().empty() || !wanted.subject().empty();
  auto mails = newest(box, !wanted.uidl().empty() ? box.messages : named ? searched : 1);
  if (!mails) return mails.error();
  if (named) return search(*mails, wanted);
  const auto found = std::find_if(mails->rbegin(), mails->rend(), [&](const auto& m) {
    return wanted.uidl().empty() || m.uidl == wanted.uidl();
  });
  if (found == mails->rend()) return std::optional<seen_mail>{};
  return fetch_one(*found);
}

void trial_look::close() {
  awaited<result<void>> answer;
  channel_->close(answer.taker());
  answer.wait(*gate_, until_);
}

}  // namespace postroom::app
