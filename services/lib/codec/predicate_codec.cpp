#include "lib/codec/predicate_codec.hpp"

#include "lib/codec/json_writer.hpp"
#include "lib/codec/predicate_reader.hpp"

#include <algorithm>
#include <variant>

namespace cw::codec {
namespace {

constexpr std::size_t kNameBytesMax = 64;

Predicate nothing() {
  return Predicate{Predicate::Any{}};
}

class PredicateReader {
 public:
  explicit PredicateReader(Failure& failure) : failure_(failure) {}

  [[nodiscard]] Predicate read(const Node& node, const Path& path, std::size_t depth) {
    if (depth > Predicate::kDepthMax) {
      return fail(path, "nesting of at most " + std::to_string(Predicate::kDepthMax) + " levels");
    }
    if (!take_nodes(path, 1)) return nothing();
    if (!node.IsObject()) return fail(path, "an object");
    if (find(node, "attribute") != nullptr) return read_test(node, path);
    if (node.MemberCount() != 1) {
      return fail(path, "exactly one of all, any, not, or an attribute with its test");
    }
    const auto& member = *node.MemberBegin();
    const std::string_view name = view(member.name);
    const Path here{&path, name, 0};
    if (name == "not") {
      return Predicate{Predicate::Not{{read(member.value, here, depth + 1)}}};
    }
    if (name == "all") return Predicate{Predicate::All{read_parts(member.value, here, depth)}};
    if (name == "any") return Predicate{Predicate::Any{read_parts(member.value, here, depth)}};
    return fail(path, "one of all, any, not, or an attribute with its test");
  }

 private:
  [[nodiscard]] Predicate fail(const Path& path, std::string_view wanted) {
    const std::string pointer = path.pointer();
    failure_.set(Errc::kPredicateInvalid,
                 "at " + (pointer.empty() ? std::string("the predicate") : pointer) + ": wanted " +
                     std::string(wanted));
    return nothing();
  }

  [[nodiscard]] bool take_nodes(const Path& path, std::size_t count) {
    nodes_ += count;
    if (nodes_ <= Predicate::kNodesMax) return true;
    static_cast<void>(
        fail(path, "at most " + std::to_string(Predicate::kNodesMax) + " parts and values"));
    return false;
  }

  [[nodiscard]] std::vector<Predicate> read_parts(const Node& node,
                                                  const Path& path,
                                                  std::size_t depth) {
    std::vector<Predicate> parts;
    if (!node.IsArray()) {
      static_cast<void>(fail(path, "an array of predicates"));
      return parts;
    }
    for (std::size_t i = 0; i < node.Size() && !failure_.error; ++i) {
      const Path element{&path, {}, i};
      parts.push_back(read(node[static_cast<rapidjson::SizeType>(i)], element, depth + 1));
    }
    return parts;
  }

  [[nodiscard]] std::string read_text(const Node& node,
                                      const Path& path,
                                      std::size_t min,
                                      std::size_t max) {
    if (node.IsString() && view(node).size() >= min && view(node).size() <= max) {
      return std::string(view(node));
    }
    static_cast<void>(
        fail(path, "text of " + std::to_string(min) + " to " + std::to_string(max) + " bytes"));
    return {};
  }

  /// {"attribute": name, "<test>": operand}.
  [[nodiscard]] Predicate read_test(const Node& node, const Path& path) {
    if (node.MemberCount() != 2) return fail(path, "an attribute and exactly one test");
    const auto first = node.MemberBegin();
    const auto test = view(first->name) == "attribute" ? first + 1 : first;
    const Path attribute_path{&path, "attribute", 0};
    std::string name = read_text(*find(node, "attribute"), attribute_path, 1, kNameBytesMax);
    const std::string_view kind = view(test->name);
    const Path here{&path, kind, 0};
    const Node& operand = test->value;
    if (kind == "equals") {
      return Predicate{
          Predicate::Equals{std::move(name), read_text(operand, here, 0, kTextBytesMax)}};
    }
    if (kind == "prefix") {
      return Predicate{
          Predicate::Prefix{std::move(name), read_text(operand, here, 1, kTextBytesMax)}};
    }
    if (kind == "missing") {
      if (!operand.IsTrue()) return fail(here, "true");
      return Predicate{Predicate::Missing{std::move(name)}};
    }
    if (kind == "in") return read_in(std::move(name), operand, here);
    if (kind == "between") return read_between(std::move(name), operand, here);
    return fail(path, "one of the tests equals, in, between, prefix, missing");
  }

