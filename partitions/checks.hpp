#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "partitions/model.hpp"
#include "partitions/validate.hpp"

/// The pieces `validate` is made of; for this room only.
namespace postroom::partitions {

/// Collects the problems of one partition.
class findings {
 public:
  findings(std::string partition, std::vector<problem>& out)
      : partition_(std::move(partition)), out_(out) {}
  void add(std::string path, std::string what, std::string remedy) {
    out_.push_back({partition_, std::move(path), std::move(what), std::move(remedy), false});
  }
  /// What tells of another partition, unless that is this one.
  void add_across(const std::string& other, std::string path, std::string what,
                  std::string remedy) {
    add(std::move(path), std::move(what), std::move(remedy));
    out_.back().across = other != partition_;
  }
  [[nodiscard]] const std::string& partition() const { return partition_; }
  /// Of all partitions up to now.
  [[nodiscard]] std::size_t count() const { return out_.size(); }

 private:
  std::string partition_;
  std::vector<problem>& out_;
};

/// What must be unique on the whole system, and where each was first seen.
struct seen_on_system {
  /// Mails of one server move to a folder that another may read.
  struct move {
    std::string partition, path, folder;
    std::string mailbox;  ///< as in `mailboxes`
  };
  std::map<std::string, std::string> partition_ids;  ///< id -> where
  std::map<std::string, std::string> incoming;       ///< server name -> partition
  std::map<std::string, std::string> outgoing;       ///< server name -> partition
  /// host, login, folder -> server and partition
  std::map<std::string, std::pair<std::string, std::string>> mailboxes;
  std::vector<move> moves;
  /// The partitions, and the addresses of each: mails forwarded to one would come back.
  std::vector<std::pair<std::string, own_addresses>> own;
};

/// The names of one list, for looking up.
struct name_list {
  std::string path;  ///< "impacts"
  std::vector<std::string> in_order;
  std::unordered_set<std::string> set;
  [[nodiscard]] bool has(const std::string& name) const { return set.contains(name); }
  /// "use one of: High, Medium, Low", or how to get a first one.
  [[nodiscard]] std::string remedy() const;
};

template <class Names>
name_list make_name_list(std::string path, const Names& names) {
  return {std::move(path), {names.begin(), names.end()}, {names.begin(), names.end()}};
}

template <class Items>
name_list make_named_list(std::string path, const Items& items) {
  name_list list;
  list.path = std::move(path);
  for (const auto& item : items) {
    list.in_order.push_back(item.name());
    list.set.insert(item.name());
  }
  return list;
}

inline constexpr std::size_t max_name_length = 100;
inline constexpr std::size_t max_priority_length = 17;
inline constexpr std::size_t max_tag_length = 50;

/// "incoming[0]".
std::string indexed(std::string_view list, int i);
/// In quotes, on one line and not too long to show.
std::string show(std::string_view value);
std::string one_of(const std::vector<std::string>& names);

/// A name must be there, short, visible and without blanks around.
void check_name(findings& f, const std::string& path, const std::string& name,
                std::size_t max_length = max_name_length);
/// Nothing invisible in a text that ends up in one line.
void check_one_line(findings& f, const std::string& path, const std::string& value);
/// `name` must be in `list`; `may_be_blank`: or nothing at all.
void check_reference(findings& f, const std::string& path, const std::string& name,
                     const name_list& list, bool may_be_blank = false);
/// Whether two fixed words are one but for their case: it has a problem of its own, and must not
/// hide others.
bool same_word(std::string_view a, std::string_view b);
/// One of some fixed words; blank is the default.
void check_word(findings& f, const std::string& path, const std::string& value,
                const std::vector<std::string>& words);
/// Whether it is one mail address and nothing else.
bool is_address(std::string_view a);
void check_address(findings& f, const std::string& path, const std::string& address);
/// Blank is the default; the bounds are written as people would.
void check_duration(findings& f, const std::string& path, const std::string& value,
                    const char* least, const char* most);
void check_size(findings& f, const std::string& path, const std::string& value, const char* least,
                const char* most);

/// Whether the partition holds no more than it may; names all that is too much.
bool check_amount(findings& f, const config::v1::Partition& p);
/// Likewise a text alone, whose fields stand below `path`.
bool check_amount(findings& f, const std::string& path, const config::v1::MailText& text);

// One function per part of a partition, in the order of the schema.
void check_lists(findings& f, const config::v1::Partition& p);
void check_matrix(findings& f, const config::v1::Partition& p);
void check_screen_sets(findings& f, const config::v1::Partition& p);
void check_templates(findings& f, const config::v1::Partition& p);
void check_people(findings& f, const config::v1::Partition& p);
void check_incoming(findings& f, const config::v1::Partition& p, seen_on_system& seen);
void check_outgoing(findings& f, const config::v1::Partition& p, seen_on_system& seen);
/// The OAuth clients, and whether servers name them well.
void check_oauth(findings& f, const config::v1::Partition& p);
/// After all partitions: no server moves mails to where another one reads them again.
void check_moves(const seen_on_system& seen, std::vector<problem>& out);
void check_follow_ups(findings& f, const config::v1::FollowUps& settings);
/// Whose word about a sender counts in mails of this server, and what follows.
void check_trust(findings& f, const std::string& path, const config::v1::IncomingServer& s);
/// Texts, notifications, and where groups read theirs.
void check_texts(findings& f, const config::v1::Partition& p);
/// One text, whose fields stand below `path`.
void check_text(findings& f, const std::string& path, const config::v1::MailText& text);
/// Blank is for everyone.
void check_language(findings& f, const std::string& path, const std::string& tag);
void check_commands(findings& f, const config::v1::Partition& p);
void check_answer_limits(findings& f, const config::v1::AnswerLimits& limits);
void check_scanning(findings& f, const config::v1::Scanning& s);
void check_rules(findings& f, const config::v1::Partition& p, const seen_on_system& seen);
void check_senders(findings& f, const config::v1::SenderLists& lists);
void check_attachments(findings& f, const config::v1::AttachmentPolicy& policy);
/// Whether a spam score could ever count.
void check_spam_border(findings& f, const config::v1::Partition& p);

/// Of whatever kind: secret:NAME, env:NAME or file:PATH.
bool is_secret_reference(std::string_view text);

enum class mail_protocol { imap, pop3, smtp };
/// A host in the form to compare: folded, in ASCII, without the dot at its end; "localhost" for the
/// usual names of this machine.
std::string fold_host(std::string_view host);
/// https://learn.microsoft.com/exchange: the names under which Microsoft's own Exchange answers.
bool is_exchange_online(std::string_view host);
/// The host that a server is reached at: that of its URL, if it has a readable one.
std::string server_host(const config::v1::IncomingServer& s);
void check_host(findings& f, const std::string& path, const std::string& host);
void check_port(findings& f, const std::string& path, uint32_t port);
/// The password and the methods of a sign-in, whose fields stand below `path`; `known`: the
/// methods.
template <class SignIn>
void check_secret(findings& f, const std::string& path, const SignIn& s,
                  const std::vector<std::string>& known);
extern template void check_secret(findings&, const std::string&, const config::v1::IncomingServer&,
                                  const std::vector<std::string>&);
extern template void check_secret(findings&, const std::string&, const config::v1::PopSignIn&,
                                  const std::vector<std::string>&);
/// All that the server's protocol needs to reach it and sign in, and what it must not have.
void check_connection(findings& f, const std::string& path, const config::v1::IncomingServer& s,
                      const config::v1::Partition& p);
void check_connection(findings& f, const std::string& path, const config::v1::OutgoingServer& s,
                      const config::v1::Partition& p);
/// Host, port, security, sign-in: what incoming and outgoing servers have in common.
template <class Server>
void check_endpoint(findings& f, const std::string& path, const Server& s, mail_protocol protocol);
extern template void check_endpoint(findings&, const std::string&,
                                    const config::v1::IncomingServer&, mail_protocol);
extern template void check_endpoint(findings&, const std::string&,
                                    const config::v1::OutgoingServer&, mail_protocol);

}  // namespace postroom::partitions
