#include <gtest/gtest.h>

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <map>
#include <thread>

#include "base/backoff.hpp"
#include "base/bounded_pool.hpp"
#include "base/crash_notes.hpp"
#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/inject.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"

using namespace postroom;

TEST(ec, every_code_has_a_row_with_its_own_name_and_a_remedy) {
  std::map<std::string_view, int> names;
  for (std::size_t i = 1; i < ec_count; ++i) {
    const auto& row = describe(static_cast<ec>(i));
    EXPECT_EQ(static_cast<std::size_t>(row.code), i);
    EXPECT_EQ(names[row.name]++, 0) << row.name;
    EXPECT_FALSE(row.remedy.empty()) << row.name;
  }
}

TEST(ec, an_unknown_number_is_a_bug_not_a_crash) {
  EXPECT_EQ(describe(static_cast<ec>(250)).code, ec::internal);
}

TEST(result, an_error_renders_its_code_and_detail) {
  result<int> r = fail(ec::auth_refused, "mailbox it");
  EXPECT_FALSE(r);
  EXPECT_EQ(r.error().text(), "auth_refused: mailbox it");
  EXPECT_TRUE(r.error().permanent());
}

TEST(ids, call_numbers_have_six_digits_at_least) {
  EXPECT_EQ(render_call(partition_id{"IT"}, call_number{123}), "IT-000123");
  EXPECT_EQ(render_call(partition_id{"HR"}, call_number{12345678}), "HR-12345678");
}

