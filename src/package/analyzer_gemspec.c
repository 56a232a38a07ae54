/* SPDX-License-Identifier: Apache-2.0 */
/* Specifications of installed gems, which RubyGems writes as Ruby: specifications/NAME-VERSION.gemspec. Nothing is executed:
   the assignments of literals are read (guides.rubygems.org, "Specification reference"). */
#include "base/path.h"
#include "package/listing.h"

static bool wants(struct view path)
{
    if (!view_ends_with(path, ".gemspec"))
        return false;
    struct view directory = path_directory(path);
    if (listing_is_file(directory, view_text("default")))
        directory = path_directory(directory);
    return listing_is_file(directory, view_text("specifications"));
}

/* The string literal at the start, without escapes; false if there is none. */
static bool read_literal(struct view text, struct view *literal)
{
    text = view_trim(text);
    if (text.size < 2 || (text.data[0] != '"' && text.data[0] != '\''))
        return false;
    size_t end = view_find(view_from(text, 1), text.data[0]);
    if (end + 1 >= text.size)
        return false;
    *literal = view_slice(text, 1, end);
    return true;
}

static bool is_word(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '_';
}

/* `LEFT = right`, but not `==`, `=>` and `=~`. */
static bool split_assignment(struct view line, struct view *left, struct view *right)
{
    size_t equals = view_find(line, '=');
    if (equals + 1 >= line.size || strchr("=>~", line.data[equals + 1]) != NULL)
        return false;
    *left = view_trim(view_slice(line, 0, equals));
    *right = view_trim(view_from(line, equals + 1));
    return left->size > 0 && is_word(left->data[left->size - 1]);
}

/* `VERSION = "1.2"` somewhere in the file. */
static struct view constant(struct view content, struct view name)
{
    struct view literal = {0}, left, right;
    while (content.size > 0) {
        struct view line = view_cut_line(&content);
        if (split_assignment(line, &left, &right) && view_equal(left, name) && read_literal(right, &literal))
            return literal;
    }
    return (struct view){0};
}

/* A literal, Gem::Version.new of one, or a constant of the file. */
static struct view value_of(struct view content, struct view right)
{
    static const struct view constructor = VIEW_LITERAL("Gem::Version.new");
    struct view literal;
    if (read_literal(right, &literal))
        return literal;
    if (view_starts_with(right, constructor.data)) {
        struct view argument = view_trim(view_from(right, constructor.size));
        if (view_starts_with(argument, "("))
            argument = view_from(argument, 1);
        return read_literal(argument, &literal) ? literal : (struct view){0};
    }
    size_t size = 0;
    while (size < right.size && (is_word(right.data[size]) || right.data[size] == ':'))
        size++;
    struct view name = view_slice(right, 0, size);
    size_t scope = view_find_last(name, ':');
    return constant(content, scope < name.size ? view_from(name, scope + 1) : name);
}

/* "rake-13.0.3.gemspec", the name being known: the version, with the platform if there is one, which the caller does not
   take because nothing tells them apart but the first letter behind a '-'. */
static struct view version_of_file(struct view path, struct view name)
{
    struct view base = path_base(path);
    base = view_slice(base, 0, base.size - strlen(".gemspec"));
    if (base.size <= name.size + 1 || !view_equal(view_slice(base, 0, name.size), name) || base.data[name.size] != '-')
        return (struct view){0};
    struct view version = view_from(base, name.size + 1);
    return version.data[0] >= '0' && version.data[0] <= '9' ? view_slice(version, 0, view_find(version, '-'))
                                                            : (struct view){0};
}

struct specification {
    bool has_begun; /* Gem::Specification.new was seen */
    bool has_name; /* the first assignment counts */
    bool has_version;
    struct view name;
    struct view version;
    struct view licenses;
};

/* "MIT".freeze or ["MIT".freeze, "Ruby".freeze]. */
static void read_licenses(struct arena *arena, struct view right, struct view *licenses)
{
    struct view literal;
    if (view_starts_with(right, "["))
        right = view_slice(right, 1, view_find(right, ']'));
    while (right.size > 0) {
        if (read_literal(view_cut(&right, ','), &literal))
            listing_add_license(arena, licenses, literal);
    }
}

static void read_line(struct arena *arena, struct specification *specification, struct view content, struct view line)
{
    struct view left, right;
    if (!specification->has_begun) {
        specification->has_begun = view_find_text(line, view_text("Gem::Specification.new")) < line.size;
        return;
    }
    if (view_starts_with(view_trim(line), "#") || !split_assignment(line, &left, &right))
        return;
    size_t dot = view_find_last(left, '.');
    struct view member = dot < left.size ? view_from(left, dot + 1) : (struct view){0};
    if (view_is(member, "name") && !specification->has_name) {
        specification->has_name = true;
        specification->name = value_of(content, right);
    } else if (view_is(member, "version") && !specification->has_version) {
        specification->has_version = true;
        specification->version = value_of(content, right);
    } else if (view_is(member, "license") || view_is(member, "licenses")) {
        read_licenses(arena, right, &specification->licenses);
    }
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct specification specification = {0};
    struct view rest = content;
    while (rest.size > 0)
        read_line(arena, &specification, content, view_cut_line(&rest));
    if (content.size > 0 && !specification.has_begun)
        return error_set(err, ERROR_INVALID, "not a gem specification: there is no Gem::Specification.new");
    if (specification.version.size == 0 && specification.name.size > 0)
        specification.version = version_of_file(path, specification.name);
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_GEM);
    if (specification.name.size > 0 && specification.version.size > 0)
        listing_add(&listing, specification.name, specification.version,
            &(struct installation){.licenses = specification.licenses});
    else if (content.size > 0)
        listing_damaged(
            &listing, "a gem specification without a literal %s", specification.name.size == 0 ? "name" : "version");
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_gemspec = {
    .name = "gemspec",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
