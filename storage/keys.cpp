#include "storage/keys.hpp"

#include "base/digest.hpp"
#include "postroom/record/v1/record.pb.h"

namespace postroom::storage::keys {
namespace {

/// Appends fields behind the kind byte; what comes out sorts as the fields do.
class builder {
 public:
  explicit builder(kind k) : x_(1, static_cast<char>(k)) {}

  builder& u32(uint32_t v) { return big_endian(v, 4); }
  builder& u64(uint64_t v) { return big_endian(v, 8); }
  /// The sign bit is flipped, so that times before 1970 sort before all others.
  builder& i64(int64_t v) { return u64(static_cast<uint64_t>(v) ^ (uint64_t{1} << 63)); }
  builder& text(std::string_view s) {
    for (char c : s) {
      x_.push_back(c);
      if (c == '\0') x_.push_back('\xff');
    }
    x_.append(2, '\0');
    return *this;
  }
  builder& fixed(std::string_view bytes) {
    x_.append(bytes);
    return *this;
  }
  builder& mail_key(const record::v1::MailKey& key) {
    return text(key.mailbox()).u64(key.uid_validity()).u64(key.uid()).text(key.uidl());
  }

  std::string done() { return std::move(x_); }
  /// All keys that begin with what is there.
  key_range prefix() {
    auto last = x_;
    while (!last.empty() && last.back() == '\xff') last.pop_back();
    // A kind byte is never 0xFF, so there is always something left to count up.
    last.back() = static_cast<char>(static_cast<unsigned char>(last.back()) + 1);
    return {std::move(x_), std::move(last)};
  }

 private:
  builder& big_endian(uint64_t v, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      x_.push_back(static_cast<char>(v >> shift));
    return *this;
  }

  std::string x_;
};

/// Takes fields off a key, in the order the builder put them. Bytes from a damaged store: every
/// read is bounded.
class reader {
 public:
  explicit reader(std::string_view key) : x_(key) {}

  uint8_t byte() { return static_cast<uint8_t>(fixed(1)); }
  uint64_t u64() { return fixed(8); }
  std::string text() {
    std::string out;
    for (;;) {
      auto end = x_.find('\0');
      if (end == std::string_view::npos || end + 1 >= x_.size()) {
        broken_ = true;
        return out;
      }
      out.append(x_.substr(0, end));
      auto next = x_[end + 1];
      x_.remove_prefix(end + 2);
      if (next == '\0') return out;
      out.push_back('\0');
    }
  }
  [[nodiscard]] bool complete() const { return !broken_ && x_.empty(); }

 private:
  uint64_t fixed(std::size_t bytes) {
    if (x_.size() < bytes) {
      broken_ = true;
      x_ = {};
      return 0;
    }
    uint64_t out = 0;
    for (char c : x_.substr(0, bytes)) out = out << 8 | static_cast<unsigned char>(c);
    x_.remove_prefix(bytes);
    return out;
  }

