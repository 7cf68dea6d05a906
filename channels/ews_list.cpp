// How an EWS session lists mails.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "channels/ews_session.hpp"

namespace postroom::channels {
namespace {

constexpr std::size_t max_page = 512;        // the server's own limit
constexpr unsigned max_empty_pages = 1'000;  // of changes that are no new mails, in a row

/// Whether an answer may mean that the position is no good, of a folder that is made anew or of
/// another mailbox, when the session has just found its own folder.
bool refuses_position(ec code) {
  return code == ec::mailbox_missing || code == ec::not_found || code == ec::auth_refused ||
         code == ec::protocol_violation;
}

}  // namespace

struct ews_session::list_job {
  std::size_t max = 0;
  done_fn<listing> done;
  std::vector<ews_item> found;
  std::unordered_map<std::string, std::size_t> places;  ///< in `found`, by id
  std::string position;
  unsigned empty_pages = 0;
  std::size_t gone = 0;  ///< of `found`: deleted again, without an id

  [[nodiscard]] std::size_t listed() const { return found.size() - gone; }
};

void ews_session::resume(std::string position) {
  position_ = std::move(position);
  resumed_ = true;
}

void ews_session::list(uint64_t after, std::size_t max, done_fn<listing> done) {
  auto j = std::make_shared<list_job>();
  j->max = std::max<std::size_t>(max, 1);
  j->done = done;
  enqueue({[this, j, after] {
             if (!opened_) return conclude<listing>(j->done, not_opened());
             if (after > 0) j->position = position_;
             ask_page(j);
           },
           [done](const error& why) { done(why); }});
}

void ews_session::ask_page(const std::shared_ptr<list_job>& j) {
  const auto wanted = std::min(max_page, j->max - j->listed());
  ask(ews_text::sync(folder_, j->position, wanted), [this, j](result<ews_message> got) {
    if (!got) {
      auto why = got.error();
      if (resumed_ && !j->position.empty() && refuses_position(why.code))
        why.code = ec::position_lost;
      if (why.code == ec::position_lost) {
        position_.clear();
        resumed_ = false;
      }
      return conclude<listing>(j->done, why);
    }
    take_page(j, std::move(*got));
  });
}

/// What is created and deleted again within a listing was never there; what is told twice is there
/// once.
void ews_session::take_page(const std::shared_ptr<list_job>& j, ews_message page) {
  const auto before = j->found.size();
  const bool stuck = page.sync_state == j->position;
  for (auto& item : page.items) {
    if (!item.mail_like || item.id.empty() || j->places.contains(item.id)) continue;
    j->places[item.id] = j->found.size();
    j->found.push_back(std::move(item));
  }
  for (const auto& id : page.deleted) {
    const auto place = j->places.find(id);
    if (place != j->places.end() && !std::exchange(j->found[place->second].id, {}).empty())
      ++j->gone;
  }
  j->position = std::move(page.sync_state);
  j->empty_pages = j->found.size() > before ? 0 : j->empty_pages + 1;
  if (j->position.empty() || (!page.last && (stuck || j->empty_pages > max_empty_pages)))
    return conclude<listing>(j->done,
                             fail(ec::protocol_violation, "the list of changes has no end"));
  if (!page.last && j->listed() < j->max) return ask_page(j);
  finish_list(j);
}

/// In the order of their arrival, for servers may tell the newest first.
void ews_session::finish_list(const std::shared_ptr<list_job>& j) {
  std::ranges::stable_sort(
      j->found, {}, [](const ews_item& item) { return item.received.value_or(time_point::max()); });
  listing out;
  for (auto& item : j->found) {
    if (item.id.empty()) continue;
    listed_mail mail;
    mail.uid = ++last_uid_;
    mail.uidl = std::move(item.id);
    mail.size = item.size.value_or(settings_.max_mail_bytes);
    mail.size_is_bound = !item.size;
    mail.internal_date = item.received;
    out.mails.push_back(std::move(mail));
  }
  position_ = out.position = j->position;
  resumed_ = false;
  conclude<listing>(j->done, std::move(out));
}

}  // namespace postroom::channels
