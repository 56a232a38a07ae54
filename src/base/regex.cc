// SPDX-License-Identifier: Apache-2.0
// The bridge to RE2. Every function is noexcept and reports by value.
#include <cstddef>
#include <cstdint>
#include <new>
#include <re2/re2.h>

extern "C" {
#include "base/regex.h"
}

struct regex {
    explicit regex(const re2::StringPiece &expression, const re2::RE2::Options &options) : compiled(expression, options)
    {
    }
    re2::RE2 compiled;
};

namespace
{

// Where in the expression the part stands that RE2 complains about: it hands out a copy, not a position.
bool explain(struct view expression, const re2::RE2 &compiled, struct error *err) noexcept
{
    const std::string &part = compiled.error_arg();
    const re2::StringPiece whole(expression.data, expression.size);
    const std::size_t position = part.empty() ? re2::StringPiece::npos : whole.find(part, 0);
    const bool is_too_large = compiled.error_code() == re2::RE2::ErrorPatternTooLarge;
    const enum error_code code = is_too_large ? ERROR_LIMIT : ERROR_INVALID;
    if (position == re2::StringPiece::npos)
        return error_set(err, code, "%s", compiled.error().c_str());
    return error_set(err, code, "%s at position %zu", compiled.error().c_str(), position + 1);
}

} // namespace

extern "C" bool regex_compile(struct view expression, struct regex **result, struct error *err)
{
    if (expression.size > REGEX_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "the expression is longer than %d bytes", REGEX_BYTES_MAX);
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(REGEX_MEMORY_MAX);
    options.set_never_capture(true);
    auto *made = new (std::nothrow) regex(re2::StringPiece(expression.data, expression.size), options);
    if (made == nullptr)
        return error_set(err, ERROR_LIMIT, "no memory for the expression");
    if (made->compiled.ok()) {
        *result = made;
        return true;
    }
    explain(expression, made->compiled, err);
    delete made;
    return false;
}

extern "C" bool regex_search(const struct regex *regex, struct view text)
{
    return regex->compiled.Match(
        re2::StringPiece(text.data, text.size), 0, text.size, re2::RE2::UNANCHORED, nullptr, 0);
}

extern "C" void regex_free(struct regex *regex)
{
    delete regex;
}
