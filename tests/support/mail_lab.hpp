#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postroom::support {

/// One mail as it lies in a maildir folder.
struct stored_mail {
  std::string path;
  std::string flags;    ///< maildir letters: S seen, R answered, T deleted, F flagged, D draft
  bool unseen_by_imap;  ///< still in new/: no IMAP or POP3 session has opened the folder since
};

/// A private Dovecot and SMTP server (deploy/maillab) in a folder below /tmp, ended and removed by
/// the destructor; should the test program be killed, the lab notices and removes itself. Unless
/// `arguments` say otherwise ("--users", "it,hr", see `maillab start --help`) any user name is
/// accepted with password(), its mailbox is made on first use, and SMTP refuses recipients that
/// start with "unknown" (550 5.1.1). Failures throw std::runtime_error. One thread at a time.
class mail_lab {
 public:
  explicit mail_lab(const std::vector<std::string>& arguments = {});
  ~mail_lab();
  mail_lab(const mail_lab&) = delete;
  mail_lab& operator=(const mail_lab&) = delete;

  /// The lab that all tests of one program share; started on first use, ended when the program
  /// ends.
  static mail_lab& shared();

  /// Where the servers listen; the certificate is for localhost and 127.0.0.1.
  [[nodiscard]] const std::string& host() const { return host_; }
  /// `name`: imap, imaps, pop3, pop3s, lmtp, smtp (no TLS, no login), smtp_starttls, smtps.
  [[nodiscard]] std::uint16_t port(std::string_view name) const;
  [[nodiscard]] const std::string& ca_file() const { return ca_file_; }
  [[nodiscard]] const std::string& password() const { return password_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

  /// A user name that no test has used, so that tests do not meet in a mailbox.
  [[nodiscard]] std::string fresh_user();

  /// Delivers over LMTP; returns when Dovecot has stored all of them. `raw` may have bare LF.
  void deliver(const std::string& user, const std::string& raw) const;
  void deliver(const std::string& user, const std::vector<std::string>& raws) const;

  /// What lies in a folder ("INBOX" or a mailbox name), in order of arrival; empty when it does not
  /// exist.
  [[nodiscard]] std::vector<stored_mail> mails(const std::string& user,
                                               const std::string& mailbox = "INBOX") const;
  [[nodiscard]] std::size_t count(const std::string& user,
                                  const std::string& mailbox = "INBOX") const;
  [[nodiscard]] static std::string read(const stored_mail& mail);

  /// Freezes every server process: connections hang, nothing answers. thaw() lets them go on.
  void freeze() const;
  void thaw() const;
  /// Ends the servers, so that connections are refused; start() brings them back on their ports.
  void stop() const;
  void start() const;

 private:
  void run(const std::vector<std::string>& arguments) const;
  void read_state();

  std::string folder_;
  std::string host_;
  std::string ca_file_;
  std::string password_;
  std::map<std::string, std::uint16_t, std::less<>> ports_;
  std::size_t users_ = 0;
};

}  // namespace postroom::support
