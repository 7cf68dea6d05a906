#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "channels/inbound.hpp"
#include "channels/outbound.hpp"

namespace postroom::actors::test {

/// One mailbox on a mail server that answers when the test wants. Survives its connections.
struct fake_mailbox {
  struct mail {
    channels::listed_mail listed;
    std::string raw;
  };
  /// A call that waits for the test.
  struct held_call {
    std::string name;
    std::function<void()> go;
    std::function<void(error)> fail;
    const void* channel;
  };

  void add(const std::string& raw, std::optional<time_point> arrived = {}) {
    auto uid = uid_next++;
    if (highest_modseq != 0) ++highest_modseq;
    const auto id = pop3 ? "uidl-" : positions ? "id-" : "";
    mails.push_back({{uid, *id ? id + std::to_string(uid) : "", raw.size(), arrived}, raw});
  }
  void remove(uint64_t uid) {
    std::erase_if(mails, [&](const mail& m) { return m.listed.uid == uid; });
  }
  /// All UIDs mean other mails from now on; all UIDLs are new ones.
  void renumber() {
    ++uid_validity;
    uid_next = 1;
    for (auto& m : mails) {
      m.listed.uid = uid_next++;
      if (pop3) m.listed.uidl = "anew-" + m.listed.uidl;
    }
  }
  [[nodiscard]] std::size_t held_count(const std::string& name) const {
    return static_cast<std::size_t>(
        std::count_if(held.begin(), held.end(), [&](const auto& h) { return h.name == name; }));
  }
  /// Lets the oldest call of this name go on; false: there is none.
  bool release(const std::string& name) {
    auto it = std::find_if(held.begin(), held.end(), [&](const auto& h) { return h.name == name; });
    if (it == held.end()) return false;
    auto call = std::move(*it);
    held.erase(it);
    call.go();
    return true;
  }
  bool break_off(const std::string& name, error why) {
    auto it = std::find_if(held.begin(), held.end(), [&](const auto& h) { return h.name == name; });
    if (it == held.end()) return false;
    auto call = std::move(*it);
    held.erase(it);
    call.fail(std::move(why));
    return true;
  }
  /// The server announces something to whoever waits in IDLE.
  void announce() { EXPECT_TRUE(release("wait")) << "nobody waits"; }

  bool pop3 = false;
  bool positions = false;        ///< as Graph and EWS: listings with a position
  bool position_lost = false;    ///< until all is listed anew
  bool loses_positions = false;  ///< all of them, at once
  bool can_wait = true;
  bool tells_uid_next = true;
  uint64_t uid_validity = 7;
  uint64_t uid_next = 1;
  uint64_t highest_modseq = 0;         ///< 0: no CONDSTORE
  uint64_t channel_limit = 64u << 20;  ///< larger mails: mail_too_large
  std::size_t break_pieces_at = 0;     ///< a large mail breaks off after so many bytes; 0: never
  ec break_pieces_with = ec::server_busy;
  std::set<uint64_t> stuck;    ///< mails whose action the server refuses
  std::set<uint64_t> refused;  ///< mails that the server will not give: server_busy
  std::set<uint64_t> deadly;   ///< mails at which the connection ends
  std::vector<mail> mails;
  std::map<std::string, bool> hold;                   ///< by call name; "wait" is always held
  std::map<std::string, std::deque<error>> failures;  ///< how the next calls of a name fail
  std::deque<held_call> held;
  std::vector<std::string> log;  ///< every call: "open", "list 0", "fetch 1,2", "settle 1 seen"
};

class fake_inbound final : public channels::inbound_channel {
 public:
  explicit fake_inbound(std::shared_ptr<fake_mailbox> box) : box_(std::move(box)) {}
  ~fake_inbound() override {
    std::vector<fake_mailbox::held_call> mine;
    std::erase_if(box_->held, [&](auto& h) {
      if (h.channel != this) return false;
      mine.push_back(std::move(h));
      return true;
    });
    for (auto& h : mine) h.fail(fail(ec::cancelled));
  }

  void open(channels::done_fn<channels::opened_mailbox> done) override {
    call("open", "open", done, [box = box_, done] {
      if (box->pop3)
        for (std::size_t i = 0; i < box->mails.size(); ++i) box->mails[i].listed.uid = i + 1;
      channels::opened_mailbox o;
      o.messages = box->mails.size();
      o.can_wait = box->can_wait && !box->pop3;
      if (!box->pop3 && !box->positions) {
        o.uid_validity = box->uid_validity;
        o.uid_next = box->tells_uid_next ? box->uid_next : 0;
        o.highest_modseq = box->highest_modseq;
      }
      done(o);
    });
  }

  void list(uint64_t after, std::size_t max, channels::done_fn<channels::listing> done) override {
    call("list", "list " + std::to_string(after), done, [this, box = box_, done, after, max] {
      std::vector<channels::listed_mail> out;
      if (box->positions) return done(list_on(after, max));
      for (const auto& m : box->mails)
        if (m.listed.uid > after && out.size() < max) out.push_back(m.listed);
      done(channels::listing{out, {}});
    });
  }

  void resume(std::string position) override {
    box_->log.push_back("resume " + position);
    reached_ = std::stoull(position);
  }

  void fetch(std::vector<channels::listed_mail> mails, on_mail_fn on_mail,
             channels::done_fn<void> done) override {
    call("fetch", "fetch " + uids(mails), done, [box = box_, mails, on_mail, done] {
      for (const auto& m : mails) {
        const auto* found = find(*box, m);
        if (found && box->deadly.contains(found->listed.uid))
          return done(fail(ec::connection_lost, "in the middle of a mail"));
        if (!found)
          on_mail(m, fail(ec::not_found));
        else if (box->refused.contains(found->listed.uid))
          on_mail(m, fail(ec::server_busy));
        else if (found->raw.size() > box->channel_limit)
          on_mail(m, fail(ec::mail_too_large));
        else
          on_mail(m, std::make_shared<const std::string>(found->raw));
      }
      done({});
    });
  }

