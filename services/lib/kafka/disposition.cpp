#include "lib/kafka/disposition.hpp"

namespace cw::kafka {

Disposition disposition(Errc code) noexcept {
  switch (code) {
    case Errc::kRecordTooLarge:
    case Errc::kConflict:
    case Errc::kLimitReached:
      return Disposition::kReject;
    case Errc::kBrokerUnavailable:
    case Errc::kQueueFull:
    case Errc::kTopicMissing:
    case Errc::kUnavailable:
      return Disposition::kRetry;
    case Errc::kTransactionAborted:
      return Disposition::kAbort;
    default:
      // Among them kFenced, kKafkaFatal and kTransactionIndefinite: what is not known to be
      // harmless must not be carried on with.
      return Disposition::kFatal;
  }
}

}  // namespace cw::kafka
