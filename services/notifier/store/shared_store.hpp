#pragma once

#include "lib/base/result.hpp"
#include "lib/store/key_value_store.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>

namespace cw::notifier {

/// A store that many feeds use and that may be closed under them. THREAD: safe.
class SharedStore {
 public:
  explicit SharedStore(std::unique_ptr<store::KeyValueStore> store) : store_(std::move(store)) {}

  /// Keeps the store open while it lives; false if it is closed or has failed.
  class Use {
   public:
    [[nodiscard]] explicit operator bool() const noexcept { return store_ != nullptr; }
    [[nodiscard]] store::KeyValueStore* operator->() const noexcept { return store_; }
    [[nodiscard]] store::KeyValueStore& operator*() const noexcept { return *store_; }

   private:
    friend class SharedStore;
    Use(std::shared_lock<std::shared_mutex> lock, store::KeyValueStore* store)
        : lock_(std::move(lock)), store_(store) {}

    std::shared_lock<std::shared_mutex> lock_;
    store::KeyValueStore* store_;
  };
  [[nodiscard]] Use use() const {
    std::shared_lock lock{mutex_};
    store::KeyValueStore* const open = failure() ? nullptr : store_.get();
    return Use{std::move(lock), open};
  }

  /// What went wrong first; the store is of no use any more, to be closed and opened again.
  [[nodiscard]] std::optional<Error> failure() const {
    const std::lock_guard lock{failure_mutex_};
    return failure_;
  }
  void fail(Error error) {
    const std::lock_guard lock{failure_mutex_};
    if (!failure_) failure_ = std::move(error);
  }

  /// Waits for calls under way. Without `keep` what was not flushed is lost, as in a crash.
  [[nodiscard]] Status close(bool keep = true) {
    const std::lock_guard lock{mutex_};
    Status closed = Ok{};
    if (store_ != nullptr && keep) closed = store_->close();
    store_.reset();
    return closed;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unique_ptr<store::KeyValueStore> store_;
  mutable std::mutex failure_mutex_;
  std::optional<Error> failure_;
};

}  // namespace cw::notifier