  void fetch_in_pieces(channels::listed_mail mail, on_piece_fn on_piece,
                       channels::done_fn<uint64_t> done) override {
    call("pieces", "pieces " + std::to_string(mail.uid), done, [this, mail, on_piece, done] {
      const auto* found = find(*box_, mail);
      if (!found) return done(fail(ec::not_found));
      if (box_->deadly.contains(found->listed.uid)) return done(fail(ec::connection_lost));
      give_piece(box_, std::make_shared<const std::string>(found->raw), 0, on_piece, done);
    });
  }

  void settle(std::vector<channels::listed_mail> mails, channels::after_commit action,
              std::string folder, channels::done_fn<void> done) override {
    static const char* const words[] = {"leave", "seen", "move", "remove"};
    auto what = "settle " + uids(mails) + " " + words[static_cast<int>(action)];
    if (!folder.empty()) what += " " + folder;
    call("settle", what, done, [this, mails, action, done] {
      for (const auto& m : mails)
        if (const auto* found = find(*box_, m); found && box_->stuck.contains(found->listed.uid))
          return done(fail(ec::forbidden, "not this one"));
      if (action == channels::after_commit::move || action == channels::after_commit::remove)
        for (const auto& m : mails) {
          if (box_->pop3)
            removed_at_quit_.push_back(m.uid);
          else if (const auto* found = find(*box_, m))
            box_->remove(uint64_t{found->listed.uid});
        }
      done({});
    });
  }

  void wait(duration, channels::done_fn<channels::wake> done) override {
    box_->hold["wait"] = true;
    call("wait", "wait", done, [done] {
      done(channels::wake{true, std::chrono::steady_clock::time_point{}});
    });
  }

  void close(channels::done_fn<void> done) override {
    call("close", "close", done, [this, done] {
      for (auto uid : removed_at_quit_) box_->remove(uid);
      done({});
    });
  }

 private:
  static std::string uids(const std::vector<channels::listed_mail>& mails) {
    std::string out;
    for (const auto& m : mails) out += (out.empty() ? "" : ",") + std::to_string(m.uid);
    return out;
  }
  /// Mails get a number of this channel each time they are shown.
  result<channels::listing> list_on(uint64_t after, std::size_t max) {
    if (after != 0 && (box_->position_lost || box_->loses_positions))
      return fail(ec::position_lost);
    box_->position_lost = false;
    if (after == 0) reached_ = 0;
    channels::listing out;
    for (const auto& m : box_->mails) {
      if (m.listed.uid <= reached_ || out.mails.size() >= max) continue;
      out.mails.push_back(m.listed);
      out.mails.back().uid = ++shown_;
      reached_ = m.listed.uid;
    }
    out.position = std::to_string(reached_);
    return out;
  }
  static const fake_mailbox::mail* find(const fake_mailbox& box, const channels::listed_mail& m) {
    for (const auto& each : box.mails)
      if (m.uidl.empty() ? each.listed.uid == m.uid : each.listed.uidl == m.uidl) return &each;
    return nullptr;
  }
  static void give_piece(std::shared_ptr<fake_mailbox> box, std::shared_ptr<const std::string> raw,
                         std::size_t at, on_piece_fn on_piece, channels::done_fn<uint64_t> done) {
    if (at >= raw->size()) return done(raw->size());
    if (at != 0 && at == box->break_pieces_at) return done(fail(box->break_pieces_with));
    box->log.push_back("piece " + std::to_string(at >> 20));
    on_piece(raw->substr(at, 1u << 20),
             [=] { give_piece(box, raw, at + (1u << 20), on_piece, done); });
  }
  template <class Done>
  void call(const std::string& name, std::string what, Done done, std::function<void()> go) {
    box_->log.push_back(std::move(what));
    if (auto& failing = box_->failures[name]; !failing.empty()) {
      auto why = std::move(failing.front());
      failing.pop_front();
      return done(why);
    }
    if (!box_->hold[name]) return go();
    box_->held.push_back({name, std::move(go), [done](error e) { done(std::move(e)); }, this});
  }

  std::shared_ptr<fake_mailbox> box_;
  std::vector<uint64_t> removed_at_quit_;
  uint64_t reached_ = 0, shown_ = 0;  ///< with positions
};

/// An outgoing server: every mail waits here until the test answers it.
struct fake_relay {
  struct waiting {
    channels::envelope mail;
    std::function<void(channels::send_report)> done;
  };
  /// Answers the oldest.
  void answer(channels::send_report r = {}) {
    ASSERT_FALSE(sent.empty()) << "nothing was sent";
    auto w = std::move(sent.front());
    sent.pop_front();
    w.done(std::move(r));
  }
  void answer_all(const channels::send_report& r = {}) {
    for (auto n = sent.size(); n > 0; --n) answer(r);
  }
  std::deque<waiting> sent;
  std::vector<std::string> all;  ///< every recipient a mail was sent to
  std::size_t closed = 0;
};

class fake_outbound final : public channels::outbound_channel {
 public:
  explicit fake_outbound(std::shared_ptr<fake_relay> relay) : relay_(std::move(relay)) {}
  void send(channels::envelope mail, std::function<void(channels::send_report)> done) override {
    relay_->all.push_back(mail.to);
    relay_->sent.push_back({std::move(mail), std::move(done)});
  }
  void close() override { ++relay_->closed; }

 private:
  std::shared_ptr<fake_relay> relay_;
};

}  // namespace postroom::actors::test
