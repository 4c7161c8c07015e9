// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Records of hostile lines: each is a well-formed message whose strings are UTF-8. tests/otlp holds the facts
// of ordinary ones against their lines.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "base/protobuf_reader.hpp"
#include "base/utf8.hpp"
#include "schema/json_string.hpp"
#include "schema/otlp.hpp"

namespace proctree::schema {
namespace {

void check_any_value(std::string_view message, unsigned depth);

void check_key_value(std::string_view message, unsigned depth) {
  ProtobufReader reader(message);
  while (reader.next()) {
    if (reader.field() == 1) {
      EXPECT_TRUE(is_utf8(reader.bytes())) << reader.bytes();
    } else {
      ASSERT_EQ(reader.field(), 2u);
      check_any_value(reader.bytes(), depth);
    }
  }
  EXPECT_FALSE(reader.failed());
}

void check_any_value(std::string_view message, unsigned depth) {
  ASSERT_LT(depth, 40u);
  ProtobufReader reader(message);
  std::size_t fields = 0;
  for (; reader.next(); ++fields) {
    if (reader.field() == 1) {
      EXPECT_TRUE(is_utf8(reader.bytes())) << reader.bytes();
    }
    if (reader.field() != 5 && reader.field() != 6) continue;
    ProtobufReader elements(reader.bytes());
    while (elements.next()) {
      if (reader.field() == 5) {
        check_any_value(elements.bytes(), depth + 1);
      } else {
        check_key_value(elements.bytes(), depth + 1);
      }
    }
    EXPECT_FALSE(elements.failed());
  }
  EXPECT_LE(fields, 1u);
  EXPECT_FALSE(reader.failed());
}

void check_record(std::string_view record) {
  ProtobufReader reader(record);
  std::size_t body = 0;
  while (reader.next()) {
    switch (reader.field()) {
      case 1:
      case 11:
        EXPECT_TRUE(reader.is_fixed64());
        break;
      case 2:
        EXPECT_TRUE(reader.is_number());
        break;
      case 3:
      case 12:
        EXPECT_TRUE(is_utf8(reader.bytes()));
        break;
      case 5:
        ++body;
        EXPECT_LE(reader.bytes().size(), 300u);
        check_any_value(reader.bytes(), 0);
        break;
      case 6:
        check_key_value(reader.bytes(), 0);
        break;
      default:
        FAIL() << "field " << reader.field();
    }
  }
  EXPECT_EQ(body, 1u);
  EXPECT_FALSE(reader.failed());
}

std::vector<std::string> golden_lines() {
  std::vector<std::string> lines;
  for (const char* name : {"day.jsonl", "attack.jsonl", "depths.jsonl"}) {
    std::ifstream file(std::string(PROCTREE_GOLDEN_DIR "/") + name);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
  }
  EXPECT_GT(lines.size(), 50u);
  return lines;
}

TEST(OtlpRecord, IsValidWhateverTheLine) {
  OtlpRecords records;
  std::minstd_rand random(1);
  for (const std::string& line : golden_lines()) {
    check_record(records.write(line, {}, 0));
    for (int i = 0; i < 40; ++i) {
      std::string damaged = line;
      for (unsigned changes = 1 + random() % 4; changes != 0; --changes) {
        const std::size_t at = random() % damaged.size();
        constexpr std::string_view kBytes = "\"\\{}[]:,u0\xff\xc3\xed\x01 ";
        switch (random() % 3) {
          case 0:
            damaged[at] = kBytes[random() % kBytes.size()];
            break;
          case 1:
            damaged.resize(at + 1);
            break;
          default:
            damaged.insert(at, 1, kBytes[random() % kBytes.size()]);
        }
      }
      check_record(records.write(damaged, {}, 0));
    }
    if (testing::Test::HasFailure()) return;
  }
}

TEST(OtlpRecord, DeepLinesTakeNoStack) {
  OtlpRecords records;
  for (const std::string_view opening : {R"({"a":)", "["}) {
    std::string line = R"({"type":"exec","deep":)";
    for (int i = 0; i < 100'000; ++i) line += opening;
    check_record(records.write(line, {}, 0));
  }
  check_record(records.write("", {}, 0));
}

TEST(OtlpRecord, AnOriginIsOfAnyHost) {
  for (const std::string_view host : {"", "{}", "null", R"({"name":"a\ud800","id":7,"arch":"x86_64"})"}) {
    const OtlpOrigin origin = make_otlp_origin(host, host);
    ProtobufReader reader(origin.resource);
    while (reader.next()) {
      ProtobufReader attributes(reader.bytes());
      while (attributes.next()) check_key_value(attributes.bytes(), 0);
      EXPECT_FALSE(attributes.failed());
    }
  }
}

TEST(JsonString, IsUtf8) {
  std::string memory;
  const auto text = [&](std::string_view inside) { return std::string(unescaped(inside, memory)); };
  EXPECT_EQ(text("plain"), "plain");
  EXPECT_EQ(text(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(text(R"(\u0041\u00e9\u20ac\ud83d\ude00)"), "Aé€😀");
  EXPECT_EQ(text(R"(\ud83d)"), "\xef\xbf\xbd");
  EXPECT_EQ(text(R"(\ud83dx\ude00)"), "\xef\xbf\xbdx\xef\xbf\xbd");
  EXPECT_EQ(text(R"(\x\u12)"), R"(\x\u12)");
  EXPECT_EQ(text("\xff\xc3(\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(text("\\"), "\\");
}

}  // namespace
}  // namespace proctree::schema
