#include "app/trials_send.hpp"

#include <algorithm>

#include "app/channel_settings.hpp"
#include "app/trials_common.hpp"

namespace postroom::app {

using recipient = admin::v1::TestOutgoingResponse::Recipient;

namespace {

std::string domain_of(const std::string& address) {
  const auto at = address.rfind('@');
  return at == std::string::npos ? "postroom.invalid" : address.substr(at + 1);
}

/// No time limit of the channel may outlast the trial.
void limit(channels::endpoint& server, trial_deadline until) {
  const auto rest = std::chrono::floor<duration>(until - std::chrono::steady_clock::now());
  server.connect_timeout = std::clamp(rest, duration{1}, server.connect_timeout);
  server.request_timeout = std::clamp(rest, duration{1}, server.request_timeout);
}

}  // namespace

result<config::v1::OutgoingServer> saved_outgoing(const config::v1::Partition& saved,
                                                  const std::string& name) {
  if (!name.empty()) {
    if (const auto* found = find_outgoing(saved, name)) return *found;
    return fail(ec::not_found, "partition " + saved.id() + " has no outgoing server named " + name);
  }
  for (const auto& s : saved.outgoing())
    if (partitions::is_active(s)) return s;
  return fail(ec::not_found, "partition " + saved.id() +
                                 " has no active outgoing server; name one or give a draft");
}

result<trial_sending> trial_sending::start(const trials_backend& backend,
                                           const partition_id& partition,
                                           const config::v1::OutgoingServer& server,
                                           trial_deadline until) {
  auto settings = outbound_settings_of(partition, server, backend.secrets(partition),
                                       tokens_of(backend, partition));
  if (!settings) return settings.error();
  trial_sending out;
  out.server_ = server;
  out.until_ = until;
  out.gate_ = backend.gate;
  out.heard_ = std::make_shared<channels::transcript>();
  settings->server.heard = out.heard_;
  settings->max_connections = 1;
  limit(settings->server, until);
  out.channel_ = backend.make_outbound(std::move(*settings));
  return out;
}

trial_mail trial_sending::render(mail::outgoing_mail mail, const trials_backend& backend) const {
  mail.from = {server_.from_name(), server_.from()};
  if (!server_.reply_to().empty()) mail.reply_to = {"", server_.reply_to()};
  mail.message_id = "trial-" + random_hex(backend.random) + "@" + domain_of(server_.from());
  mail.date = backend.clock();
  mail.auto_submitted = "auto-generated";  // RFC 3834, 5: nobody shall answer
  return {mail.message_id, std::make_shared<const std::string>(mail::render(mail))};
}

admin::v1::FailedStep trial_sending::failure(const channels::send_report& report) const {
  const auto reached = heard_->reached();
  auto step = step_of(report.code, reached);
  // Refused by ourselves, before a word was said.
  if (report.code == ec::recipient_refused && report.reply_code == 0) step = "recipient";
  if (report.code == ec::mail_too_large) step = "data";
  return failed_step(step, report.code, heard_->mask(report.reply));
}

recipient trial_sending::send(const trial_mail& mail, const std::string& to) {
  recipient out;
  out.set_address(to);
  if (lost_) {
    *out.mutable_failed() = why_lost_;
    return out;
  }
  awaited<channels::send_report> answer;
  channel_->send({server_.from(), to, mail.message}, answer.taker());
  auto report = answer.wait(*gate_, until_);
  if (!report) {
    report.emplace();
    report->code = ec::timeout;
    report->server_wide = true;
    report->reply = "no answer before the deadline";
    channel_->close();
  }
  out.set_taken(report->code == ec::none);
  out.set_reply_code(static_cast<uint32_t>(report->reply_code));
  out.set_reply(heard_->mask(report->reply));
  if (out.taken()) return out;
  *out.mutable_failed() = failure(*report);
  lost_ = report->server_wide;
  why_lost_ = out.failed();
  return out;
}

}  // namespace postroom::app
