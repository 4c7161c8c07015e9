// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Documents against the tables of the fields that are written (ecs_fields.tsv, ocsf_fields.tsv), and those
// tables against the schemas' own.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace proctree::schema_check {

using simdjson::dom::element;
using simdjson::dom::element_type;

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

inline std::vector<std::vector<std::string>> read_table(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with('#')) rows.push_back(split(line, '\t'));
  }
  return rows;
}

inline bool is_date(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000000Z";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != kForm[i]) return false;
  }
  return true;
}

// Above 2^53 numbers are strings of digits.
inline bool is_whole(const element& value) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  if (value.type() == element_type::INT64)
    return std::int64_t(value) >= -kMost && std::int64_t(value) <= kMost;
  if (value.type() != element_type::STRING) return false;
  const std::string_view text = value;
  return text.size() >= 16 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// What is wrong with a document, a line each.
class Check {
 public:
  virtual ~Check() = default;
  std::vector<std::string> problems(const std::string& line) {
    problems_.clear();
    element document;
    if (parser_.parse(simdjson::padded_string(line)).get(document) != simdjson::SUCCESS ||
        !document.is_object()) {
      problems_.push_back("not one JSON object: " + line);
      return problems_;
    }
    check_everywhere(document, "");
    check(document);
    return problems_;
  }

 protected:
  virtual void check(const element& document) = 0;
  void problem(const std::string& where, const std::string& what) {
    problems_.push_back(where + ": " + what);
  }

 private:
  // No name twice in an object, no number that a double doesn't hold.
  void check_everywhere(const element& value, const std::string& at) {
    if (value.is_object()) {
      std::set<std::string_view> names;
      for (const auto& member : simdjson::dom::object(value)) {
        if (!names.insert(member.key).second) problem(at, "twice " + std::string(member.key));
        check_everywhere(member.value, at + '.' + std::string(member.key));
      }
    } else if (value.is_array()) {
      for (const element& item : simdjson::dom::array(value)) check_everywhere(item, at + "[]");
    } else if (value.type() == element_type::UINT64 ||
               (value.type() == element_type::INT64 && !is_whole(value))) {
      problem(at, "above 2^53");
    }
  }

  simdjson::dom::parser parser_;
  std::vector<std::string> problems_;
};

class EcsCheck final : public Check {
 public:
  explicit EcsCheck(const std::string& table) {
    for (const auto& row : read_table(table)) {
      fields_[row[0]] = {row[1], row[2] == "array"};
      if (row[3] == "always") always_.insert(row[0]);
      for (std::size_t dot = row[0].find('.'); dot != std::string::npos; dot = row[0].find('.', dot + 1))
        objects_.insert(row[0].substr(0, dot));
    }
  }

 private:
  struct FieldType {
    std::string type;
    bool array = false;
  };

  void check(const element& document) override {
    found_.clear();
    for (const auto& member : simdjson::dom::object(document)) {
      if (member.key == "proctree") {
        if (!member.value.is_object()) problem("proctree", "no object");
      } else {
        check_field(std::string(member.key), member.value);
      }
    }
    for (const std::string& name : always_) {
      if (!found_.contains(name)) problem(name, "missing");
    }
  }

  void check_field(const std::string& name, const element& value) {
    found_.insert(name);
    const auto field = fields_.find(name);
    if (field == fields_.end() && !objects_.contains(name)) return problem(name, "unknown");
    if (field != fields_.end() && field->second.type != "object")
      return check_value(name, field->second, value);
    // An object, or an array of them.
    if (value.is_array()) {
      for (const element& item : simdjson::dom::array(value)) check_members(name, item);
    } else {
      check_members(name, value);
    }
  }

  void check_members(const std::string& name, const element& value) {
    if (!value.is_object()) return problem(name, "no object");
    for (const auto& member : simdjson::dom::object(value))
      check_field(name + '.' + std::string(member.key), member.value);
  }

  void check_value(const std::string& name, const FieldType& field, const element& value) {
    if (field.array != value.is_array()) return problem(name, field.array ? "no array" : "an array");
    if (!field.array) return check_scalar(name, field.type, value);
    for (const element& item : simdjson::dom::array(value)) check_scalar(name, field.type, item);
  }

  void check_scalar(const std::string& name, const std::string& type, const element& value) {
    const bool string = value.is_string();
    const bool right = type == "long"      ? is_whole(value)
                       : type == "boolean" ? value.is_bool()
                       : type == "date"    ? string && is_date(std::string_view(value))
                                           : string;
    if (!right) problem(name, "not of type " + type);
  }

  std::map<std::string, FieldType> fields_;
  std::set<std::string> objects_;
  std::set<std::string> always_;
  std::set<std::string> found_;
};

class OcsfCheck final : public Check {
 public:
  explicit OcsfCheck(const std::string& table) {
    for (const auto& row : read_table(table)) {
      if (row[1] == "-") {
        at_least_one_[row[0]] = split(row[5], ',');
        continue;
      }
      Attribute attribute{row[2], row[3] == "array", row[4] == "required", {}};
      if (row[5] != "-") {
        for (const std::string& value : split(row[5], ',')) attribute.values.insert(std::stoll(value));
      }
      objects_[row[0]][row[1]] = attribute;
    }
  }

 private:
  struct Attribute {
    std::string type;
    bool array = false;
    bool required = false;
    std::set<std::int64_t> values;
  };

  void check(const element& document) override {
    check_object("class", "", document);
    const auto number = [&](const char* name) {
      std::int64_t value = -1;
      if (document[name].get(value) != simdjson::SUCCESS) value = -1;
      return value;
    };
    if (number("type_uid") != number("class_uid") * 100 + number("activity_id")) problem("type_uid", "wrong");
  }

