#include "actors/status_board.hpp"

namespace postroom::actors {

void status_board::set_mailbox(const admin::v1::MailboxStatus& s) {
  std::lock_guard lock{mutex_};
  mailboxes_[s.name()] = s;
}

void status_board::set_sender(const admin::v1::SenderStatus& s) {
  std::lock_guard lock{mutex_};
  senders_[s.partition()] = s;
}

void status_board::set_partition(const admin::v1::PartitionStatus& s) {
  std::lock_guard lock{mutex_};
  partitions_[s.id()] = s;
}

void status_board::mailbox_waits(const std::string& name, const std::string& state,
                                 int64_t next_try_at, uint64_t restarts) {
  std::lock_guard lock{mutex_};
  auto it = mailboxes_.find(name);
  if (it == mailboxes_.end()) return;
  it->second.set_state(state);
  it->second.set_next_try_at(next_try_at);
  it->second.set_restarts(restarts);
}

void status_board::sender_waits(const std::string& partition, const std::string& state,
                                uint64_t restarts) {
  std::lock_guard lock{mutex_};
  auto it = senders_.find(partition);
  if (it == senders_.end()) return;
  it->second.set_state(state);
  it->second.set_restarts(restarts);
}

void status_board::set_settings_version(uint64_t version) {
  std::lock_guard lock{mutex_};
  settings_version_ = version;
}

void status_board::remove_mailbox(const std::string& name) {
  std::lock_guard lock{mutex_};
  mailboxes_.erase(name);
}

void status_board::remove_partition(const std::string& id) {
  std::lock_guard lock{mutex_};
  partitions_.erase(id);
  senders_.erase(id);
  std::erase_if(mailboxes_, [&](const auto& m) { return m.second.partition() == id; });
}

admin::v1::GetStatusResponse status_board::snapshot() const {
  std::lock_guard lock{mutex_};
  admin::v1::GetStatusResponse out;
  out.set_settings_version(settings_version_);
  for (const auto& [id, part] : partitions_) {
    auto* p = out.add_partitions();
    *p = part;
    for (const auto& [name, box] : mailboxes_)
      if (box.partition() == id) *p->add_mailboxes() = box;
    if (auto s = senders_.find(id); s != senders_.end()) *p->mutable_sender() = s->second;
  }
  return out;
}

}  // namespace postroom::actors
