#include "mail/trust.hpp"

#include <gtest/gtest.h>

#include "mail/org_domain.hpp"

using namespace postroom::mail;

namespace {

const std::string received =
    "Received: from out.example.com (out.example.com [192.0.2.7])\r\n\tby mx.example.org (Postfix) "
    "with ESMTPS id 1\r\n\tfor <it@example.org>; Mon, 2 Mar 2026 10:00:00 +0000\r\n";
const std::string from = "From: Ann <ann@example.com>\r\nSubject: x\r\n";
const std::string pass =
    "Authentication-Results: mx.example.org; dmarc=pass header.from=example.com\r\n";

trust_settings ours() {
  return {.ids = {"mx.example.org"}};
}

trust_verdict judged(const std::string& results, const std::string& author = from) {
  return judge_sender(
      "Authentication-Results: mx.example.org; " + results + "\r\n" + received + author, ours());
}

trust kind(const std::string& header, const trust_settings& settings = ours()) {
  return judge_sender(header, settings).kind;
}

}  // namespace

TEST(trust, dmarc_decides_where_it_says_pass_or_fail) {
  EXPECT_EQ(judged("dmarc=pass header.from=example.com").kind, trust::aligned);
  EXPECT_EQ(judged("dmarc=pass header.from=example.com").evidence,
            "dmarc=pass header.from=example.com");
  EXPECT_EQ(judged("dmarc=pass").kind, trust::aligned);
  EXPECT_EQ(judged("dmarc=pass header.from=example.net").kind, trust::unaligned);
  EXPECT_EQ(judged("dkim=pass header.d=example.com; dmarc=fail header.from=example.com").kind,
            trust::unaligned);
}

TEST(trust, spf_and_dkim_count_for_the_same_organisational_domain) {
  EXPECT_EQ(judged("spf=pass smtp.mailfrom=bounce@mail.example.com").kind, trust::aligned);
  EXPECT_EQ(judged("spf=pass smtp.mailfrom=example.com").kind, trust::aligned);
  EXPECT_EQ(judged("dkim=pass header.d=news.example.com; dmarc=none").kind, trust::aligned);
  EXPECT_EQ(judged("dkim=pass header.i=@example.com").kind, trust::aligned);
  EXPECT_EQ(judged("spf=pass smtp.mailfrom=example.net; dkim=pass header.d=example.net").kind,
            trust::unaligned);
  EXPECT_EQ(judged("spf=pass smtp.mailfrom=example.net; dkim=pass header.d=example.net").evidence,
            "spf=pass for=example.net, dkim=pass for=example.net");
  EXPECT_EQ(judged("spf=fail smtp.mailfrom=example.com").kind, trust::unaligned);
  EXPECT_EQ(judged("spf=pass smtp.helo=example.com").kind, trust::aligned);
  EXPECT_EQ(judged("arc=pass; sender-id=pass header.from=example.com").kind, trust::none);
  EXPECT_EQ(judged("spf=none; dkim=none; dmarc=none").kind, trust::none);
}

TEST(trust, two_customers_of_one_public_suffix_are_not_the_same) {
  const std::string author = "From: a@shop-a.co.uk\r\n";
  EXPECT_EQ(judged("dkim=pass header.d=mail.shop-a.co.uk", author).kind, trust::aligned);
  EXPECT_EQ(judged("dkim=pass header.d=shop-b.co.uk", author).kind, trust::unaligned);
  EXPECT_EQ(judged("dkim=pass header.d=co.uk", author).kind, trust::unaligned);
  EXPECT_EQ(judged("dkim=pass header.d=b.github.io", "From: a@a.github.io\r\n").kind,
            trust::unaligned);
}

TEST(trust, a_mail_with_several_authors_is_unaligned) {
  EXPECT_EQ(judged("dmarc=pass", "From: a@example.com, b@example.com\r\n").kind, trust::unaligned);
  EXPECT_EQ(judged("dmarc=pass", "From: a@example.com\r\nFrom: b@example.net\r\n").kind,
            trust::unaligned);
  EXPECT_EQ(judged("dmarc=pass", "From: a@example.com\r\n").kind, trust::aligned);
  EXPECT_EQ(judged("dmarc=pass", "From: nobody\r\n").kind, trust::unaligned);
}

TEST(trust, only_the_ids_of_the_server_are_believed) {
  EXPECT_EQ(kind("Authentication-Results: mx.example.net; dmarc=pass\r\n" + received + from),
            trust::none);
  EXPECT_EQ(kind("Authentication-Results: MX.example.ORG; dmarc=pass\r\n" + received + from),
            trust::aligned);
  EXPECT_EQ(kind(pass + received + from, {}), trust::none);
  EXPECT_EQ(kind(pass + received + from, {.ids = {"a.example.org", "mx.example.org"}}),
            trust::aligned);
}

