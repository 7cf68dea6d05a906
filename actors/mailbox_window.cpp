#include "actors/mailbox_window.hpp"

#include <algorithm>

namespace postroom::actors {

bool mailbox_window::has_room(uint64_t size) const {
  if (slots_.empty()) return true;
  return slots_.size() < max_count_ && bytes_ + size <= max_bytes_;
}

void mailbox_window::ask(const channels::listed_mail& mail, std::shared_ptr<void> hold) {
  slots_.push_back({mail, std::nullopt, std::move(hold)});
  bytes_ += mail.size;
}

std::deque<mailbox_window::slot>::iterator mailbox_window::find(uint64_t uid) {
  auto it = std::lower_bound(slots_.begin(), slots_.end(), uid,
                             [](const slot& s, uint64_t wanted) { return s.mail.uid < wanted; });
  return it != slots_.end() && it->mail.uid == uid && !it->item ? it : slots_.end();
}

void mailbox_window::ready(uint64_t uid, mail_item item) {
  if (auto it = find(uid); it != slots_.end()) it->item = std::move(item);
}

void mailbox_window::forget(uint64_t uid) {
  auto it = find(uid);
  if (it == slots_.end()) return;
  bytes_ -= it->mail.size;
  slots_.erase(it);
}

std::vector<mail_item> mailbox_window::next_batch(std::size_t max_count, uint64_t max_bytes) const {
  std::vector<mail_item> out;
  uint64_t bytes = 0;
  for (const auto& s : slots_) {
    if (!s.item || out.size() >= max_count) break;
    bytes += s.item->bytes();
    if (!out.empty() && bytes > max_bytes) break;
    out.push_back(*s.item);
  }
  return out;
}

std::vector<mail_id> mailbox_window::staged(std::size_t but_oldest) const {
  std::vector<mail_id> out;
  for (auto i = but_oldest; i < slots_.size(); ++i)
    if (slots_[i].item && slots_[i].item->staged.value != 0) out.push_back(slots_[i].item->staged);
  return out;
}

void mailbox_window::done(std::size_t count) {
  for (; count > 0 && !slots_.empty(); --count) {
    bytes_ -= slots_.front().mail.size;
    slots_.pop_front();
  }
}

}  // namespace postroom::actors
