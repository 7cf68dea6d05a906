// That every call of an inbound channel ends once, whatever ends the channel.
#include <gtest/gtest.h>

#include <map>

#include "channels/event_loop.hpp"
#include "tests/channels/contract/mail_place.hpp"

namespace postroom::channels::contract {
namespace {

/// How often each call ended, by name.
class ends {
 public:
  template <class T>
  done_fn<T> of(const std::string& name) {
    return [this, name](const result<T>&) { ++count_[name]; };
  }
  const std::map<std::string, int>& count() const { return count_; }

 private:
  std::map<std::string, int> count_;
};

class inbound_ends : public testing::TestWithParam<kind> {};

TEST_P(inbound_ends, come_once_when_the_loop_stops_also_of_calls_made_meanwhile) {
  const auto place = GetParam().make();
  place->deliver({"Subject: mail\r\n\r\ntext\r\n"});
  ends ended;
  auto own_loop = std::make_unique<event_loop>();
  auto channel = make_inbound(*own_loop, place->settings(*own_loop));
  channel->open([&](const result<opened_mailbox>& opened) {
    ended.of<opened_mailbox>("open")(opened);
    EXPECT_EQ(opened.code(), ec::cancelled);
    channel->list(0, 10, ended.of<listing>("list"));
    channel->resume("position");
    channel->fetch(
        {}, [](const auto&, const auto&) {}, ended.of<void>("fetch"));
    channel->fetch_in_pieces(
        {}, [](const auto&, const auto&) {}, ended.of<uint64_t>("pieces"));
    channel->settle({}, after_commit::leave, {}, ended.of<void>("settle"));
    channel->wait(duration{1'000}, ended.of<wake>("wait"));
    channel->close(ended.of<void>("close"));
    channel.reset();
  });
  own_loop.reset();
  EXPECT_EQ(ended.count(), (std::map<std::string, int>{{"open", 1},
                                                       {"list", 1},
                                                       {"fetch", 1},
                                                       {"pieces", 1},
                                                       {"settle", 1},
                                                       {"wait", 1},
                                                       {"close", 1}}));
}

INSTANTIATE_TEST_SUITE_P(every, inbound_ends, testing::ValuesIn(all_kinds()),
                         [](const auto& k) { return std::string(k.param.name); });

}  // namespace
}  // namespace postroom::channels::contract
