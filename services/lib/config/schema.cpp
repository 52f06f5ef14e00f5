#include "lib/config/schema.hpp"

#include "lib/config/schema_entry.hpp"
#include "lib/config/suggest.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>
#include <string_view>
#include <unistd.h>

namespace cw::config {
namespace {

constexpr std::string_view kVariablePrefix = "CARDWATCH_";
constexpr std::string_view kRedacted = "(redacted)";

std::string variable_of(const std::string& key) {
  std::string out{kVariablePrefix};
  for (const char c : key) {
    out += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || !text) return Error{Errc::kFileRead, "cannot read the configuration file " + path};
  return std::move(text).str();
}

/// Markdown cells must not hold bars or line ends.
std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, "\\");
  }
  return text;
}

}  // namespace

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> out;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view variable{*at};
    const std::size_t equals = variable.find('=');
    if (!variable.starts_with(kVariablePrefix) || equals == std::string_view::npos) continue;
    out.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return out;
}

Schema::Entry* Schema::find(std::string_view key) {
  const auto found = std::ranges::find_if(
      entries_, [key](const auto& entry) { return entry->property.key == key; });
  return found == entries_.end() ? nullptr : found->get();
}

Error Schema::unknown_key(const std::string& key, const std::string& where) const {
  std::vector<std::string> known;
  for (const auto& entry : entries_) {
    known.push_back(entry->property.key);
    known.push_back(entry->property.key.substr(0, entry->property.key.find('.')));
  }
  const std::string nearest = suggest(key, known);
  return {Errc::kConfigUnknownKey,
          "unknown key '" + key + "' (" + where + ")" +
              (nearest.empty() ? "" : "; did you mean '" + nearest + "'?")};
}

Status Schema::assign(Entry& entry, const Node& node, std::string source) {
  const bool scalar = entry.shape == Entry::Shape::kScalar;
  // A key without a value leaves what was there, so that a file can list keys as a reminder.
  if (node.kind == Node::Kind::kNull) return Ok{};
  const std::string& key = entry.property.key;
  if (scalar && node.kind != Node::Kind::kScalar) {
    return Error{Errc::kConfigValue, key + " (" + source + "): must be one value"};
  }
  const Status status = entry.set(node);
  if (!status) {
    const bool show = scalar && entry.property.secret == Secret::kNo;
    const std::string shown = show ? " = '" + node.scalar + "'" : "";
    return Error{status.error().code, key + shown + " (" + source + "): " + status.error().detail};
  }
  entry.source = std::move(source);
  return Ok{};
}

Status Schema::load_section(const std::string& path, const std::string& section, const Node& node) {
  for (const auto& [name, child] : node.map) {
    const std::string key = section.empty() ? name : section + "." + name;
    const std::string where = path + " line " + std::to_string(child.line);
    Status status = Ok{};
    if (Entry* entry = find(key)) {
      status = assign(*entry, child, where);
    } else if (std::ranges::any_of(entries_, [&key](const auto& each) {
                 return each->property.key.starts_with(key + ".");
               })) {
      const bool is_section = child.kind == Node::Kind::kMap || child.kind == Node::Kind::kNull;
      status = is_section ? load_section(path, key, child)
                          : Status{Error{Errc::kConfigValue,
                                         key + " (" + where + "): must be a section of keys"}};
    } else {
      return unknown_key(key, where);
    }
    if (!status) return status;
  }
  return Ok{};
}

Status Schema::load_file(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return text.error();
  const auto root = parse_yaml(text.value());
  if (!root) return Error{root.error().code, path + " " + root.error().detail};
  if (root.value().kind == Node::Kind::kNull) return Ok{};
  if (root.value().kind != Node::Kind::kMap) {
    return Error{Errc::kConfigValue, path + ": must be a map of sections"};
  }
  return load_section(path, "", root.value());
}

Status Schema::load_environment(const std::map<std::string, std::string>& environment) {
  // Unknown variables are no error: orchestrators add some of their own for services that are
  // called cardwatch-*, and one environment is often shared by several programs.
  for (const auto& entry : entries_) {
    const std::string variable = variable_of(entry->property.key);
    const auto found = environment.find(variable);
    if (found == environment.end()) continue;
    Node node{.kind = Node::Kind::kScalar, .scalar = found->second, .quoted = true};
    if (entry->shape != Entry::Shape::kScalar) {
      auto parsed = parse_yaml(found->second);
      if (!parsed) return Error{parsed.error().code, variable + " " + parsed.error().detail};
      node = std::move(parsed).value();
    }
    const Status status = assign(*entry, node, "environment " + variable);
    if (!status) return status;
  }
  return Ok{};
}

Status Schema::load_set(const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos) {
    return Error{Errc::kConfigValue, "--set " + assignment + ": must be section.key=value"};
  }
  const std::string key = assignment.substr(0, equals);
  const std::string value = assignment.substr(equals + 1);
  if (Entry* entry = find(key)) {
    Node node{.kind = Node::Kind::kScalar, .scalar = value, .quoted = true};
    if (entry->shape != Entry::Shape::kScalar) {
      auto parsed = parse_yaml(value);
      if (!parsed) return Error{parsed.error().code, "--set " + key + " " + parsed.error().detail};
      node = std::move(parsed).value();
    }
    return assign(*entry, node, "--set");
  }
  for (const auto& entry : entries_) {
    const std::string prefix = entry->property.key + ".";
    if (!entry->set_one || !key.starts_with(prefix)) continue;
    entry->set_one(key.substr(prefix.size()), value);
    entry->source = "--set";
    return Ok{};
  }
  return unknown_key(key, "--set");
}

Status Schema::load(const Sources& sources) {
  if (sources.file) {
    Status status = load_file(*sources.file);
    if (!status) return status;
  }
  Status status = load_environment(sources.environment);
  if (!status) return status;
  for (const std::string& assignment : sources.sets) {
    status = load_set(assignment);
    if (!status) return status;
  }
  for (const auto& entry : entries_) {
    if (entry->property.required == Required::kYes && !entry->is_set()) {
      return Error{Errc::kConfigMissing, entry->property.key + ": " + entry->property.about};
    }
  }
  return Ok{};
}

std::string Schema::print() const {
  std::string out;
  std::string section;
  for (const auto& entry : entries_) {
    const std::string& key = entry->property.key;
    const std::size_t dot = key.find('.');
    const std::string of = dot == std::string::npos ? "" : key.substr(0, dot);
    if (!of.empty() && of != section) out += of + ":\n";
    section = of;
    const bool hidden = entry->property.secret == Secret::kYes && entry->is_set();
    out += (of.empty() ? key : "  " + key.substr(dot + 1)) + ": " +
           (hidden ? std::string{kRedacted} : entry->show()) + "  # " + entry->source + "\n";
  }
  return out;
}

std::string Schema::reference() const {
  std::string out =
      "| key | type | default | bounds | environment | what it does |\n"
      "|---|---|---|---|---|---|\n";
  for (const auto& entry : entries_) {
    const Property& property = entry->property;
    const bool required = property.required == Required::kYes;
    out += "| `" + property.key + "` | " + entry->type + " | " +
           (required ? "required" : "`" + cell(entry->default_text) + "`") + " | " +
           cell(entry->bounds) + " | `" + variable_of(property.key) + "` | " +
           cell(property.about) +
           (property.example.empty() ? "" : " Example: `" + cell(property.example) + "`.") + " |\n";
  }
  return out;
}

}  // namespace cw::config
