/* SPDX-License-Identifier: Apache-2.0 */
/* What Red Hat's build systems leave in an image: the repositories that its packages came from ("content_sets"), and the labels
   of each image that it was built from, in labels.json or a copy of the Dockerfile (Dockerfile reference, LABEL). Facts, not
   packages. */
#include "package/listing.h"

/* Bytes of a build's name. */
enum { NAME_BYTES_MAX = 1024 };

static bool is_below(struct view path, struct view directory)
{
    return path.size > directory.size && memcmp(path.data, directory.data, directory.size) == 0;
}

static bool wants(struct view path)
{
    static const struct view old = VIEW_LITERAL("root/buildinfo/"), share = VIEW_LITERAL("usr/share/buildinfo/");
    static const struct view manifests = VIEW_LITERAL("root/buildinfo/content_manifests/");
    static const struct view dockerfile = VIEW_LITERAL("root/buildinfo/Dockerfile-");
    if (is_below(path, share) || is_below(path, manifests))
        return view_ends_with(path, ".json");
    return is_below(path, dockerfile) || (is_below(path, old) && view_is(view_from(path, old.size), "labels.json"));
}

/* The labels that tell which build of which product an image is. */
struct labels {
    struct view component;
    struct view version;
    struct view release;
    struct view cpe;
};

static void take_label(struct labels *labels, struct view key, struct view value)
{
    const struct {
        const char *key;
        struct view *value;
    } known[] = {
        {"com.redhat.component", &labels->component},
        {"version", &labels->version},
        {"release", &labels->release},
        {"cpe", &labels->cpe},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (view_is(key, known[i].key))
            *known[i].value = value;
    }
}

/* "ubi9-container-9.4-1181" */
static void report_labels(const struct labels *labels, struct analysis *analysis)
{
    AUTO_BUFFER name;
    buffer_init(&name, NAME_BYTES_MAX);
    if (labels->component.size > 0 && labels->version.size > 0 && labels->release.size > 0) {
        buffer_append(&name, labels->component);
        buffer_append_byte(&name, '-');
        buffer_append(&name, labels->version);
        buffer_append_byte(&name, '-');
        buffer_append(&name, labels->release);
    }
    if (name.is_full)
        analysis->gap(analysis, GAP_LIMIT_REACHED, "the labels are longer than those that are read");
    else if (name.size > 0)
        analysis->fact(analysis, "BUILD", buffer_view(&name));
    if (labels->cpe.size > 0)
        analysis->fact(analysis, "BUILD_CPE", labels->cpe);
}

/* One word of an instruction, without the quotes that it may have at its ends or around key and value. */
static struct view take_word(struct view *rest)
{
    size_t end = 0;
    char quote = '\0';
    *rest = view_trim(*rest);
    for (; end < rest->size && (quote != '\0' || strchr(" \t\r\n", rest->data[end]) == NULL); end++) {
        if (quote == '\0' && (rest->data[end] == '"' || rest->data[end] == '\''))
            quote = rest->data[end];
        else if (rest->data[end] == quote)
            quote = '\0';
    }
    struct view word = view_slice(*rest, 0, end);
    *rest = view_from(*rest, end);
    return word;
}

static struct view unquoted(struct view text)
{
    bool is_quoted =
        text.size > 1 && (text.data[0] == '"' || text.data[0] == '\'') && text.data[text.size - 1] == text.data[0];
    return is_quoted ? view_slice(text, 1, text.size - 2) : text;
}

/* Whether the line goes on in the next one; the backslash is cut off. */
static bool cut_continuation(struct view *line)
{
    struct view trimmed = view_trim(*line);
    if (!view_ends_with(trimmed, "\\"))
        return false;
    *line = view_slice(trimmed, 0, trimmed.size - 1);
    return true;
}

/* Instructions of several lines are read line by line: no label that counts has a value with a line's end. */
static void read_dockerfile(struct view content, struct labels *labels)
{
    bool is_label = false, goes_on = false;
    while (content.size > 0) {
        struct view line = view_trim(view_cut_line(&content));
        if (line.size == 0 || line.data[0] == '#')
            continue; /* also between the lines of one instruction */
        bool was_continued = goes_on;
        goes_on = cut_continuation(&line);
        if (!was_continued)
            is_label = view_equal_ignoring_case(take_word(&line), view_text("LABEL"));
        while (is_label && line.size > 0) {
            struct view value = take_word(&line);
            struct view key = view_cut(&value, '=');
            take_label(labels, unquoted(key), unquoted(value));
        }
    }
}

static void read_labels(struct json root, struct labels *labels)
{
    struct json nested = json_member(root, "labels");
    for (struct json_iterator i = json_each(json_type(nested) == JSON_OBJECT ? nested : root); json_next(&i);)
        take_label(labels, i.key, json_string(i.value));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    struct labels labels = {.cpe = {NULL, 0}};
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!view_ends_with(path, ".json")) {
        read_dockerfile(content, &labels);
        report_labels(&labels, analysis);
        return true;
    }
    if (!listing_parse_json(document, content, "build information", &root, err))
        return false;
    for (struct json_iterator i = json_each(json_member(root, "content_sets")); json_next(&i);) {
        if (json_string(i.value).size > 0)
            analysis->fact(analysis, "CONTENT_SET", json_string(i.value));
    }
    if (listing_is_file(path, view_text("labels.json"))) {
        read_labels(root, &labels);
        report_labels(&labels, analysis);
    }
    return true;
}

const struct analyzer analyzer_red_hat_build = {
    .name = "red_hat_build",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
