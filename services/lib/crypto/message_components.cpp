#include "lib/crypto/message_components.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace cw::crypto {
namespace {

using sf::Params;

Error missing(const std::string& what) {
  return Error{Errc::kSignatureComponents, "signature: " + what};
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// The parts of an absolute URI; nothing if it is none.
struct Uri {
  std::string_view scheme, authority, path;
  std::optional<std::string_view> query;
};

std::optional<Uri> split_uri(std::string_view uri) {
  const auto colon = uri.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  Uri parts;
  parts.scheme = uri.substr(0, colon);
  uri.remove_prefix(colon + 3);
  uri = uri.substr(0, uri.find('#'));
  const auto authority_end = std::min(uri.find_first_of("/?"), uri.size());
  parts.authority = uri.substr(0, authority_end);
  uri.remove_prefix(authority_end);
  const auto question = uri.find('?');
  parts.path = uri.substr(0, question);
  if (question != std::string_view::npos) parts.query = uri.substr(question + 1);
  if (parts.authority.empty()) return std::nullopt;
  return parts;
}

/// Lower case, without user information and the scheme's own port (RFC 9421 section 2.2.3).
std::string authority_of(const Uri& uri) {
  std::string_view authority = uri.authority;
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  const std::string scheme = lowered(uri.scheme);
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return lowered(authority);
}

std::string path_of(const Uri& uri) {
  return uri.path.empty() ? "/" : std::string(uri.path);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// As HTML forms are read: '+' is a blank; a '%' without two hex digits stands for itself.
std::string form_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                        hex_value(text[i + 2]) >= 0;
    if (escape) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

/// The application/x-www-form-urlencoded percent-encode set, with blanks as %20.
std::string form_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const char small = lower(c);
    const bool plain = (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
                       std::string_view("*-._").find(c) != std::string_view::npos;
    const auto byte = static_cast<std::uint8_t>(c);
    if (plain) {
      out.push_back(c);
    } else {
      out.append({'%', kHex[byte >> 4U], kHex[byte & 15U]});
    }
  }
  return out;
}

Result<std::string> query_param(const Uri& uri, const Params& params) {
  const auto* given = sf::find(params, "name");
  const auto* name = given == nullptr ? nullptr : std::get_if<std::string>(given);
  if (name == nullptr) return missing("@query-param needs a name");
  std::optional<std::string> value;
  std::string_view rest = uri.query.value_or("");
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (form_encoded(form_decoded(pair.substr(0, equals))) != *name) continue;
    if (value) return missing("the query has a parameter more than once");
    value = equals == std::string_view::npos ? std::string()
                                             : form_encoded(form_decoded(pair.substr(equals + 1)));
  }
  if (!value) return missing("the query lacks a parameter");
  return *value;
}

/// `name` is a derived component other than @status, of a request.
Result<std::string> of_uri(const MessageView& message,
                           std::string_view name,
                           const Params& params) {
  if (name == "@target-uri") return std::string(message.target_uri);
  const auto uri = split_uri(message.target_uri);
  if (!uri) return missing("the target is not an absolute URI");
  if (name == "@authority") return authority_of(*uri);
  if (name == "@scheme") return lowered(uri->scheme);
  if (name == "@path") return path_of(*uri);
  if (name == "@query") return "?" + std::string(uri->query.value_or(""));
  if (name == "@query-param") return query_param(*uri, params);
  if (name == "@request-target") {
    return path_of(*uri) + (uri->query ? "?" + std::string(*uri->query) : "");
  }
  return missing("an unknown component " + std::string(name));
}

Result<std::string> derived(const MessageView& message,
                            std::string_view name,
                            const Params& params) {
  if (name == "@status") {
    if (message.status == 0) return missing("a request has no @status");
    return std::to_string(message.status);
  }
  if (message.method.empty()) return missing("a response has no " + std::string(name));
  if (name == "@method") return std::string(message.method);
  return of_uri(message, name, params);
}

std::string_view trimmed_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Without blanks around it and with obsolete line folding undone; nothing if a line break is left.
std::optional<std::string> field_line(std::string_view raw) {
  raw = trimmed_blanks(raw);
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\r' && raw[i] != '\n') {
      out.push_back(raw[i]);
      continue;
    }
    const auto next = raw.find_first_not_of("\r\n", i);
    if (raw[next] != ' ' && raw[next] != '\t') return std::nullopt;
    while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
    out.push_back(' ');
    i = raw.find_first_not_of(" \t\r\n", i) - 1;
  }
  return out;
}

