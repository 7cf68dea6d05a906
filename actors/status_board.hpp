#pragma once

#include <map>
#include <mutex>
#include <string>

#include "postroom/admin/v1/admin.pb.h"

namespace postroom::actors {

/// Where each actor writes how it stands and the admin side reads it, without either waiting for
/// the other. Thread-safe.
class status_board {
 public:
  void set_mailbox(const admin::v1::MailboxStatus& s);
  void set_sender(const admin::v1::SenderStatus& s);
  /// Creates or updates the partition's own line (not its mailboxes and sender).
  void set_partition(const admin::v1::PartitionStatus& s);
  /// A child that is dead for now: "waiting" or "parked", when it is started again, and why it
  /// died.
  void mailbox_waits(const std::string& name, const std::string& state, int64_t next_try_at,
                     uint64_t restarts);
  void sender_waits(const std::string& partition, const std::string& state, uint64_t restarts);
  void set_settings_version(uint64_t version);
  void remove_mailbox(const std::string& name);
  void remove_partition(const std::string& id);

  /// Partitions with their mailboxes and senders, by name; the caller adds version and start time.
  [[nodiscard]] admin::v1::GetStatusResponse snapshot() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, admin::v1::PartitionStatus> partitions_;
  std::map<std::string, admin::v1::MailboxStatus> mailboxes_;
  std::map<std::string, admin::v1::SenderStatus> senders_;
  uint64_t settings_version_ = 0;
};

}  // namespace postroom::actors
