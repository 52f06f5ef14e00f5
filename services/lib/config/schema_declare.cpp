// The kinds of properties: what each takes and how it is shown.
#include "lib/base/assert.hpp"
#include "lib/base/quoted.hpp"
#include "lib/config/schema_entry.hpp"
#include "lib/config/suggest.hpp"
#include "lib/config/units.hpp"

#include <algorithm>

namespace cw::config {
namespace {

Error wanted(std::string what) {
  return {Errc::kConfigValue, std::move(what)};
}

std::string join(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + quoted(text);
  return "[" + out + "]";
}

/// librdkafka's properties hold passwords among harmless ones.
bool looks_secret(std::string_view key) {
  return key.find("password") != std::string_view::npos ||
         key.find("secret") != std::string_view::npos ||
         key.find("jaas") != std::string_view::npos || key.ends_with(".pem");
}

Result<std::vector<std::string>> texts_of(const Node& node) {
  std::vector<std::string> out;
  if (node.kind == Node::Kind::kScalar) return std::vector{node.scalar};
  if (node.kind == Node::Kind::kMap) return wanted("must be a list");
  for (const Node& child : node.list) {
    if (child.kind != Node::Kind::kScalar) return wanted("must be a list of texts");
    out.push_back(child.scalar);
  }
  return out;
}

Result<Item> item_of(const Node& node, const std::vector<ItemField>& fields) {
  if (node.kind != Node::Kind::kMap) return wanted("must be a list of maps");
  Item item;
  for (const auto& [name, value] : node.map) {
    const auto field = std::ranges::find(fields, name, &ItemField::name);
    if (field == fields.end()) {
      std::vector<std::string> known;
      for (const ItemField& each : fields) known.push_back(each.name);
      const std::string nearest = suggest(name, known);
      return Error{Errc::kConfigUnknownKey,
                   "unknown field '" + name + "'" +
                       (nearest.empty() ? "" : "; did you mean '" + nearest + "'?")};
    }
    auto texts = texts_of(value);
    if (!texts) return std::move(texts).error();
    if (!field->many && texts.value().size() > 1) {
      return wanted("field '" + name + "' must be one text");
    }
    item.values.emplace(name, std::move(texts).value());
  }
  for (const ItemField& field : fields) {
    if (field.required == Required::kYes && item.text(field.name).empty()) {
      return wanted("every item needs the field '" + field.name + "'");
    }
  }
  return item;
}

std::string show_items(const std::vector<Item>& items, const std::vector<ItemField>& fields) {
  std::string out;
  for (const Item& item : items) {
    std::string inner;
    for (const ItemField& field : fields) {
      if (!item.values.contains(field.name)) continue;
      inner += (inner.empty() ? "" : ", ") + field.name + ": " +
               (field.many ? join(item.texts(field.name)) : quoted(item.text(field.name)));
    }
    out += (out.empty() ? "{" : ", {") + inner + "}";
  }
  return "[" + out + "]";
}

}  // namespace

Schema::Schema() = default;
Schema::~Schema() = default;

Schema::Entry& Schema::add(Property property, std::string type) {
  CW_ASSERT(find(property.key) == nullptr);
  entries_.push_back(std::make_unique<Entry>());
  Entry& entry = *entries_.back();
  entry.property = std::move(property);
  entry.type = std::move(type);
  return entry;
}

void Schema::text(Property property, std::string& target) {
  Entry& entry = add(std::move(property), "text");
  entry.set = [&target](const Node& node) -> Status {
    target = node.scalar;
    return Ok{};
  };
  entry.show = [&target] { return quoted(target); };
  entry.default_text = entry.show();
}

void Schema::choice(Property property, std::vector<std::string> allowed, std::string& target) {
  Entry& entry = add(std::move(property), "choice");
  for (const std::string& each : allowed) {
    entry.bounds += (entry.bounds.empty() ? "" : ", ") + each;
  }
  entry.set = [&target, allowed, bounds = entry.bounds](const Node& node) -> Status {
    if (std::ranges::find(allowed, node.scalar) == allowed.end()) {
      return wanted("must be one of " + bounds);
    }
    target = node.scalar;
    return Ok{};
  };
  entry.show = [&target] { return target; };
  entry.default_text = entry.show();
}

void Schema::flag(Property property, bool& target) {
  Entry& entry = add(std::move(property), "true or false");
  entry.set = [&target](const Node& node) -> Status {
    if (node.scalar != "true" && node.scalar != "false") return wanted("must be true or false");
    target = node.scalar == "true";
    return Ok{};
  };
  entry.show = [&target] { return std::string{target ? "true" : "false"}; };
  entry.default_text = entry.show();
}

void Schema::add_number(Property property,
                        Bounds<std::int64_t> bounds,
                        std::function<std::int64_t()> get,
                        std::function<void(std::int64_t)> assign) {
  CW_ASSERT(bounds.min <= get() && get() <= bounds.max);
  Entry& entry = add(std::move(property), "number");
  entry.bounds = std::to_string(bounds.min) + " to " + std::to_string(bounds.max);
  entry.set = [bounds, assign, text = entry.bounds](const Node& node) -> Status {
    const auto value = parse_number(node.scalar);
    if (!value || *value < bounds.min || *value > bounds.max) {
      return wanted("must be a whole number from " + text);
    }
    assign(*value);
    return Ok{};
  };
  entry.show = [get] { return std::to_string(get()); };
  entry.default_text = entry.show();
}

void Schema::bytes(Property property, Bounds<std::uint64_t> bounds, std::uint64_t& target) {
  Entry& entry = add(std::move(property), "bytes");
  entry.bounds = format_bytes(bounds.min) + " to " + format_bytes(bounds.max);
  entry.set = [&target, bounds, text = entry.bounds](const Node& node) -> Status {
    const auto value = parse_bytes(node.scalar);
    if (!value || *value < bounds.min || *value > bounds.max) {
      return wanted("must be a size such as 64KiB, from " + text);
    }
    target = *value;
    return Ok{};
  };
  entry.show = [&target] { return format_bytes(target); };
  entry.default_text = entry.show();
}

void Schema::duration(Property property,
                      Bounds<std::chrono::milliseconds> bounds,
                      std::chrono::milliseconds& target) {
  Entry& entry = add(std::move(property), "duration");
  entry.bounds = format_duration(bounds.min) + " to " + format_duration(bounds.max);
  entry.set = [&target, bounds, text = entry.bounds](const Node& node) -> Status {
    const auto value = parse_duration(node.scalar);
    if (!value || *value < bounds.min || *value > bounds.max) {
      return wanted("must be a duration with its unit such as 250ms or 5m, from " + text);
    }
    target = *value;
    return Ok{};
  };
  entry.show = [&target] { return format_duration(target); };
  entry.default_text = entry.show();
}

void Schema::texts(Property property, std::vector<std::string>& target) {
  Entry& entry = add(std::move(property), "list of texts");
  entry.shape = Entry::Shape::kTexts;
  entry.set = [&target](const Node& node) -> Status {
    auto texts = texts_of(node);
    if (!texts) return std::move(texts).error();
    target = std::move(texts).value();
    return Ok{};
  };
  entry.show = [&target] { return join(target); };
  entry.default_text = entry.show();
}

void Schema::map(Property property, std::map<std::string, std::string>& target) {
  Entry& entry = add(std::move(property), "map");
  entry.shape = Entry::Shape::kMap;
  entry.set = [&target](const Node& node) -> Status {
    if (node.kind != Node::Kind::kMap) return wanted("must be a map of keys to texts");
    for (const auto& [key, value] : node.map) {
      if (value.kind != Node::Kind::kScalar) return wanted("'" + key + "' must be one text");
      target[key] = value.scalar;
    }
    return Ok{};
  };
  entry.set_one = [&target](std::string key, std::string value) {
    target[std::move(key)] = std::move(value);
  };
  entry.show = [&target] {
    std::string out;
    for (const auto& [key, value] : target) {
      out += (out.empty() ? "" : ", ") + quoted(key) + ": " +
             (looks_secret(key) ? "(redacted)" : quoted(value));
    }
    return "{" + out + "}";
  };
  entry.default_text = entry.show();
}

void Schema::items(Property property, std::vector<ItemField> fields, std::vector<Item>& target) {
  Entry& entry = add(std::move(property), "list of maps");
  entry.shape = Entry::Shape::kItems;
  for (const ItemField& field : fields) {
    entry.bounds += (entry.bounds.empty() ? "" : "; ") + field.name + ": " + field.about;
  }
  entry.set = [&target, fields](const Node& node) -> Status {
    if (node.kind != Node::Kind::kList) return wanted("must be a list of maps");
    std::vector<Item> items;
    for (const Node& child : node.list) {
      auto item = item_of(child, fields);
      if (!item) return std::move(item).error();
      items.push_back(std::move(item).value());
    }
    target = std::move(items);
    return Ok{};
  };
  entry.show = [&target, fields] { return show_items(target, fields); };
  entry.default_text = entry.show();
}

}  // namespace cw::config
