#pragma once

#include "intake/publisher.hpp"
#include "lib/http/body_reader.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::intake {

/// A body that arrives in the given pieces and then ends, or fails with `failure`.
class FakeBody final : public http::BodyReader {
 public:
  explicit FakeBody(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  explicit FakeBody(std::string_view text) : pieces_{std::string(text)} {}

  http::Task<Result<std::string_view>> next() override {
    if (at_ < pieces_.size()) co_return std::string_view(pieces_[at_++]);
    if (failure) co_return *failure;
    co_return std::string_view{};
  }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const override { return {}; }

  std::optional<Error> failure;

 private:
  std::vector<std::string> pieces_;
  std::size_t at_ = 0;
};

/// Remembers what was published, in order, and fails on request.
class FakePublisher final : public Publisher {
 public:
  /// One step of what a reader of the topics would see.
  struct Event {
    enum class Kind { kMessage, kAcknowledged, kLoad, kNilReturn } kind;
    OutMessage message{OutTopic::kExposures, {}, {}};
    FileLoad load{};
    NilReturn nil_return{};
  };

  [[nodiscard]] bool connected() const override { return true; }
  [[nodiscard]] std::unique_ptr<UploadBatch> begin(
      boost::asio::any_io_executor /*executor*/) override {
    return std::make_unique<Batch>(*this);
  }
  [[nodiscard]] http::Task<Status> record_load(const FileLoad& load) override {
    if (load_failure) co_return *load_failure;
    events.push_back({.kind = Event::Kind::kLoad, .load = load});
    co_return Ok{};
  }

  [[nodiscard]] http::Task<Status> record_nil_return(const NilReturn& record) override {
    if (load_failure) co_return *load_failure;
    events.push_back({.kind = Event::Kind::kNilReturn, .nil_return = record});
    co_return Ok{};
  }

  [[nodiscard]] std::vector<OutMessage> messages(OutTopic topic) const {
    std::vector<OutMessage> found;
    for (const auto& event : events) {
      if (event.kind == Event::Kind::kMessage && event.message.topic == topic) {
        found.push_back(event.message);
      }
    }
    return found;
  }
  [[nodiscard]] std::vector<FileLoad> loads() const {
    std::vector<FileLoad> found;
    for (const auto& event : events) {
      if (event.kind == Event::Kind::kLoad) found.push_back(event.load);
    }
    return found;
  }
  /// Everything that left, for a look for what must not.
  [[nodiscard]] std::string everything() const {
    std::string all;
    for (const auto& event : events) {
      all += event.message.key + event.message.value + event.load.wrapped_key + "\n";
    }
    return all;
  }

  std::vector<Event> events;
  std::size_t full_answers = 0;  ///< So many offers are answered with kQueueFull.
  std::optional<Error> offer_failure;
  std::size_t offers_before_failure = 0;
  std::optional<Error> acknowledge_failure;
  std::optional<Error> load_failure;

 private:
  class Batch final : public UploadBatch {
   public:
    explicit Batch(FakePublisher& owner) : owner_(owner) {}

    Status offer(const OutMessage& message) override {
      if (owner_.full_answers > 0) {
        --owner_.full_answers;
        return Error{Errc::kQueueFull, "full"};
      }
      if (owner_.offer_failure && owner_.offers_before_failure-- == 0) return *owner_.offer_failure;
      owner_.events.push_back({.kind = Event::Kind::kMessage, .message = message});
      return Ok{};
    }
    http::Task<Status> acknowledged() override {
      if (owner_.acknowledge_failure) co_return *owner_.acknowledge_failure;
      owner_.events.push_back({.kind = Event::Kind::kAcknowledged});
      co_return Ok{};
    }

   private:
    FakePublisher& owner_;
  };
};

}  // namespace cw::intake
