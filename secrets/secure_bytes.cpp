#include "secrets/secure_bytes.hpp"

#include <openssl/crypto.h>
#include <sys/mman.h>

#include <cstring>
#include <new>
#include <utility>

namespace postroom::secrets {

secure_bytes::secure_bytes(std::size_t size) : size_(size) {
  if (size == 0) return;
  // Whole pages of our own: advice about them touches nobody else's memory.
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc{};
  // Both are best effort: an old kernel, or a low limit of locked memory, must not stop the mail.
  ::madvise(pages, size, MADV_DONTDUMP);
  ::mlock(pages, size);
  data_ = static_cast<unsigned char*>(pages);
}

secure_bytes secure_bytes::copy_of(std::string_view bytes) {
  secure_bytes out{bytes.size()};
  if (!bytes.empty()) std::memcpy(out.data_, bytes.data(), bytes.size());
  return out;
}

secure_bytes::~secure_bytes() {
  release();
}

secure_bytes::secure_bytes(secure_bytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

secure_bytes& secure_bytes::operator=(secure_bytes&& other) noexcept {
  if (this == &other) return *this;
  release();
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void secure_bytes::release() noexcept {
  if (data_ == nullptr) return;
  wipe(data_, size_);
  ::munmap(data_, size_);
  data_ = nullptr;
}

void wipe(void* bytes, std::size_t size) noexcept {
  OPENSSL_cleanse(bytes, size);
}

}  // namespace postroom::secrets