TEST(trust, results_that_a_sender_may_have_written_do_not_count) {
  const std::string fake_hop = "Received: from a (b [192.0.2.9]) by mx.example.org; date\r\n";
  EXPECT_EQ(kind(received + pass + from), trust::none) << "below the border's field";
  EXPECT_EQ(kind(received + pass + fake_hop + from), trust::none) << "with a hop of ours below";
  EXPECT_EQ(kind(pass + from), trust::none) << "no border at all";
  EXPECT_EQ(
      kind("Received: from mx.example.org by mx.example.net; date\r\n" + pass + received + from),
      trust::none)
      << "below a foreign hop";
  EXPECT_EQ(kind(received + from + "Content-Type: text/plain\r\n"), trust::none);
  EXPECT_EQ(kind("Authentication-Results: mx.example.org; dmarc=fail header.from=example.com\r\n" +
                 received + pass + from),
            trust::unaligned)
      << "beside a true one";
}

TEST(trust, an_id_within_a_comment_a_string_or_an_encoded_word_is_none) {
  for (const std::string id : {"mx.example.net (mx.example.org)", "(mx.example.org) mx.example.net",
                               "=?utf-8?q?mx.example.org?=", "mx.example.org.example.net",
                               "\"mx.example.org x\"", "example.org", "x=mx.example.org"})
    EXPECT_EQ(kind("Authentication-Results: " + id + "; dmarc=pass\r\n" + received + from),
              trust::none)
        << id;
  for (const char* name : {"X-Authentication-Results", "ARC-Authentication-Results",
                           "Authentication-Results-Original"})
    EXPECT_EQ(kind(name + (": mx.example.org; dmarc=pass\r\n" + received + from)), trust::none);
}

TEST(trust, a_client_cannot_pass_for_a_hop_of_ours_by_what_it_calls_itself) {
  for (const std::string client :
       {"mx.example.org (evil [192.0.2.9])", "by (evil [192.0.2.9])",
        "localhost (evil [192.0.2.9])", "[127.0.0.1] (evil [192.0.2.9])",
        "evil ([192.0.2.9] helo=[127.0.0.1])", "evil (HELO [127.0.0.1]) (192.0.2.9)",
        "with (lmtp [192.0.2.9])", "from (x [127.0.0.1])@evil [192.0.2.9])"})
    EXPECT_EQ(kind("Received: from " + client + " by mx.example.org with ESMTP; date\r\n" + pass +
                   received + from),
              trust::none)
        << client;
}

TEST(trust, hops_behind_the_border_are_passed) {
  const std::string behind =
      "Received: from mx.example.org (mx.example.org [192.0.2.1]) by store.example.org; date\r\n";
  const std::string lmtp = "Received: from x by mx.example.org with LMTP id 2; date\r\n";
  const std::string filter =
      "Received: from localhost (localhost [127.0.0.1]) by mx.example.org (Postfix); date\r\n"
      "Received: from mx.example.org ([127.0.0.1]) by localhost (filter) with ESMTP; date\r\n";
  const std::string local = "Received: by 2001:db8:: with SMTP id 3; date\r\n";
  for (const auto& hops : {behind, lmtp, filter, local, behind + lmtp + filter})
    EXPECT_EQ(kind(hops + pass + received + from), trust::aligned) << hops;
}

TEST(trust, a_server_without_an_id_is_believed_when_its_border_is_named) {
  const std::string header =
      "Received: from a.prod.example.org (2001:db8::1) by b.prod.example.org with HTTPS; date\r\n"
      "Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=example.com\r\n"
      "Received: from out.example.com (192.0.2.7) by c.mail.example.org with SMTP; date\r\n" +
      from;
  EXPECT_EQ(kind(header, {.ids = {""}, .border_hosts = {"mail.example.org"}}), trust::aligned);
  EXPECT_EQ(kind(header, {.ids = {""}}), trust::none);
}

TEST(trust, results_below_the_borders_field_count_only_where_the_server_is_known_for_it) {
  auto below = ours();
  below.below_received = true;
  EXPECT_EQ(kind(received + "Received-SPF: pass\r\n" + pass + from, below), trust::aligned);
  EXPECT_EQ(kind(received + pass + from), trust::none);
  const std::string fail = "Authentication-Results: mx.example.org; dmarc=fail\r\n";
  EXPECT_EQ(kind(received + fail + from + pass, below), trust::unaligned) << "not contiguous";
  EXPECT_EQ(
      kind(received + "Received: from a (b [192.0.2.9]) by mx.example.org; date\r\n" + pass + from,
           below),
      trust::none)
      << "below the next hop";
}

TEST(trust, organisational_domains_are_told_by_the_public_suffix_list) {
  EXPECT_EQ(org_domain("mail.Example.co.uk"), "example.co.uk");
  EXPECT_EQ(org_domain("example.org."), "example.org");
  EXPECT_EQ(org_domain("co.uk"), "co.uk");
  EXPECT_EQ(org_domain("a.bücher.example"), org_domain("a.xn--bcher-kva.example"));
  EXPECT_EQ(org_domain(""), "");
  EXPECT_EQ(org_domain("localhost"), "localhost");
  EXPECT_EQ(org_domain(std::string(5000, 'a')), "");
}
