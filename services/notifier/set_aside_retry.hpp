#pragma once

#include "notifier/batch_builder.hpp"
#include "notifier/extra_work.hpp"
#include "notifier/issuer_feed.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace cw::notifier {

/// Offers an issuer once more what was set aside, each entry in a replacing batch of its own: that
/// moves no cursor, also reaches a receiver that is long past the entry, and what is refused again
/// holds up nothing. What is taken is set aside no more.
class SetAsideRetry final : public ExtraWork {
 public:
  struct Figures {
    std::uint64_t offered = 0;
    std::uint64_t taken = 0;
    std::uint64_t refused = 0;
    std::uint64_t unsendable = 0;  ///< Its number cannot be opened (yet).
  };
  /// `done` is called once, on the worker's strand. `builder` outlives the work.
  using Done = std::function<void(const Status& status, const Figures& figures)>;

  SetAsideRetry(std::shared_ptr<IssuerFeed> feed, const BatchBuilder& builder, Done done)
      : feed_(std::move(feed)), builder_(builder), done_(std::move(done)) {}

  [[nodiscard]] http::Task<Result<std::optional<BuiltBatch>>> next(ExtraPlace place) override;
  void answered(const PushOutcome& outcome) override;
  void ended(const Status& status) override { done_(status, figures_); }

 private:
  const std::shared_ptr<IssuerFeed> feed_;
  const BatchBuilder& builder_;
  const Done done_;
  Figures figures_;
  std::uint64_t after_ = 0;                ///< What was set aside up to here is dealt with.
  std::optional<DeliveredEntry> offered_;  ///< On its way.
};

}  // namespace cw::notifier