TEST(clock, times_render_in_utc_with_milliseconds) {
  EXPECT_EQ(render_time(from_millis(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(render_time(from_millis(1'795'442'021'042)), "2026-11-23T13:53:41.042Z");
}

TEST(backoff, doubles_up_to_the_cap_and_jitters_between_half_and_whole) {
  backoff_policy p{duration{500}, duration{60'000}};
  auto least = [] { return uint64_t{0}; };
  EXPECT_EQ(backoff_delay(p, 1, least).count(), 250);
  EXPECT_EQ(backoff_delay(p, 2, least).count(), 500);
  EXPECT_EQ(backoff_delay(p, 3, least).count(), 1000);
  EXPECT_EQ(backoff_delay(p, 1000, least).count(), 30'000);
  for (uint64_t r : {uint64_t{1}, uint64_t{999}, ~uint64_t{0}}) {
    auto d = backoff_delay(p, 4, [r] { return r; });
    EXPECT_GE(d.count(), 2000);
    EXPECT_LE(d.count(), 4000);
  }
}

TEST(bounded_pool, refuses_at_once_when_its_queue_is_full_and_runs_all_it_accepted) {
  std::promise<void> gate;
  auto open = gate.get_future().share();
  std::atomic<int> ran{0};
  bounded_pool pool{"test", 1, 2};
  std::promise<void> started;
  ASSERT_TRUE(pool.try_submit([&] {
    started.set_value();
    open.wait();
    ++ran;
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.try_submit([&] { ++ran; }));
  EXPECT_TRUE(pool.try_submit([&] { ++ran; }));
  EXPECT_FALSE(pool.try_submit([&] { ++ran; }));
  gate.set_value();
  pool.stop();
  EXPECT_EQ(ran, 3);
  EXPECT_FALSE(pool.try_submit([] {}));
}

TEST(digest, sha256_over_pieces_equals_sha256_over_the_whole) {
  EXPECT_EQ(to_hex(sha256{}.update("a").update("bc").finish()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(digest, hmac_gives_what_rfc_4231_expects) {
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(digest, bytes_are_compared_as_a_whole) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(log, a_file_that_cannot_be_opened_is_an_error) {
  const auto started =
      log::start({.least = log::level::info, .json = false, .file = "/dev/null/x"});
  ASSERT_EQ(started.code(), ec::config_invalid);
  EXPECT_NE(started.error().detail.find("/dev/null/x"), std::string::npos);
}

TEST(ec, the_remedy_for_a_large_mail_names_the_key_there_is) {
  EXPECT_NE(std::string{describe(ec::mail_too_large).remedy}.find("max_mail_size"),
            std::string::npos);
}

TEST(metrics, the_same_name_and_labels_give_the_same_counter) {
  auto& a = metrics::get_counter("test_total", "help", {{"x", "1"}});
  auto& b = metrics::get_counter("test_total", "help", {{"x", "1"}});
  auto& c = metrics::get_counter("test_total", "help", {{"x", "2"}});
  EXPECT_EQ(&a, &b);
  EXPECT_NE(&a, &c);
}

TEST(metrics, a_histogram_counts_each_value_in_its_bucket) {
  metrics::histogram h;
  h.observe_us(500);
  h.observe_us(501);
  h.observe_us(100'000'000);
  EXPECT_EQ(h.bucket(0), 1u);
  EXPECT_EQ(h.bucket(1), 1u);
  EXPECT_EQ(h.bucket(metrics::histogram::buckets - 1), 1u);
}

#ifdef POSTROOM_INJECTION
TEST(inject, an_armed_point_acts_on_the_named_hit_only) {
  inject_arm("a=throw@2");
  EXPECT_NO_THROW(POSTROOM_INJECT("a"));
  EXPECT_NO_THROW(POSTROOM_INJECT("b"));
  EXPECT_THROW(POSTROOM_INJECT("a"), std::runtime_error);
  EXPECT_NO_THROW(POSTROOM_INJECT("a"));
  inject_arm("");
}
#endif

TEST(crash_notes, a_mail_that_kills_the_process_is_counted_in_the_next_life) {
  auto dir = std::filesystem::path{testing::TempDir()} / ("notes-" + std::to_string(::getpid()));
  std::filesystem::create_directories(dir);
  auto file = dir / "crash-notes";
  for (int life = 0; life < 2; ++life) {
    auto child = ::fork();
    if (child == 0) {
      auto notes = crash_notes::open(file);
      (*notes)->install_signal_handlers();
      crash_notes::in_hand guard{"it/7"};
      ::raise(SIGSEGV);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
  }
  auto notes = crash_notes::open(file);
  ASSERT_TRUE(notes);
  EXPECT_EQ((*notes)->failures("it/7"), 2u);
  EXPECT_EQ((*notes)->failures("it/8"), 0u);
  (*notes)->note("it/8");
  EXPECT_EQ((*notes)->failures("it/8"), 1u);
  std::filesystem::remove_all(dir);
}

TEST(crash_notes, a_kill_from_outside_is_nobodys_fault) {
  auto dir = std::filesystem::path{testing::TempDir()} / ("notes9-" + std::to_string(::getpid()));
  std::filesystem::create_directories(dir);
  auto child = ::fork();
  if (child == 0) {
    auto notes = crash_notes::open(dir / "n");
    (*notes)->install_signal_handlers();
    crash_notes::in_hand guard{"it/7"};
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  auto notes = crash_notes::open(dir / "n");
  ASSERT_TRUE(notes);
  EXPECT_EQ((*notes)->failures("it/7"), 0u);
  std::filesystem::remove_all(dir);
}

namespace {

/// The alternate signal stack of a thread that had a mail in hand, asked for when the thread has
/// let go of all that is thread_local: keys' destructors run after those.
stack_t signal_stack_of_an_ended_thread() {
  static stack_t left;
  static pthread_key_t key;
  pthread_key_create(&key, [](void*) { sigaltstack(nullptr, &left); });
  left = {};
  std::thread{[] {
    crash_notes::in_hand guard{"it/7"};
    pthread_setspecific(key, &left);
  }}.join();
  pthread_key_delete(key);
  return left;
}

}  // namespace

TEST(crash_notes, a_thread_that_ends_leaves_no_signal_stack_that_is_freed) {
#if defined(__SANITIZE_ADDRESS__)
  const bool sanitizers_own = true;
#elif defined(__has_feature)
  const bool sanitizers_own = __has_feature(address_sanitizer);
#else
  const bool sanitizers_own = false;
#endif
  auto left = signal_stack_of_an_ended_thread();
  EXPECT_EQ((left.ss_flags & SS_DISABLE) == 0, sanitizers_own);
}
