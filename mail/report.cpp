#include "mail/report.hpp"

#include <algorithm>

#include "mail/body.hpp"
#include "mail/fields.hpp"
#include "mail/mail.hpp"
#include "mail/report_facts.hpp"
#include "mail/report_fields.hpp"
#include "mail/report_ses.hpp"
#include "mail/report_text.hpp"
#include "mail/status_code.hpp"
#include "mail/utf8.hpp"
#include "mail/values.hpp"

namespace postroom::mail {

namespace {

class reader {
 public:
  reader(const report_facts& known, const std::vector<part>& parts)
      : x_known_(known), x_parts_(parts) {
    for (const auto& p : parts) sort(p);
  }
  std::optional<report> run();

 private:
  void sort(const part& p);
  void read_fields_of(const part& p, report_kind kind);
  void read_delivery();
  bool read_words();
  bool read_complaint();
  void read_original();
  [[nodiscard]] std::string notice_text() const;
  [[nodiscard]] bool is_notice(std::string_view subject, std::string_view text,
                               const split_notice& split) const;

  const report_facts& x_known_;
  const std::vector<part>& x_parts_;
  const part *x_delivery_ = nullptr, *x_receipt_ = nullptr, *x_feedback_ = nullptr,
             *x_returned_ = nullptr;
  report x_out_;
};

void reader::sort(const part& p) {
  auto first = [&](const part*& slot) {
    if (!slot) slot = &p;
  };
  const auto& name = p.type.subtype;
  if (p.type.is("text", "rfc822-headers")) return first(x_returned_);
  if (p.type.type != "message") return;
  if (name == "delivery-status" || name == "global-delivery-status") first(x_delivery_);
  if (name == "disposition-notification" || name == "global-disposition-notification")
    first(x_receipt_);
  if (name == "feedback-report") first(x_feedback_);
  if (name == "rfc822" || name == "global" || name == "rfc822-headers" || name == "global-headers")
    first(x_returned_);
}

report_kind kind_of(const std::vector<reported_recipient>& recipients) {
  auto any = [&](reported_action a) {
    return std::any_of(recipients.begin(), recipients.end(),
                       [&](const reported_recipient& r) { return r.action == a; });
  };
  if (any(reported_action::failed)) return report_kind::failure;
  if (any(reported_action::delayed)) return report_kind::delay;
  const bool reached = any(reported_action::delivered) || any(reported_action::relayed) ||
                       any(reported_action::expanded);
  return reached ? report_kind::success : report_kind::failure;
}

std::string first_id(std::string_view value) {
  auto ids = read_ids(value, 1);
  return ids.empty() ? std::string{} : std::move(ids.front());
}

std::string_view header_of(std::string_view mail) {
  std::size_t end = 0;
  while (end < mail.size() && !bare_line(line_at(mail, end)).empty())
    end += line_at(mail, end).size();
  return mail.substr(0, end);
}

std::string reader::notice_text() const {
  return read_body(x_parts_, choose_body(x_parts_), report_bounds::text).text;
}

void reader::read_fields_of(const part& p, report_kind kind) {
  auto said = read_report_fields(decode(p.body, p.encoding, report_bounds::fields));
  x_out_.kind = kind;
  x_out_.detail = std::move(said.detail);
  x_out_.original_message_id = std::move(said.message_id);
  for (auto& address : said.recipients)
    x_out_.recipients.push_back({.address = std::move(address), .diagnostic = said.error});
}

/// Some systems put no more than a class into the fields and say the rest in words.
void reader::read_delivery() {
  x_out_.recipients = read_recipient_fields(
      decode(x_delivery_->body, x_delivery_->encoding, report_bounds::fields));
  const auto& all = x_out_.recipients;
  const bool is_vague = std::any_of(all.begin(), all.end(), [](const reported_recipient& r) {
    return is_class_only(r.status) && r.diagnostic.empty();
  });
  if (is_vague) refine_by_notice(split_notice_text(notice_text()).notice, x_out_.recipients);
  x_out_.kind = kind_of(all);
}

/// Whether the words make it a report. The less the sender looks like a mail system, the more the
/// words must say: an absence note has a null return path too.
bool reader::is_notice(std::string_view subject, std::string_view text,
                       const split_notice& split) const {
  const bool returns = x_returned_ || !split.original.empty();
  const bool by_system = x_known_.by_daemon || x_known_.by_postmaster;
  if (x_known_.by_fml) return true;
  // In whatever language: no mail system writes anything else so.
  if (x_known_.null_path && (x_known_.by_daemon || (by_system && x_returned_))) return true;
  if (by_system && may_tell_of_failure(subject)) return true;
  if (x_known_.by_daemon || x_known_.failed.data())
    return tells_of_failure(subject) || tells_of_failure(text);
  if ((x_known_.by_postmaster || x_known_.null_path) && tells_of_failure(subject)) return true;
  return returns && tells_of_failure(text);
}

/// Hotmail's have nothing but a field in the mail that they return.
bool reader::read_complaint() {
  if (!x_known_.complains || !x_returned_) return false;
  const auto mail = decode(x_returned_->body, x_returned_->encoding, report_bounds::text);
  auto header = header_of(mail);
  while (const auto f = next_field(header)) {
    if (!equal_ignoring_case(f->name, "x-hmxmroriginalrecipient")) continue;
    x_out_.kind = report_kind::feedback;
    x_out_.detail = "abuse";
    x_out_.recipients.push_back({.address = find_address(f->value)});
    return true;
  }
  return false;
}

bool reader::read_words() {
  const auto text = notice_text();
  const auto split = split_notice_text(text);
  const auto subject = read_text(x_known_.subject);
  if (!is_notice(subject, split.notice, split)) return false;
  notice_facts about;
  if (tells_of_delay(subject) || tells_of_delay(split.notice))
    about.action = reported_action::delayed;
  for (auto& a : read_addresses(x_known_.failed, report_bounds::recipients))
    if (!a.addr.empty()) about.failed.push_back(std::move(a.addr));
  about.addressee = find_address(x_known_.to);
  x_out_.recipients = read_recipient_fields(text);
  if (x_out_.recipients.empty()) x_out_.recipients = read_notice(split.notice, about);
  x_out_.kind = x_out_.recipients.empty() && about.action == reported_action::delayed
                    ? report_kind::delay
                    : kind_of(x_out_.recipients);
  x_out_.original_headers = split.original;
  return true;
}

/// A recipient of whom the report does not speak, so that only its kind is known.
reported_recipient unsaid(std::string address, report_kind kind) {
  reported_recipient out{.address = std::move(address)};
  if (kind == report_kind::failure) out.action = reported_action::failed;
  if (kind == report_kind::delay) out.action = reported_action::delayed;
  out.status = status_of(out.action);
  return out;
}

/// The Message-ID of the original: from what came back of it, from the notice that repeats it, or
/// from what the report answers to.
void reader::read_original() {
  if (x_returned_) {
    const auto bytes = decode(x_returned_->body, x_returned_->encoding, report_bounds::text);
    x_out_.original_headers = guess_utf8(header_of(bytes));
  }
  const auto fields = read_mail_fields(x_out_.original_headers);
  if (x_out_.original_message_id.empty()) x_out_.original_message_id = first_id(fields.message_id);
  if (x_out_.original_message_id.empty())
    x_out_.original_message_id = first_id(x_known_.in_reply_to);
  if (x_out_.original_message_id.empty() && x_known_.by_fml)
    x_out_.original_message_id = first_id(x_known_.references);
  if (!x_out_.recipients.empty() || fields.to.empty()) return;
  if (auto address = find_address(fields.to.front()); !address.empty())
    x_out_.recipients.push_back(unsaid(std::move(address), x_out_.kind));
}

std::optional<report> reader::run() {
  if (x_feedback_)
    read_fields_of(*x_feedback_, report_kind::feedback);
  else if (x_receipt_)
    read_fields_of(*x_receipt_, report_kind::read_receipt);
  else if (x_delivery_)
    read_delivery();
  if (x_known_.by_ses)
    if (auto told = read_ses_notification(notice_text())) return told;
  const bool has_fields =
      x_feedback_ || x_receipt_ || !x_out_.recipients.empty() || read_complaint();
  if (!has_fields && !read_words() && !x_delivery_ && !x_known_.is_declared) return std::nullopt;
  read_original();
  return std::move(x_out_);
}

}  // namespace

std::optional<report> read_report(std::string_view header, const std::vector<part>& parts) {
  const auto known = read_report_facts(header);
  if (!known.is_candidate() && !parts.front().type.is("multipart", "report")) return std::nullopt;
  return reader(known, parts).run();
}

std::optional<report> read_report(std::string_view raw) {
  const parse_limits limits;
  const auto split = split_mail(raw, limits.max_header);
  if (!split) return std::nullopt;
  const auto fields = read_content_fields(split->header);
  return read_report(split->header, outline(fields, split->body, {}));
}

}  // namespace postroom::mail
