#include "partitions/edits.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <utility>

#include "base/digest.hpp"
#include "partitions/checks.hpp"
#include "partitions/edit_parts.hpp"

namespace postroom::partitions {

namespace {

using config::v1::Partition;
using config::v1::Settings;

/// Without those there are: not everybody may know them.
error no_partition(const std::string& id) {
  return fail(ec::not_found,
              "there is no partition " + id + "; `postroom partitions list` shows those there are");
}

/// Without naming the partition that is in the way; `own`: a server of the partition is the one
/// that was found, else that of the other one.
problem masked(problem p, bool own) {
  if (p.path.ends_with("name")) {
    p.what = "is the name of another server on this system";
    p.remedy = "choose another name: names of servers are unique on the whole system";
  } else if (p.path.ends_with("move_to")) {
    p.what = own ? "another server on this system reads that folder: each mail would come in again"
                 : "another server on this system moves its mails to this mailbox";
    p.remedy = own ? "name a folder that nobody reads"
                   : "name another mailbox, or switch this server off: each mail would come in "
                     "again";
  } else {
    p.what = "another server on this system reads the same mailbox";
    p.remedy = "name another mailbox, or switch this server off: each mail would come in twice";
  }
  p.across = false;
  return p;
}

/// The part of a path behind `inside`; the path itself when it lies elsewhere.
std::string inner(const std::string& path, const std::string& inside) {
  if (inside.empty() || !path.starts_with(inside)) return path;
  if (path.size() == inside.size()) return {};
  return path[inside.size()] == '.' ? path.substr(inside.size() + 1) : path;
}

result<void> without_servers_and_people(const Partition& rules) {
  if (rules.incoming().empty() && rules.outgoing().empty() && rules.people().empty() &&
      rules.oauth_clients().empty())
    return {};
  return fail(ec::config_invalid,
              "rules: they hold servers, OAuth clients or people, which go other ways; leave "
              "`incoming`, `outgoing`, `oauth_clients` and `people` out");
}

void sort_partitions(Settings& s) {
  std::stable_sort(s.mutable_partitions()->begin(), s.mutable_partitions()->end(),
                   [](const auto& a, const auto& b) { return a.id() < b.id(); });
}

result<void> take_rules(Partition& p, const Partition& rules) {
  if (auto alone = without_servers_and_people(rules); !alone) return alone;
  if (!rules.id().empty() && rules.id() != p.id())
    return fail(ec::config_invalid, "rules.id: it is " + show(rules.id()) + ", but the id of " +
                                        p.id() + " cannot change: it is part of call numbers");
  Partition next = rules;
  next.set_id(p.id());
  *next.mutable_people() = p.people();
  *next.mutable_incoming() = p.incoming();
  *next.mutable_outgoing() = p.outgoing();
  *next.mutable_oauth_clients() = p.oauth_clients();
  p = std::move(next);
  return {};
}

}  // namespace

const Partition* find_partition(const Settings& settings, std::string_view id) {
  const auto found =
      std::ranges::find_if(settings.partitions(), [&](const auto& p) { return p.id() == id; });
  return found == settings.partitions().end() ? nullptr : &*found;
}

result<Settings> in_partition(Settings now, const std::string& id,
                              const std::function<result<void>(Partition&)>& change) {
  for (auto& p : *now.mutable_partitions()) {
    if (p.id() != id) continue;
    if (auto done = change(p); !done) return done.error();
    return now;
  }
  return no_partition(id);
}

Settings only(const Settings& all, const std::string& id,
              const std::function<void(const Partition& from, Partition& to)>& keep) {
  Settings out;
  if (const auto* p = find_partition(all, id)) {
    auto& to = *out.add_partitions();
    to.set_id(id);
    keep(*p, to);
  }
  return out;
}

std::vector<problem> seen_in(const std::string& partition, const std::string& inside,
                             std::vector<problem> found) {
  std::vector<problem> out;
  for (auto& p : found) {
    const bool ours = p.partition == partition;
    if (p.across)
      p = masked(std::move(p), ours);
    else if (!ours)
      continue;
    // Which of two servers of one name is found second depends on the order of their partitions.
    p.path = ours ? inner(p.path, inside) : p.path.ends_with("name") ? "name" : "";
    p.partition = partition;
    out.push_back(std::move(p));
  }
  if (out.empty() && !found.empty())
    out.push_back({partition, "", "the configuration has problems elsewhere",
                   "ask someone who may see all partitions to run `postroom apply --dry-run`"});
  return out;
}

uint64_t revision_of(const Settings& object) {
  std::string bytes;
  google::protobuf::io::StringOutputStream to{&bytes};
  google::protobuf::io::CodedOutputStream coded{&to};
  coded.SetSerializationDeterministic(true);  // the entries of a map have no order of their own
  object.SerializeToCodedStream(&coded);
  coded.Trim();
  return short_digest(bytes);
}

Partition rules_of(Partition partition) {
  partition.clear_incoming();
  partition.clear_outgoing();
  partition.clear_oauth_clients();
  partition.clear_people();
  return partition;
}

edit set_general(config::v1::General general) {
  edit out;
  out.name = "the general settings";
  out.apply = [general = std::move(general)](Settings now) -> result<Settings> {
    *now.mutable_general() = general;
    return now;
  };
  out.object = [](const Settings& s) {
    Settings alone;
    if (s.has_general()) *alone.mutable_general() = s.general();
    return alone;
  };
  out.seen = [](const Settings&, std::vector<problem> found) { return found; };
  return out;
}

edit add_partition(Partition partition) {
  edit out;
  const auto id = partition.id();
  out.name = "partition " + id;
  out.apply = [partition = std::move(partition)](Settings now) -> result<Settings> {
    if (find_partition(now, partition.id()))
      return fail(ec::already_exists, "there is a partition " + partition.id() + " already");
    *now.add_partitions() = partition;
    sort_partitions(now);
    return now;
  };
  out.object = [id](const Settings& s) {
    return only(s, id, [](const auto& from, auto& to) { to = from; });
  };
  out.seen = [](const Settings&, std::vector<problem> found) { return found; };
  return out;
}

edit remove_partition(std::string id) {
  edit out;
  out.name = "partition " + id;
  out.apply = [id](Settings now) -> result<Settings> {
    auto& all = *now.mutable_partitions();
    const auto found = std::ranges::find_if(all, [&](const auto& p) { return p.id() == id; });
    if (found == all.end()) return no_partition(id);
    all.erase(found);
    return now;
  };
  out.object = [id](const Settings& s) {
    return only(s, id, [](const auto& from, auto& to) { to = from; });
  };
  out.seen = [](const Settings&, std::vector<problem> found) { return found; };
  return out;
}

edit set_rules(std::string partition, Partition rules) {
  edit out;
  out.name = "partition " + partition;
  out.apply = [partition, rules = std::move(rules)](Settings now) {
    return in_partition(std::move(now), partition,
                        [&](Partition& p) { return take_rules(p, rules); });
  };
  out.object = [partition](const Settings& s) {
    return only(s, partition, [](const auto& from, auto& to) { to = rules_of(from); });
  };
  out.seen = [partition](const Settings&, std::vector<problem> found) {
    return seen_in(partition, {}, std::move(found));
  };
  return out;
}

}  // namespace postroom::partitions
