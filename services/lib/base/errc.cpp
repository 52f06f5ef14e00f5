#include "lib/base/errc.hpp"

namespace cw {

std::string_view name(Errc code) noexcept {
  switch (code) {
    case Errc::kInternal:
      return "INTERNAL";
    case Errc::kNotFound:
      return "NOT_FOUND";
    case Errc::kConflict:
      return "CONFLICT";
    case Errc::kForbidden:
      return "FORBIDDEN";
    case Errc::kUnauthenticated:
      return "UNAUTHENTICATED";
    case Errc::kLimitReached:
      return "LIMIT_REACHED";
    case Errc::kUnavailable:
      return "UNAVAILABLE";
    case Errc::kCancelled:
      return "CANCELLED";
    case Errc::kFileRead:
      return "FILE_READ";
    case Errc::kFileWrite:
      return "FILE_WRITE";
    case Errc::kConfigUnknownKey:
      return "CONFIG_UNKNOWN_KEY";
    case Errc::kConfigValue:
      return "CONFIG_VALUE";
    case Errc::kConfigMissing:
      return "CONFIG_MISSING";
    case Errc::kJsonSyntax:
      return "JSON_SYNTAX";
    case Errc::kSchemaViolation:
      return "SCHEMA_VIOLATION";
    case Errc::kSchemaVersion:
      return "SCHEMA_VERSION";
    case Errc::kKeyMismatch:
      return "KEY_MISMATCH";
    case Errc::kCsvSyntax:
      return "CSV_SYNTAX";
    case Errc::kEncoding:
      return "ENCODING";
    case Errc::kUnknownColumn:
      return "UNKNOWN_COLUMN";
    case Errc::kMissingColumn:
      return "MISSING_COLUMN";
    case Errc::kDuplicateColumn:
      return "DUPLICATE_COLUMN";
    case Errc::kFieldCount:
      return "FIELD_COUNT";
    case Errc::kFieldTooLong:
      return "FIELD_TOO_LONG";
    case Errc::kPanCharacters:
      return "PAN_CHARACTERS";
    case Errc::kPanLength:
      return "PAN_LENGTH";
    case Errc::kPanLuhn:
      return "PAN_LUHN";
    case Errc::kExpiryInvalid:
      return "EXPIRY_INVALID";
    case Errc::kSensitiveData:
      return "SENSITIVE_DATA";
    case Errc::kTimestampInvalid:
      return "TIMESTAMP_INVALID";
    case Errc::kAmountInvalid:
      return "AMOUNT_INVALID";
    case Errc::kRevisionInvalid:
      return "REVISION_INVALID";
    case Errc::kCodeInvalid:
      return "CODE_INVALID";
    case Errc::kFieldMissing:
      return "FIELD_MISSING";
    case Errc::kUnknownIssuer:
      return "UNKNOWN_ISSUER";
    case Errc::kUnknownIncident:
      return "UNKNOWN_INCIDENT";
    case Errc::kUnknownFile:
      return "UNKNOWN_FILE";
    case Errc::kIssuerForbidden:
      return "ISSUER_FORBIDDEN";
    case Errc::kTimestampRange:
      return "TIMESTAMP_RANGE";
    case Errc::kIncidentExists:
      return "INCIDENT_EXISTS";
    case Errc::kIncidentClosed:
      return "INCIDENT_CLOSED";
    case Errc::kIssuerExists:
      return "ISSUER_EXISTS";
    case Errc::kIinConflict:
      return "IIN_CONFLICT";
    case Errc::kPredicateInvalid:
      return "PREDICATE_INVALID";
    case Errc::kScopeState:
      return "SCOPE_STATE";
    case Errc::kSamePrincipal:
      return "SAME_PRINCIPAL";
    case Errc::kFileContentDiffers:
      return "FILE_CONTENT_DIFFERS";
    case Errc::kImportForbidden:
      return "IMPORT_FORBIDDEN";
    case Errc::kNilReturnBackwards:
      return "NIL_RETURN_BACKWARDS";
    case Errc::kBrokerUnavailable:
      return "BROKER_UNAVAILABLE";
    case Errc::kQueueFull:
      return "QUEUE_FULL";
    case Errc::kRecordTooLarge:
      return "RECORD_TOO_LARGE";
    case Errc::kTopicMissing:
      return "TOPIC_MISSING";
    case Errc::kTransactionAborted:
      return "TRANSACTION_ABORTED";
    case Errc::kTransactionIndefinite:
      return "TRANSACTION_INDEFINITE";
    case Errc::kFenced:
      return "FENCED";
    case Errc::kKafkaFatal:
      return "KAFKA_FATAL";
    case Errc::kRouteUnknown:
      return "ROUTE_UNKNOWN";
    case Errc::kMethodNotAllowed:
      return "METHOD_NOT_ALLOWED";
    case Errc::kBadRequest:
      return "BAD_REQUEST";
    case Errc::kBodyTooLarge:
      return "BODY_TOO_LARGE";
    case Errc::kHeadersTooLarge:
      return "HEADERS_TOO_LARGE";
    case Errc::kMediaType:
      return "MEDIA_TYPE";
    case Errc::kClientCertificate:
      return "CLIENT_CERTIFICATE";
    case Errc::kAddressForbidden:
      return "ADDRESS_FORBIDDEN";
    case Errc::kResolveTimeout:
      return "RESOLVE_TIMEOUT";
    case Errc::kConnectTimeout:
      return "CONNECT_TIMEOUT";
    case Errc::kHandshakeTimeout:
      return "HANDSHAKE_TIMEOUT";
    case Errc::kWriteTimeout:
      return "WRITE_TIMEOUT";
    case Errc::kResponseTimeout:
      return "RESPONSE_TIMEOUT";
    case Errc::kReadTimeout:
      return "READ_TIMEOUT";
    case Errc::kConnectFailed:
      return "CONNECT_FAILED";
    case Errc::kTlsFailed:
      return "TLS_FAILED";
    case Errc::kConnectionLost:
      return "CONNECTION_LOST";
    case Errc::kResponseMalformed:
      return "RESPONSE_MALFORMED";
    case Errc::kRemoteRefused:
      return "REMOTE_REFUSED";
    case Errc::kKeyInvalid:
      return "KEY_INVALID";
    case Errc::kDecryptFailed:
      return "DECRYPT_FAILED";
    case Errc::kSignatureInvalid:
      return "SIGNATURE_INVALID";
    case Errc::kTimestampSkew:
      return "TIMESTAMP_SKEW";
    case Errc::kCertificateExpired:
      return "CERTIFICATE_EXPIRED";
    case Errc::kContentDigest:
      return "CONTENT_DIGEST";
    case Errc::kSignatureKey:
      return "SIGNATURE_KEY";
    case Errc::kSignatureComponents:
      return "SIGNATURE_COMPONENTS";
    case Errc::kSignatureExpired:
      return "SIGNATURE_EXPIRED";
    case Errc::kSignatureReplayed:
      return "SIGNATURE_REPLAYED";
    case Errc::kStoreLocked:
      return "STORE_LOCKED";
    case Errc::kStoreFull:
      return "STORE_FULL";
    case Errc::kStoreCorrupt:
      return "STORE_CORRUPT";
    case Errc::kStoreIo:
      return "STORE_IO";
    case Errc::kAckNeverSent:
      return "ACK_NEVER_SENT";
    case Errc::kAckBackwards:
      return "ACK_BACKWARDS";
    case Errc::kStateNotYours:
      return "STATE_NOT_YOURS";
    case Errc::kEpochOver:
      return "EPOCH_OVER";
    case Errc::kFeedNotHere:
      return "FEED_NOT_HERE";
  }
  return "UNKNOWN";
}

std::string_view remedy(Errc code) noexcept {
  switch (code) {
    case Errc::kInternal:
      return "This is a defect of cardwatch; report it with the log line of the same time.";
    case Errc::kNotFound:
      return "Check the name; list what exists first.";
    case Errc::kForbidden:
      return "The client certificate is known but lacks the role; ask the operator to add it.";
    case Errc::kUnauthenticated:
      return "Present a client certificate signed by the configured CA.";
    case Errc::kLimitReached:
      return "Send less at once, or raise the named limit in the configuration.";
    case Errc::kUnavailable:
      return "Try again after the time in Retry-After.";
    case Errc::kFileRead:
      return "Check that the file exists and that the service may read it.";
    case Errc::kFileWrite:
      return "Check the folder, its permissions and the free space.";
    case Errc::kConfigUnknownKey:
      return "Remove the key or mend its spelling; --print-config lists the known ones.";
    case Errc::kConfigValue:
      return "Set a value within the stated bounds.";
    case Errc::kConfigMissing:
      return "Set the key in the file, the environment or a flag.";
    case Errc::kJsonSyntax:
      return "Send well-formed JSON in UTF-8.";
    case Errc::kSchemaViolation:
      return "Compare the message with its schema in schemas/.";
    case Errc::kSchemaVersion:
      return "Use a schema version that this release knows.";
    case Errc::kCsvSyntax:
      return "Quote fields that hold commas, quotes or line breaks; close every quote.";
    case Errc::kEncoding:
      return "Send UTF-8.";
    case Errc::kUnknownColumn:
      return "Remove the column, mend its name, or declare it in the incident.";
    case Errc::kMissingColumn:
      return "Add the column to the header line.";
    case Errc::kDuplicateColumn:
      return "Keep one column of that name.";
    case Errc::kFieldCount:
      return "Give every row as many fields as the header line has.";
    case Errc::kFieldTooLong:
      return "Shorten the field.";
    case Errc::kPanCharacters:
      return "A card number has digits only; spaces and hyphens are removed.";
    case Errc::kPanLength:
      return "A card number has 12 to 19 digits.";
    case Errc::kPanLuhn:
      return "A digit is wrong or two are swapped; check the source.";
    case Errc::kExpiryInvalid:
      return "Give the expiry as YYYY-MM with a real month.";
    case Errc::kSensitiveData:
      return "Remove card verification values, track data and PINs; they must not be sent.";
    case Errc::kTimestampInvalid:
      return "Give the time as RFC 3339 with an offset, e.g. 2009-07-23T10:00:00+09:00.";
    case Errc::kAmountInvalid:
      return "Give a decimal amount that is not negative, e.g. 1200.00.";
    case Errc::kRevisionInvalid:
      return "Revisions are whole numbers from 1 upwards.";
    case Errc::kCodeInvalid:
      return "Use one of the codes that the schema lists.";
    case Errc::kFieldMissing:
      return "Fill the required field.";
    case Errc::kUnknownIssuer:
      return "Add the issuer with `cardwatch issuer apply` first, or mend its id.";
    case Errc::kUnknownIncident:
      return "Add the incident with `cardwatch incident apply` first, or mend its id.";
    case Errc::kUnknownFile:
      return "Declare the file in the incident first, or mend its name.";
    case Errc::kIssuerForbidden:
      return "An issuer may report only under its own id.";
    case Errc::kTimestampRange:
      return "Times lie after 1989, and no more than 24 hours after the report was received.";
    case Errc::kIncidentExists:
      return "To change it, raise `version` by one in the incident file.";
    case Errc::kIncidentClosed:
      return "Reopen the incident first.";
    case Errc::kIssuerExists:
      return "To change it, raise `version` by one in the issuer file.";
    case Errc::kIinConflict:
      return "Give each IIN range to one issuer only.";
    case Errc::kPredicateInvalid:
      return "Compare the predicate with schemas/scope.";
    case Errc::kScopeState:
      return "List the revisions and their states first.";
    case Errc::kSamePrincipal:
      return "Another person than the proposer must approve.";
    case Errc::kFileContentDiffers:
      return "The file was loaded with other content; declare a new file name for it.";
    case Errc::kImportForbidden:
      return "received_at and effective_at may be given only with the role `import`.";
    case Errc::kNilReturnBackwards:
      return "A nil return never reaches less far than the one before; send reports, or a later "
             "`until`.";
    case Errc::kBrokerUnavailable:
      return "Check that Kafka runs and that its address is right; nothing was lost, try again.";
    case Errc::kQueueFull:
      return "Kafka is slower than the input; try again after the time in Retry-After.";
    case Errc::kRecordTooLarge:
      return "Split the record or raise message.max.bytes on broker and producer alike.";
    case Errc::kTopicMissing:
      return "Create the topics with `cardwatch topics apply`.";
    case Errc::kRouteUnknown:
      return "Check the path of the request.";
    case Errc::kMethodNotAllowed:
      return "Use one of the methods in the Allow header.";
    case Errc::kBodyTooLarge:
      return "Split the upload, or raise the limit in the configuration.";
    case Errc::kHeadersTooLarge:
      return "Send fewer or shorter headers.";
    case Errc::kMediaType:
      return "Set Content-Type to one that the route takes.";
    case Errc::kClientCertificate:
      return "Present a client certificate signed by the configured CA.";
    case Errc::kAddressForbidden:
      return "Loopback and private addresses must be allowed for this issuer in its configuration.";
    case Errc::kKeyInvalid:
      return "Check the key file: its format, length and permissions.";
    case Errc::kCertificateExpired:
      return "Renew the certificate.";
    case Errc::kContentDigest:
      return "Send Content-Digest with sha-256 or sha-512 of exactly the bytes of the body.";
    case Errc::kSignatureKey:
      return "Give the receiver the public key, and sign with the keyid it knows the key by.";
    case Errc::kSignatureComponents:
      return "Cover @method, @target-uri, content-type and content-digest, with created, expires "
             "and nonce.";
    case Errc::kSignatureExpired:
      return "Sign anew for each attempt, and check the clocks of both sides.";
    case Errc::kSignatureReplayed:
      return "Sign anew for each attempt, with a fresh nonce.";
    case Errc::kStoreLocked:
      return "Another process has this state folder open: stop it, or give each its own folder.";
    case Errc::kStoreFull:
      return "Free space on the volume of the state folder; nothing is lost meanwhile.";
    case Errc::kStoreCorrupt:
      return "Nothing: the state is built anew from the topics. If it recurs, check the disk.";
    case Errc::kStoreIo:
      return "Check the state folder's permissions, the free file handles and the disk.";
    case Errc::kAckNeverSent:
      return "The issuer acknowledged more than it was ever sent; what lies beyond was ignored. "
             "Compare its state by `cardwatch feed reconcile`.";
    case Errc::kAckBackwards:
      return "An acknowledgement never falls; ask for entries anew by `GET "
             "/v1/feed/entries?after=`, or have the operator replay.";
    case Errc::kStateNotYours:
      return "Whoever paused or disabled the feed resumes it; ask the operator of cardwatch.";
    case Errc::kEpochOver:
      return "Sequence numbers began anew; take a snapshot, then go on from its `through`.";
    case Errc::kFeedNotHere:
      return "Another notifier serves this issuer; ask that one.";
    default:
      return "";
  }
}

}  // namespace cw