  [[nodiscard]] Predicate read_in(std::string name, const Node& operand, const Path& path) {
    if (!operand.IsArray() || operand.Empty()) return fail(path, "an array of values");
    if (!take_nodes(path, operand.Size())) return nothing();
    std::vector<std::string> values;
    values.reserve(operand.Size());
    for (std::size_t i = 0; i < operand.Size(); ++i) {
      const Path element{&path, {}, i};
      values.push_back(
          read_text(operand[static_cast<rapidjson::SizeType>(i)], element, 0, kTextBytesMax));
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return Predicate{Predicate::In{std::move(name), std::move(values)}};
  }

  [[nodiscard]] Predicate read_between(std::string name, const Node& operand, const Path& path) {
    if (!operand.IsArray() || operand.Size() != 2) return fail(path, "an array [from, to]");
    const Path from_path{&path, {}, 0};
    const Path to_path{&path, {}, 1};
    std::string from = read_text(operand[0U], from_path, 0, kTextBytesMax);
    std::string to = read_text(operand[1U], to_path, 0, kTextBytesMax);
    if (from > to) return fail(path, "from not after to");
    return Predicate{Predicate::Between{std::move(name), std::move(from), std::move(to)}};
  }

  Failure& failure_;
  std::size_t nodes_ = 0;
};

void write_predicate(JsonWriter& writer, const Predicate& predicate);

class NodeWriter {
 public:
  explicit NodeWriter(JsonWriter& json) : writer_(json) {}

  void operator()(const Predicate::All& all) const { parts("all", all.parts); }
  void operator()(const Predicate::Any& any) const { parts("any", any.parts); }
  void operator()(const Predicate::Not& negated) const {
    writer_.key("not");
    write_predicate(writer_, negated.part.front());
  }
  void operator()(const Predicate::Equals& test) const {
    writer_.string("attribute", test.attribute).string("equals", test.value);
  }
  void operator()(const Predicate::In& test) const {
    writer_.string("attribute", test.attribute).begin_array("in");
    for (const std::string& value : test.values) writer_.string(value);
    writer_.end_array();
  }
  void operator()(const Predicate::Between& test) const {
    writer_.string("attribute", test.attribute).begin_array("between");
    writer_.string(test.from).string(test.to).end_array();
  }
  void operator()(const Predicate::Prefix& test) const {
    writer_.string("attribute", test.attribute).string("prefix", test.prefix);
  }
  void operator()(const Predicate::Missing& test) const {
    writer_.string("attribute", test.attribute).boolean("missing", true);
  }

 private:
  void parts(std::string_view name, const std::vector<Predicate>& predicates) const {
    writer_.begin_array(name);
    for (const Predicate& part : predicates) write_predicate(writer_, part);
    writer_.end_array();
  }

  JsonWriter& writer_;
};

void write_predicate(JsonWriter& writer, const Predicate& predicate) {
  writer.begin_object();
  std::visit(NodeWriter{writer}, predicate.node());
  writer.end_object();
}

}  // namespace

Predicate read_predicate(const Node& node, const Path& path, Failure& failure) {
  PredicateReader reader(failure);
  return reader.read(node, path, 1);
}

Result<Predicate> decode_predicate(std::string_view json) {
  Dom dom;
  Status parsed = dom.parse(json, kMessageBytesMax);
  if (!parsed) return std::move(parsed).error();
  const Path root;
  Failure failure;
  Predicate predicate = read_predicate(dom.root(), root, failure);
  if (failure.error) return *std::move(failure.error);
  return predicate;
}

void encode_to(std::string& out, const Predicate& predicate) {
  JsonWriter writer(out);
  write_predicate(writer, predicate);
}

std::string encode(const Predicate& predicate) {
  std::string out;
  encode_to(out, predicate);
  return out;
}

}  // namespace cw::codec
