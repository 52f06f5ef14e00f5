#include "lib/codec/feed_settings_parts.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/domain/code_names.hpp"
#include "lib/domain/ids.hpp"

#include <array>

namespace cw::codec {
namespace {

constexpr std::size_t kUrlBytesMax = 2048;
constexpr std::uint32_t kBatchMaxBound = 10'000;

constexpr CodeNames<FeedSignature, 2> kSignatures{
    std::array<std::string_view, 2>{"standard-webhooks", "http-message-signatures"}};
constexpr CodeNames<FeedMode, 2> kModes{std::array<std::string_view, 2>{"push", "pull"}};

std::optional<FeedSignature> signature_from(std::string_view text) {
  return kSignatures.find(text);
}
std::optional<FeedMode> mode_from(std::string_view text) {
  return kModes.find(text);
}

/// A JWK as canonical text; never one with a secret part, which must not reach a topic.
std::string read_public_key(const ObjectReader& object, std::string_view member) {
  const Node* key = object.required(member);
  std::string text;
  if (key == nullptr) return text;
  if (!key->IsObject()) {
    object.violation(member, "a public JWK object");
    return text;
  }
  const Node* type = find(*key, "kty");
  const bool known = type != nullptr && type->IsString() &&
                     (view(*type) == "RSA" || view(*type) == "EC" || view(*type) == "OKP");
  if (!known) object.violation(member, "a JWK with the kty RSA, EC or OKP");
  if (find(*key, "d") != nullptr || find(*key, "k") != nullptr) {
    object.violation(member, "a public key, not a private one");
  }
  for (const auto& entry : key->GetObject()) {
    if (find(*key, view(entry.name)) != &entry.value) {
      object.violation(member, "each member once");
    }
  }
  append_json(text, *key, KeyOrder::kSorted);
  return text;
}

FeedKey read_key(const Node& node, const Path& path, DocumentForm form, Failure& failure) {
  const ObjectReader object(node, path, failure);
  FeedKey key;
  if (failure.error) return key;
  if (form == DocumentForm::kWritten) object.only({"key", "not_before", "not_after"});
  const auto instant = [&](std::string_view name) {
    return form == DocumentForm::kTopic ? object.optional_instant(name)
                                        : object.written_instant(name);
  };
  key.jwk = read_public_key(object, "key");
  key.not_before = instant("not_before");
  key.not_after = instant("not_after");
  if (key.not_before && key.not_after && *key.not_after <= *key.not_before) {
    object.violation("not_after", "an instant after not_before");
  }
  return key;
}

void read_keys(const ObjectReader& object, DocumentForm form, FeedSettings& feed) {
  if (object.optional("encryption_keys") == nullptr) {
    feed.encryption_key = read_public_key(object, "encryption_key");
    return;
  }
  if (object.optional("encryption_key") != nullptr) {
    object.violation("encryption_key", "encryption_key or encryption_keys, not both");
  }
  object.each("encryption_keys", FeedSettings::kKeysMax, [&](const Node& node, const Path& path) {
    feed.encryption_keys.push_back(read_key(node, path, form, object.failure()));
  });
  if (feed.encryption_keys.empty()) object.violation("encryption_keys", "one key or more");
}

void read_secrets(const ObjectReader& object, FeedSettings& feed) {
  const bool single = object.optional("signing_secret") != nullptr;
  if (object.optional("signing_secrets") == nullptr) {
    // An issuer that pulls knows us by our server certificate.
    if (single || feed.mode == FeedMode::kPush) feed.signing_secret = object.id("signing_secret");
    return;
  }
  if (single) object.violation("signing_secret", "signing_secret or signing_secrets, not both");
  const auto read = [&](const Node& node, const Path& path) {
    if (!node.IsString() || !is_id(view(node))) return object.failure().violation(path, "an id");
    feed.signing_secrets.emplace_back(view(node));
  };
  object.each("signing_secrets", FeedSettings::kSecretsMax, read);
  if (feed.signing_secrets.empty()) object.violation("signing_secrets", "one name or more");
}

}  // namespace

FeedSettings read_feed_settings(const Node& node,
                                const Path& path,
                                DocumentForm form,
                                Failure& failure) {
  const ObjectReader object(node, path, failure);
  FeedSettings feed;
  if (failure.error) return feed;
  if (form == DocumentForm::kWritten) {
    object.only({"url",
                 "encryption_key",
                 "encryption_keys",
                 "signing_secret",
                 "signing_secrets",
                 "signature",
                 "mode",
                 "batch_max",
                 "allow_private_address"});
  }
  const bool has_url = object.optional("url") != nullptr;
  const FeedMode usual = has_url ? FeedMode::kPush : FeedMode::kPull;
  feed.mode = object.optional_code("mode", mode_from).value_or(usual);
  if (has_url || feed.mode == FeedMode::kPush) {
    feed.url = object.text("url", {1, kUrlBytesMax});
    if (!feed.url.starts_with("https://")) object.violation("url", "an https:// URL");
  }
  read_keys(object, form, feed);
  read_secrets(object, feed);
  feed.signature =
      object.optional_code("signature", signature_from).value_or(FeedSignature::kStandardWebhooks);
  if (object.optional("batch_max") != nullptr) {
    feed.batch_max = static_cast<std::uint32_t>(object.number("batch_max", 1, kBatchMaxBound));
  }
  feed.allow_private_address = object.optional_flag("allow_private_address").value_or(false);
  return feed;
}

void write_feed_settings(JsonWriter& writer, const FeedSettings& feed) {
  writer.begin_object("feed");
  if (!feed.url.empty()) writer.string("url", feed.url);
  if (!feed.encryption_key.empty()) writer.raw("encryption_key", feed.encryption_key);
  if (!feed.encryption_keys.empty()) {
    writer.begin_array("encryption_keys");
    for (const FeedKey& key : feed.encryption_keys) {
      writer.begin_object().raw("key", key.jwk);
      write_optional(writer, "not_before", key.not_before);
      write_optional(writer, "not_after", key.not_after);
      writer.end_object();
    }
    writer.end_array();
  }
  if (!feed.signing_secret.empty()) writer.string("signing_secret", feed.signing_secret);
  if (!feed.signing_secrets.empty()) {
    writer.begin_array("signing_secrets");
    for (const std::string& name : feed.signing_secrets) writer.string(name);
    writer.end_array();
  }
  if (feed.signature != FeedSignature::kStandardWebhooks) {
    writer.string("signature", kSignatures.text(feed.signature));
  }
  // Only where it is not what the url says already, so that records of old stay as they were.
  const FeedMode usual = feed.url.empty() ? FeedMode::kPull : FeedMode::kPush;
  if (feed.mode != usual) writer.string("mode", kModes.text(feed.mode));
  writer.number("batch_max", feed.batch_max);
  writer.boolean("allow_private_address", feed.allow_private_address).end_object();
}

}  // namespace cw::codec
