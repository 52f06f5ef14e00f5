#pragma once

#include "lib/http/client.hpp"
#include "lib/http/task.hpp"
#include "lib/http/tls_context.hpp"
#include "notifier/batch_builder.hpp"
#include "notifier/notifier_config.hpp"
#include "notifier/push_answer.hpp"
#include "notifier/push_target.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <optional>

namespace cw::notifier {

/// Pushes batches to one issuer, over connections that are its own and kept open.
/// THREAD: only from the coroutines of `strand`.
class Pusher {
 public:
  /// Connections run on `executor`, everything else on `strand`. `resolver` empty: the system's.
  Pusher(const boost::asio::any_io_executor& executor,
         boost::asio::any_io_executor strand,
         std::shared_ptr<http::TlsContext> tls,
         const PushConfig& config,
         http::Resolver resolver = {});

  /// One attempt: signs anew (the timestamp is this attempt's), posts the same bytes under the
  /// same id, judges the answer. Our certificate is looked at first: out of its time it is not
  /// shown to anyone, and nothing is sent.
  [[nodiscard]] http::Task<PushOutcome> push(const PushTarget& target, const BuiltBatch& batch);

  /// Ends the attempt under way, and those to come at once, with kCancelled.
  void cancel();
  /// Further attempts make connections anew (with certificates that were reloaded).
  void close_idle() { client_.close_idle(); }

 private:
  using Response = std::optional<Result<http::ClientResponse>>;
  [[nodiscard]] http::Task<Response> post(http::ClientRequest request);

  const boost::asio::any_io_executor strand_;
  const std::shared_ptr<http::TlsContext> tls_;
  const PushConfig& config_;
  http::Client client_;
  boost::asio::cancellation_signal cancel_;
  bool cancelled_ = false;
};

}  // namespace cw::notifier