Result<std::vector<std::string>> field_lines(const MessageView& message, std::string_view name) {
  std::vector<std::string> lines;
  for (const auto& [header, value] : message.headers) {
    if (lowered(header) != name) continue;
    auto line = field_line(value);
    if (!line) return missing("the field " + std::string(name) + " holds a line break");
    lines.push_back(std::move(*line));
  }
  if (lines.empty()) return missing("the message has no field " + std::string(name));
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) {
    if (!out.empty() || &line != lines.data()) out += ", ";
    out += line;
  }
  return out;
}

Result<std::string> strict_form(const std::string& value) {
  if (const auto dictionary = sf::parse_dictionary(value)) return sf::serialize(dictionary.value());
  if (const auto list = sf::parse_list(value)) return sf::serialize(list.value());
  if (const auto item = sf::parse_item(value)) return sf::serialize(item.value());
  return missing("a field with sf is not a structured one");
}

Result<std::string> dictionary_member(const std::string& value, const sf::BareItem& key) {
  const auto* name = std::get_if<std::string>(&key);
  const auto dictionary = sf::parse_dictionary(value);
  if (name == nullptr || !dictionary) return missing("a field with key is not a dictionary");
  const auto* member = sf::find(dictionary.value(), *name);
  if (member == nullptr) return missing("a field lacks a key");
  return sf::serialize(*member);
}

Result<std::string> field(const MessageView& message, std::string_view name, const Params& params) {
  auto lines = field_lines(message, name);
  if (!lines) return lines.error();
  const bool binary = sf::find(params, "bs") != nullptr;
  const auto* key = sf::find(params, "key");
  const bool strict = sf::find(params, "sf") != nullptr;
  if (binary) {
    if (strict || key != nullptr) return missing("bs does not go with sf or key");
    for (std::string& line : lines.value()) line = sf::serialize(sf::Item{sf::Bytes{line}});
  }
  const std::string value = joined(lines.value());
  if (key != nullptr) return dictionary_member(value, *key);
  if (strict) return strict_form(value);
  return value;
}

bool known_params(std::string_view name, const Params& params) {
  constexpr std::array<std::string_view, 4> kOfFields{"sf", "key", "bs", "req"};
  return std::all_of(params.begin(), params.end(), [&](const auto& param) {
    if (name.starts_with('@')) {
      return param.first == "req" || (name == "@query-param" && param.first == "name");
    }
    return std::find(kOfFields.begin(), kOfFields.end(), param.first) != kOfFields.end();
  });
}

/// The order of its parameters does not make a component another one.
std::string identity_of(sf::Item component) {
  std::sort(component.params.begin(), component.params.end(), [](const auto& a, const auto& b) {
    return a.first < b.first;
  });
  return sf::serialize(component);
}

bool printable(std::string_view value) {
  return std::all_of(
      value.begin(), value.end(), [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

}  // namespace

Result<std::string> component_value(const MessageView& message, const sf::Item& component) {
  const auto* name = std::get_if<std::string>(&component.value);
  if (name == nullptr || name->empty() || lowered(*name) != *name) {
    return missing("a component is not a name in lower case");
  }
  if (!known_params(*name, component.params)) {
    return missing("a parameter of " + *name + " is not known");
  }
  const MessageView* of = &message;
  if (sf::find(component.params, "req") != nullptr) {
    if (message.request == nullptr) return missing("there is no request to take " + *name + " of");
    of = message.request;
  }
  if (name->front() == '@') return derived(*of, *name, component.params);
  return field(*of, *name, component.params);
}

Result<std::string> signature_base(const MessageView& message, const sf::InnerList& params) {
  std::string base;
  std::set<std::string> seen;
  for (const sf::Item& component : params.items) {
    const std::string identifier = sf::serialize(component);
    if (!seen.insert(identity_of(component)).second) return missing(identifier + " stands twice");
    const auto value = component_value(message, component);
    if (!value) return value.error();
    if (!printable(value.value())) return missing(identifier + " is not printable ASCII");
    base += identifier + ": " + value.value() + "\n";
  }
  return base + "\"@signature-params\": " + sf::serialize(params);
}

}  // namespace cw::crypto
