#include "channels/dns.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

namespace postroom::channels {
namespace {

constexpr std::size_t max_message = 64u << 10;
constexpr std::size_t max_records = 10;
/// Larger than what is asked for with EDNS (1,200 bytes).
constexpr std::size_t answer_room = 4096;

bool is_label(std::string_view label) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), fits);
}

bool is_number(std::string_view label) {
  return std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The labels of services begin with an underscore (RFC 2782); the rest is a host's name.
bool is_service_name(std::string_view name) {
  while (name.starts_with('_')) {
    const auto dot = name.find('.');
    if (dot == name.npos || !is_label(name.substr(1, dot - 1))) return false;
    name.remove_prefix(dot + 1);
  }
  return is_host_name(name);
}

/// The name at this place of a record, in lower case; nothing when it does not end within the
/// message. "." is empty.
std::optional<std::string> name_at(const ns_msg& message, const ns_rr& record, std::size_t offset) {
  std::array<char, NS_MAXDNAME> name{};
  const auto* end = ns_rr_rdata(record) + ns_rr_rdlen(record);
  const auto* at = ns_rr_rdata(record) + offset;
  const int used = dn_expand(ns_msg_base(message), ns_msg_end(message), at, name.data(),
                             static_cast<int>(name.size()));
  if (used < 0 || at + used > end) return {};
  std::string out{name.data()};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Calls `take` with each answer of this type.
result<void> read(std::string_view bytes, ns_type type,
                  const std::function<void(const ns_msg&, const ns_rr&)>& take) {
  ns_msg message;
  if (bytes.size() > max_message ||
      ns_initparse(reinterpret_cast<const unsigned char*>(bytes.data()),
                   static_cast<int>(bytes.size()), &message) != 0)
    return fail(ec::protocol_violation, "the name server's answer cannot be read");
  const int code = ns_msg_getflag(message, ns_f_rcode);
  if (code == ns_r_nxdomain) return {};
  if (code != ns_r_noerror)
    return fail(ec::dns_failed, "the name server refuses with code " + std::to_string(code));
  if (ns_msg_getflag(message, ns_f_tc))
    return fail(ec::protocol_violation, "the name server's answer is cut short");
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0)
      return fail(ec::protocol_violation, "the name server's answer cannot be read");
    if (ns_rr_type(record) == type && ns_rr_class(record) == ns_c_in) take(message, record);
  }
  return {};
}

uint16_t number_at(const ns_rr& record, std::size_t offset) {
  return static_cast<uint16_t>(ns_get16(ns_rr_rdata(record) + offset));
}

class resolver final : public dns_resolver {
 public:
  explicit resolver(dns_settings settings)
      : settings_(std::move(settings)),
        until_(std::chrono::steady_clock::now() + settings_.patience) {}
  ~resolver() override {
    if (ready_) res_nclose(&state_);
  }
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  result<srv_answer> srv(const std::string& name) override {
    const auto message = ask(name, ns_t_srv);
    if (!message) return message.error();
    return message->empty() ? srv_answer{} : read_srv(*message);
  }
  result<std::vector<mx_record>> mx(const std::string& name) override {
    const auto message = ask(name, ns_t_mx);
    if (!message) return message.error();
    return message->empty() ? std::vector<mx_record>{} : read_mx(*message);
  }

 private:
  result<void> start();
  result<std::string> ask(const std::string& name, ns_type type);

  dns_settings settings_;
  std::chrono::steady_clock::time_point until_;
  struct __res_state state_ {};
  bool ready_ = false;
};

/// RES_USEVC and following truncated answers by TCP would wait without a limit.
result<void> resolver::start() {
  if (ready_) return {};
  if (res_ninit(&state_) != 0) return fail(ec::dns_failed, "the resolver cannot be set up");
  ready_ = true;
  if (!settings_.server.empty()) {
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(settings_.port);
    if (inet_pton(AF_INET, settings_.server.c_str(), &server.sin_addr) != 1)
      return fail(ec::config_invalid, "the name server is no IPv4 address");
    state_.nscount = 1;
    state_.nsaddr_list[0] = server;
  }
  state_.options &= ~static_cast<unsigned long>(RES_USEVC | RES_DEBUG);
  state_.options |= RES_IGNTC | RES_USE_EDNS0;
  state_.retrans = static_cast<int>(settings_.attempt.count());
  state_.retry = state_.nscount > 1 ? 1 : 2;
  return {};
}

/// The answer; empty when there is no such name or nothing of this type.
result<std::string> resolver::ask(const std::string& name, ns_type type) {
  if (!is_service_name(name)) return fail(ec::config_invalid, "this is no name to ask for");
  if (std::chrono::steady_clock::now() >= until_)
    return fail(ec::timeout, "the time to ask the DNS is over");
  if (auto started = start(); !started) return started.error();
  std::string out(answer_room, '\0');
  const int size = res_nquery(&state_, name.c_str(), ns_c_in, type,
                              reinterpret_cast<unsigned char*>(out.data()), answer_room);
  if (size < 0) {
    if (state_.res_h_errno == HOST_NOT_FOUND || state_.res_h_errno == NO_DATA) return std::string{};
    return fail(ec::dns_failed, "no name server answered, or it refused");
  }
  out.resize(std::min(static_cast<std::size_t>(size), out.size()));
  return out;
}

}  // namespace

bool is_host_name(std::string_view name) {
  if (name.size() > 253) return false;
  std::size_t labels = 0;
  std::string_view last;
  for (auto rest = name;; rest.remove_prefix(last.size() + 1)) {
    last = rest.substr(0, rest.find('.'));
    if (!is_label(last)) return false;
    ++labels;
    if (last.size() == rest.size()) break;
  }
  return labels >= 2 && !is_number(last);
}

result<srv_answer> read_srv(std::string_view message) {
  srv_answer out;
  std::size_t refusals = 0;
  const auto take = [&](const ns_msg& all, const ns_rr& record) {
    if (ns_rr_rdlen(record) < 7) return;
    const auto target = name_at(all, record, 6);
    if (target && target->empty()) ++refusals;
    srv_record r{number_at(record, 0), number_at(record, 2), number_at(record, 4),
                 target.value_or("")};
    if (r.port != 0 && is_host_name(r.target)) out.records.push_back(std::move(r));
  };
  if (auto done = read(message, ns_t_srv, take); !done) return done.error();
  std::stable_sort(out.records.begin(), out.records.end(), [](const auto& a, const auto& b) {
    return std::pair{a.priority, -int{a.weight}} < std::pair{b.priority, -int{b.weight}};
  });
  if (out.records.size() > max_records) out.records.resize(max_records);
  out.refused = out.records.empty() && refusals > 0;
  return out;
}

result<std::vector<mx_record>> read_mx(std::string_view message) {
  std::vector<mx_record> out;
  const auto take = [&](const ns_msg& all, const ns_rr& record) {
    if (ns_rr_rdlen(record) < 3) return;
    auto host = name_at(all, record, 2);
    if (host && is_host_name(*host)) out.push_back({number_at(record, 0), std::move(*host)});
  };
  if (auto done = read(message, ns_t_mx, take); !done) return done.error();
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.preference < b.preference; });
  if (out.size() > max_records) out.resize(max_records);
  return out;
}

std::unique_ptr<dns_resolver> make_dns_resolver(dns_settings settings) {
  return std::make_unique<resolver>(std::move(settings));
}

}  // namespace postroom::channels