  std::string_view x_;
  bool broken_ = false;
};

}  // namespace

std::string meta(std::string_view name) {
  return builder{kind::meta}.text(name).done();
}
std::string call(call_number n) {
  return builder{kind::call}.u64(n.value).done();
}
std::string call_update(call_number n, uint32_t sequence) {
  return builder{kind::call_update}.u64(n.value).u32(sequence).done();
}
std::string safe_html(mail_id id) {
  return builder{kind::safe_html}.u64(id.value).done();
}
std::string message(std::string_view message_id) {
  return builder{kind::message}.fixed(sha256{}.update(message_id).finish()).done();
}
std::string open_call_of(person_id person, call_number n) {
  return builder{kind::open_call_of}.u64(person.value).u64(n.value).done();
}
std::string ledger(const record::v1::MailKey& key) {
  return builder{kind::ledger}.mail_key(key).done();
}
std::string mailbox(const mailbox_id& box) {
  return builder{kind::mailbox}.text(box.value).done();
}
std::string pending_action(const record::v1::MailKey& key) {
  return builder{kind::pending_action}.mail_key(key).done();
}
std::string dedupe(std::string_view hash) {
  return builder{kind::dedupe}.fixed(hash).done();
}
std::string copy(const record::v1::MailKey& first, const record::v1::MailKey& later) {
  return builder{kind::copy}.mail_key(first).mail_key(later).done();
}
std::string mail(mail_id id) {
  return builder{kind::mail}.u64(id.value).done();
}
std::string raw(mail_id id, uint32_t chunk) {
  return builder{kind::raw}.u64(id.value).u32(chunk).done();
}
std::string staging(mail_id id) {
  return builder{kind::staging}.u64(id.value).done();
}
std::string outbox(uint64_t id) {
  return builder{kind::outbox}.u64(id).done();
}
std::string outbox_due(int64_t due_ms, uint64_t id) {
  return builder{kind::outbox_due}.i64(due_ms).u64(id).done();
}
std::string outbox_of_call(call_number n, uint64_t id) {
  return builder{kind::outbox_of_call}.u64(n.value).u64(id).done();
}
std::string outbox_dead(uint64_t id) {
  return builder{kind::outbox_dead}.u64(id).done();
}
std::string outbox_report(uint64_t id, uint32_t recipient) {
  return builder{kind::outbox_report}.u64(id).u32(recipient).done();
}
std::string quarantine(mail_id id) {
  return builder{kind::quarantine}.u64(id.value).done();
}
std::string probe(std::string_view id) {
  return builder{kind::probe}.text(id).done();
}
std::string rule_hits(std::string_view rule) {
  return builder{kind::rule_hits}.text(rule).done();
}
std::string person(person_id id) {
  return builder{kind::person}.u64(id.value).done();
}
std::string settings(uint64_t version) {
  return builder{kind::settings}.u64(version).done();
}
std::string settings_version(uint64_t version) {
  return builder{kind::settings_version}.u64(version).done();
}
std::string audit(int64_t at_ms, uint64_t sequence) {
  return builder{kind::audit}.i64(at_ms).u64(sequence).done();
}
std::string audit_chain(uint64_t sequence) {
  return builder{kind::audit_chain}.u64(sequence).done();
}
std::string access_principal(std::string_view name) {
  return builder{kind::access_principal}.text(name).done();
}
std::string access_role(std::string_view name) {
  return builder{kind::access_role}.text(name).done();
}
std::string access_token(std::string_view id) {
  return builder{kind::access_token}.text(id).done();
}
std::string secret(std::string_view partition, std::string_view name) {
  return builder{kind::secret}.text(partition).text(name).done();
}

key_range all_of(kind k) {
  return builder{k}.prefix();
}
key_range ledger_of(const mailbox_id& box) {
  return builder{kind::ledger}.text(box.value).prefix();
}
key_range copies_of(const record::v1::MailKey& first) {
  return builder{kind::copy}.mail_key(first).prefix();
}
key_range pending_of(const mailbox_id& box) {
  return builder{kind::pending_action}.text(box.value).prefix();
}
key_range raw_from(mail_id id) {
  return {builder{kind::raw}.u64(id.value).done(), all_of(kind::raw).last};
}
key_range raw_of(mail_id id) {
  return builder{kind::raw}.u64(id.value).prefix();
}
key_range outbox_of(call_number n) {
  return builder{kind::outbox_of_call}.u64(n.value).prefix();
}
key_range updates_of(call_number n) {
  return builder{kind::call_update}.u64(n.value).prefix();
}
key_range open_calls_of(person_id person) {
  return builder{kind::open_call_of}.u64(person.value).prefix();
}
key_range outbox_reports_of(uint64_t id) {
  return builder{kind::outbox_report}.u64(id).prefix();
}
key_range outbox_due_until(int64_t due_ms) {
  return {all_of(kind::outbox_due).first, builder{kind::outbox_due}.i64(due_ms).prefix().last};
}

std::optional<record::v1::MailKey> parse_pending(std::string_view key) {
  reader in{key};
  if (in.byte() != static_cast<uint8_t>(kind::pending_action)) return std::nullopt;
  record::v1::MailKey out;
  out.set_mailbox(in.text());
  out.set_uid_validity(in.u64());
  out.set_uid(in.u64());
  out.set_uidl(in.text());
  if (!in.complete()) return std::nullopt;
  return out;
}

std::optional<std::pair<std::string, std::string>> parse_secret(std::string_view key) {
  reader in{key};
  if (in.byte() != static_cast<uint8_t>(kind::secret)) return std::nullopt;
  auto partition = in.text();
  auto name = in.text();
  if (!in.complete()) return std::nullopt;
  return std::pair{std::move(partition), std::move(name)};
}

int64_t due_of(std::string_view key) {
  if (key.size() < 16) return 0;
  return static_cast<int64_t>(trailing_u64(key.substr(0, key.size() - 8)) ^ (uint64_t{1} << 63));
}

uint64_t trailing_u64(std::string_view key) {
  if (key.size() < 8) return 0;
  uint64_t out = 0;
  for (char c : key.substr(key.size() - 8)) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

}  // namespace postroom::storage::keys