  void check_object(const std::string& type, const std::string& at, const element& value) {
    if (!value.is_object()) return problem(at, "no object");
    const auto& attributes = objects_[type];
    std::set<std::string> found;
    for (const auto& member : simdjson::dom::object(value)) {
      const std::string name(member.key);
      found.insert(name);
      const auto attribute = attributes.find(name);
      if (attribute == attributes.end()) {
        problem(at + '.' + name, "unknown");
      } else {
        check_attribute(attribute->second, at + '.' + name, member.value);
      }
    }
    for (const auto& [name, attribute] : attributes) {
      if (attribute.required && !found.contains(name)) problem(at + '.' + name, "missing");
    }
    const auto& one = at_least_one_[type];
    if (!one.empty() &&
        std::ranges::none_of(one, [&](const std::string& name) { return found.contains(name); }))
      problem(at, "none of what there must be at least one of");
  }

  void check_attribute(const Attribute& attribute, const std::string& at, const element& value) {
    if (attribute.array != value.is_array()) return problem(at, attribute.array ? "no array" : "an array");
    if (!attribute.array) return check_value(attribute, at, value);
    for (const element& item : simdjson::dom::array(value)) check_value(attribute, at + "[]", item);
  }

  void check_value(const Attribute& attribute, const std::string& at, const element& value) {
    const std::string& type = attribute.type;
    if (type == "object") {
      if (!value.is_object()) problem(at, "no object");
    } else if (!type.ends_with("_t")) {
      check_object(type, at, value);
    } else if (type == "integer_t" || type == "long_t" || type == "timestamp_t") {
      if (!is_whole(value)) return problem(at, "no whole number");
      if (!attribute.values.empty() && !attribute.values.contains(std::int64_t(value)))
        problem(at, "not among its values");
    } else if (type == "boolean_t") {
      if (!value.is_bool()) problem(at, "no boolean");
    } else if (!value.is_string()) {
      problem(at, "no string");
    } else if (type == "uuid_t" && std::string_view(value).size() != 36) {
      problem(at, "no UUID");
    }
  }

  std::map<std::string, std::map<std::string, Attribute>> objects_;
  std::map<std::string, std::vector<std::string>> at_least_one_;
};

// The tables against those of the schemas' makers: what is wrong, a line each.
inline std::vector<std::string> compare_ecs(const std::string& own, const std::string& theirs) {
  std::vector<std::string> problems;
  std::map<std::string, std::vector<std::string>> known;
  for (const auto& row : read_table(theirs)) known[row[0]] = row;
  for (const auto& row : read_table(own)) {
    const auto field = known.find(row[0]);
    if (field == known.end()) {
      problems.push_back(row[0] + ": not in the schema");
    } else if (field->second[1] != row[1] ||
               (field->second.size() > 2 && field->second[2] == "array") != (row[2] == "array")) {
      problems.push_back(row[0] + ": of another type");
    }
  }
  return problems;
}

inline std::vector<std::string> compare_ocsf(const std::string& own, const std::string& theirs) {
  std::vector<std::string> problems;
  simdjson::dom::parser parser;
  const element schema = parser.load(theirs);
  std::map<std::string, std::set<std::string>> written;
  const auto object_of = [&](const std::string& name) -> element {
    return name == "class" ? element(schema["class"]) : element(schema["objects"][name]);
  };
  const auto attributes_of = [&](const std::string& name) -> simdjson::dom::object {
    const element object = object_of(name);
    return name == "class" ? simdjson::dom::object(object) : simdjson::dom::object(object["attributes"]);
  };
  for (const auto& row : read_table(own)) {
    const std::string at = row[0] + '.' + row[1];
    if (row[1] == "-") {
      std::string one;
      for (const element& name : simdjson::dom::array(object_of(row[0])["at_least_one"]))
        one += (one.empty() ? "" : ",") + std::string(std::string_view(name));
      if (one != row[5]) problems.push_back(row[0] + ": at least one of " + one);
      continue;
    }
    written[row[0]].insert(row[1]);
    element attribute;
    if (attributes_of(row[0])[row[1]].get(attribute) != simdjson::SUCCESS) {
      problems.push_back(at + ": not in the schema");
      continue;
    }
    bool array = false;
    if (attribute["is_array"].get(array) != simdjson::SUCCESS) array = false;
    if (std::string_view(attribute["type"]) != row[2] || array != (row[3] == "array") ||
        std::string_view(attribute["requirement"]) != row[4])
      problems.push_back(at + ": of another type or requirement");
    simdjson::dom::object values;
    const bool listed = attribute["enum"].get(values) == simdjson::SUCCESS;
    if (listed != (row[5] != "-")) problems.push_back(at + ": its values");
    for (const std::string& value : listed ? split(row[5], ',') : std::vector<std::string>{}) {
      element known;
      if (values[value].get(known) != simdjson::SUCCESS) problems.push_back(at + ": no value " + value);
    }
  }
  static const std::set<std::string_view> kProfiles = {"host", "container", "linux_users"};
  for (const auto& [object, names] : written) {
    for (const auto& member : attributes_of(object)) {
      std::string_view profile;
      const bool ours =
          member.value["profile"].get(profile) != simdjson::SUCCESS || kProfiles.contains(profile);
      if (ours && std::string_view(member.value["requirement"]) == "required" &&
          !names.contains(std::string(member.key)))
        problems.push_back(object + '.' + std::string(member.key) + ": required and not written");
    }
  }
  return problems;
}

}  // namespace proctree::schema_check
