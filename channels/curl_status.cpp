#include "channels/curl_status.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace postroom::channels {

ec code_of(CURLcode rc) noexcept {
  switch (rc) {
    case CURLE_OK:
      return ec::none;

    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_NO_CONNECTION_AVAILABLE:
    case CURLE_PROXY:
    case CURLE_QUIC_CONNECT_ERROR:
    case CURLE_SSL_CONNECT_ERROR:  // see error_of
      return ec::unreachable;

    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
      return ec::dns_failed;

    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_FTP_ACCEPT_TIMEOUT:
      return ec::timeout;

    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_UNRECOVERABLE_POLL:
      return ec::connection_lost;

    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR:
    case CURLE_REMOTE_ACCESS_DENIED:
      return ec::auth_refused;

    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
      return ec::tls_failed;

    // What the settings name cannot be used.
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SETOPT_OPTION_SYNTAX:
      return ec::config_invalid;

    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return ec::protocol_violation;

    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_NOT_BUILT_IN:
    case CURLE_FUNCTION_NOT_FOUND:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
      return ec::unsupported;

    case CURLE_REMOTE_DISK_FULL:
    case CURLE_QUOTE_ERROR:
    case CURLE_UPLOAD_FAILED:
      return ec::server_busy;

    case CURLE_FILESIZE_EXCEEDED:
      return ec::mail_too_large;

    case CURLE_ABORTED_BY_CALLBACK:
      return ec::cancelled;

    // Other protocols, misuse and what no server can cause.
    case CURLE_FAILED_INIT:
    case CURLE_FTP_ACCEPT_FAILED:
    case CURLE_FTP_WEIRD_PASS_REPLY:
    case CURLE_FTP_WEIRD_PASV_REPLY:
    case CURLE_FTP_WEIRD_227_FORMAT:
    case CURLE_FTP_CANT_GET_HOST:
    case CURLE_HTTP2:
    case CURLE_FTP_COULDNT_SET_TYPE:
    case CURLE_FTP_COULDNT_RETR_FILE:
    case CURLE_OBSOLETE20:
    case CURLE_HTTP_RETURNED_ERROR:
    case CURLE_WRITE_ERROR:
    case CURLE_OBSOLETE24:
    case CURLE_READ_ERROR:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_OBSOLETE29:
    case CURLE_FTP_PORT_FAILED:
    case CURLE_FTP_COULDNT_USE_REST:
    case CURLE_OBSOLETE32:
    case CURLE_RANGE_ERROR:
    case CURLE_HTTP_POST_ERROR:
    case CURLE_BAD_DOWNLOAD_RESUME:
    case CURLE_FILE_COULDNT_READ_FILE:
    case CURLE_LDAP_CANNOT_BIND:
    case CURLE_LDAP_SEARCH_FAILED:
    case CURLE_OBSOLETE40:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_OBSOLETE44:
    case CURLE_OBSOLETE46:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_OBSOLETE50:
    case CURLE_OBSOLETE51:
    case CURLE_OBSOLETE57:
    case CURLE_OBSOLETE62:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_TFTP_NOTFOUND:
    case CURLE_TFTP_PERM:
    case CURLE_TFTP_ILLEGAL:
    case CURLE_TFTP_UNKNOWNID:
    case CURLE_REMOTE_FILE_EXISTS:
    case CURLE_TFTP_NOSUCHUSER:
    case CURLE_OBSOLETE75:
    case CURLE_OBSOLETE76:
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_SSH:
    case CURLE_AGAIN:
    case CURLE_FTP_PRET_FAILED:
    case CURLE_RTSP_CSEQ_ERROR:
    case CURLE_RTSP_SESSION_ERROR:
    case CURLE_FTP_BAD_FILE_LIST:
    case CURLE_CHUNK_FAILED:
    case CURLE_HTTP2_STREAM:
    case CURLE_RECURSIVE_API_CALL:
    case CURLE_HTTP3:
    case CURL_LAST:
      return ec::internal;
  }
  return ec::internal;  // a number of a later libcurl
}

namespace {

/// A handshake that failed is a connection that ended, which passes, unless OpenSSL names a reason
/// that the next one meets as well: no TLS at that port, none in common, a certificate.
bool is_disagreement(std::string_view said) {
  const auto says = [&](std::string_view words) { return said.find(words) != said.npos; };
  return says("error:") && !says("unexpected eof") && !says("alert internal error");
}

error handshake_error(const std::string& text) {
  if (is_disagreement(text)) return fail(ec::tls_failed, text);
  return fail(ec::unreachable,
              "the connection ended in the TLS handshake: " + text +
                  "; when that goes on, check that this port speaks TLS, and what lies between");
}

}  // namespace

error error_of(CURLcode rc, const char* said) {
  auto text = std::string(said && *said ? said : curl_easy_strerror(rc)) + " (curl " +
              std::to_string(static_cast<int>(rc)) + ")";
  if (rc == CURLE_SSL_CONNECT_ERROR) return handshake_error(text);
  return fail(code_of(rc), std::move(text));
}

}  // namespace postroom::channels
