// SPDX-License-Identifier: Apache-2.0
// The bridge to simdjson's DOM. Exceptions are off in this file; every function is noexcept and reports by value.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <type_traits>

extern "C" {
#include "base/json.h"
#include "base/memory.h"
}

namespace dom = simdjson::dom;

struct json_document {
    dom::parser parser;
};

namespace
{

// A DOM element is a pointer to its document and a position on the tape. We hand out just that.
static_assert(sizeof(dom::element) == sizeof(struct json), "simdjson changed its element");
static_assert(std::is_trivially_copyable<dom::element>::value, "simdjson changed its element");
static_assert(std::is_trivially_copyable<dom::array::iterator>::value, "simdjson changed its iterator");
static_assert(sizeof(dom::array::iterator) == sizeof(struct json), "simdjson changed its iterator");
static_assert(sizeof(dom::object::iterator) == sizeof(struct json), "simdjson changed its iterator");

template <typename Out, typename In> Out convert(const In &in) noexcept
{
    Out out;
    static_assert(sizeof(out) == sizeof(in), "same layout");
    std::memcpy(static_cast<void *>(&out), &in, sizeof(out));
    return out;
}

dom::element element_of(struct json value) noexcept
{
    return convert<dom::element>(value);
}

struct json value_of(dom::element element) noexcept
{
    return convert<struct json>(element);
}

struct view view_from_string(std::string_view text) noexcept
{
    return view_of(text.data(), text.size());
}

constexpr struct json missing = {nullptr, 0};

} // namespace

extern "C" struct json_document *json_document_new(void)
{
    auto *document = new (std::nothrow) json_document;
    if (document == nullptr)
        memory_exhausted(sizeof(*document));
    return document;
}

extern "C" void json_document_free(struct json_document *document)
{
    delete document;
}

extern "C" bool json_parse(struct json_document *document, struct view text, size_t bytes_max, const char *what,
    struct json *root, struct error *err)
{
    if (text.size > bytes_max)
        return error_set(err, ERROR_LIMIT, "%s is larger than %zu bytes", what, bytes_max);
    if (document->parser.allocate(text.size == 0 ? 1 : text.size, JSON_DEPTH_MAX) != simdjson::SUCCESS)
        memory_exhausted(text.size);
    dom::element element;
    // realloc_if_needed: simdjson reads beyond the end and so copies the text with its own padding.
    simdjson::error_code code =
        document->parser.parse(text.data == nullptr ? "" : text.data, text.size, true).get(element);
    if (code == simdjson::MEMALLOC)
        memory_exhausted(text.size);
    if (code != simdjson::SUCCESS)
        return error_set(err, ERROR_INVALID, "%s is not valid JSON: %s", what, simdjson::error_message(code));
    *root = value_of(element);
    return true;
}

extern "C" enum json_type json_type(struct json value)
{
    if (value.document == nullptr)
        return JSON_MISSING;
    switch (element_of(value).type()) {
    case dom::element_type::ARRAY:
        return JSON_ARRAY;
    case dom::element_type::OBJECT:
        return JSON_OBJECT;
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE:
        return JSON_NUMBER;
    case dom::element_type::STRING:
        return JSON_STRING;
    case dom::element_type::BOOL:
        return JSON_BOOLEAN;
    case dom::element_type::NULL_VALUE:
        return JSON_NULL;
    }
    return JSON_MISSING;
}

extern "C" struct json json_member(struct json object, const char *name)
{
    dom::object members;
    dom::element member;
    if (object.document == nullptr || element_of(object).get_object().get(members) != simdjson::SUCCESS)
        return missing;
    return members.at_key(name).get(member) == simdjson::SUCCESS ? value_of(member) : missing;
}

extern "C" struct view json_string(struct json value)
{
    std::string_view text;
    if (value.document == nullptr || element_of(value).get_string().get(text) != simdjson::SUCCESS)
        return view_of(nullptr, 0);
    return view_from_string(text);
}

extern "C" bool json_integer(struct json value, int64_t *integer)
{
    return value.document != nullptr && element_of(value).get_int64().get(*integer) == simdjson::SUCCESS;
}

extern "C" bool json_number(struct json value, double *number)
{
    return value.document != nullptr && element_of(value).get_double().get(*number) == simdjson::SUCCESS;
}

extern "C" bool json_boolean(struct json value)
{
    bool answer = false;
    return value.document != nullptr && element_of(value).get_bool().get(answer) == simdjson::SUCCESS && answer;
}

extern "C" size_t json_count(struct json value)
{
    dom::array items;
    dom::object members;
    if (value.document == nullptr)
        return 0;
    if (element_of(value).get_array().get(items) == simdjson::SUCCESS)
        return items.size();
    return element_of(value).get_object().get(members) == simdjson::SUCCESS ? members.size() : 0;
}

extern "C" struct json_iterator json_each(struct json value)
{
    struct json_iterator iterator;
    std::memset(static_cast<void *>(&iterator), 0, sizeof(iterator));
    if (value.document == nullptr)
        return iterator;
    dom::array items;
    dom::object members;
    struct json begin = missing;
    struct json end = missing;
    if (element_of(value).get_array().get(items) == simdjson::SUCCESS) {
        begin = convert<struct json>(items.begin());
        end = convert<struct json>(items.end());
    } else if (element_of(value).get_object().get(members) == simdjson::SUCCESS) {
        begin = convert<struct json>(members.begin());
        end = convert<struct json>(members.end());
        iterator.is_object = true;
    }
    iterator.document = begin.document;
    iterator.next = begin.position;
    iterator.end = end.position;
    return iterator;
}

extern "C" bool json_next(struct json_iterator *iterator)
{
    if (iterator->document == nullptr || iterator->next == iterator->end)
        return false;
    struct json here = {iterator->document, iterator->next};
    if (iterator->is_object) {
        auto member = convert<dom::object::iterator>(here);
        iterator->key = view_from_string(member.key());
        iterator->value = value_of(member.value());
        ++member;
        iterator->next = convert<struct json>(member).position;
    } else {
        auto item = convert<dom::array::iterator>(here);
        iterator->value = value_of(*item);
        ++item;
        iterator->next = convert<struct json>(item).position;
    }
    return true;
}
