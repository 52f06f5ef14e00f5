#pragma once

#include <string_view>

namespace cw {

/// What went wrong. Append only: the names are part of the API (problem+json `code`), metric
/// labels and what an operator searches for.
enum class Errc {
  // General.
  kInternal = 1,
  kNotFound,
  kConflict,
  kForbidden,
  kUnauthenticated,
  kLimitReached,
  kUnavailable,
  kCancelled,
  // Configuration and files.
  kFileRead,
  kFileWrite,
  kConfigUnknownKey,
  kConfigValue,
  kConfigMissing,
  // Messages.
  kJsonSyntax,
  kSchemaViolation,
  kSchemaVersion,
  kKeyMismatch,
  // Rows of exposed files and reports.
  kCsvSyntax,
  kEncoding,
  kUnknownColumn,
  kMissingColumn,
  kDuplicateColumn,
  kFieldCount,
  kFieldTooLong,
  kPanCharacters,
  kPanLength,
  kPanLuhn,
  kExpiryInvalid,
  kSensitiveData,
  kTimestampInvalid,
  kAmountInvalid,
  kRevisionInvalid,
  kCodeInvalid,
  kFieldMissing,
  kUnknownIssuer,
  kUnknownIncident,
  kUnknownFile,
  kIssuerForbidden,
  kTimestampRange,
  // Control.
  kIncidentExists,
  kIncidentClosed,
  kIssuerExists,
  kIinConflict,
  kPredicateInvalid,
  kScopeState,
  kSamePrincipal,
  kFileContentDiffers,
  kImportForbidden,
  kNilReturnBackwards,
  // Kafka; see lib/kafka for what the caller must do about each.
  kBrokerUnavailable,
  kQueueFull,
  kRecordTooLarge,
  kTopicMissing,
  kTransactionAborted,
  kTransactionIndefinite,
  kFenced,
  kKafkaFatal,
  // HTTP.
  kRouteUnknown,
  kMethodNotAllowed,
  kBadRequest,
  kBodyTooLarge,
  kHeadersTooLarge,
  kMediaType,
  kClientCertificate,
  kAddressForbidden,
  kResolveTimeout,
  kConnectTimeout,
  kHandshakeTimeout,
  kWriteTimeout,
  kResponseTimeout,
  kReadTimeout,
  kConnectFailed,
  kTlsFailed,
  kConnectionLost,
  kResponseMalformed,
  kRemoteRefused,
  // Cryptography.
  kKeyInvalid,
  kDecryptFailed,
  kSignatureInvalid,
  kTimestampSkew,
  kCertificateExpired,
  kContentDigest,
  kSignatureKey,
  kSignatureComponents,
  kSignatureExpired,
  kSignatureReplayed,
  // The local store on disk.
  kStoreLocked,
  kStoreFull,
  kStoreCorrupt,
  kStoreIo,
  // The issuer feed.
  kAckNeverSent,
  kAckBackwards,
  kStateNotYours,
  kEpochOver,
  kFeedNotHere,
};

/// Stable name, e.g. "PAN_LUHN". Never changes once published.
[[nodiscard]] std::string_view name(Errc code) noexcept;

/// One sentence on how to mend it, for the person who caused it; may be empty.
[[nodiscard]] std::string_view remedy(Errc code) noexcept;

}  // namespace cw
