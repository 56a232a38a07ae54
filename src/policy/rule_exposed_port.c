/* SPDX-License-Identifier: Apache-2.0 */
/* By the ports that the image exposes: "22", "53/udp", "8000-8100". A port without a protocol means every protocol. */
#include "policy/rule.h"

static const char *const members[] = {"operator", "ports", NULL};

struct ports {
    int64_t first;
    int64_t last;
    struct view protocol; /* empty: any */
};

static bool parse_number(struct view text, int64_t *port)
{
    return view_to_integer(text, port) && *port >= 0 && *port <= 65535;
}

static bool parse(struct view text, struct ports *ports)
{
    struct view range = view_cut(&text, '/');
    struct view last = range;
    struct view first = view_cut(&last, '-');
    ports->protocol = text;
    if (!parse_number(first, &ports->first))
        return false;
    if (last.size == 0 && first.size == range.size) {
        ports->last = ports->first;
        return true;
    }
    return parse_number(last, &ports->last) && ports->last >= ports->first;
}

static void read(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    struct ports ports;
    predicate_read_list(reader, extra, "ports", predicate);
    for (size_t i = 0; i < predicate->texts.count; i++) {
        struct view text = predicate->texts.items[i];
        if (!parse(text, &ports))
            document_complain(
                reader, "ports", "\"%.*s\" is no port: write \"22\", \"53/udp\" or \"8000-8100\"", VIEW_PRINT(text));
    }
}

static void write(const struct predicate *predicate, struct json_writer *writer)
{
    predicate_write_list(predicate, "ports", writer);
}

/* An exposed range is in the list if a part of it is listed, and outside if a part of it is not. */
static bool is_violated(const struct predicate *predicate, const struct ports *exposed)
{
    struct ports listed;
    bool is_covered = false, is_touched = false;
    for (size_t i = 0; i < predicate->texts.count; i++) {
        if (!parse(predicate->texts.items[i], &listed))
            continue;
        if (listed.protocol.size > 0 &&
            !view_equal(listed.protocol, exposed->protocol.size > 0 ? exposed->protocol : view_text("tcp")))
            continue;
        is_touched = is_touched || (listed.first <= exposed->last && exposed->first <= listed.last);
        is_covered = is_covered || (listed.first <= exposed->first && exposed->last <= listed.last);
    }
    return predicate->is_negated ? !is_covered : is_touched;
}

static enum answer is_exposed(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    for (size_t i = 0; i < image->config->exposed_port_count; i++) {
        struct view port = image->config->exposed_ports[i];
        struct ports exposed;
        *reason = arena_format(arena, "the image exposes port %.*s", VIEW_PRINT(port));
        if (!parse(port, &exposed))
            return ANSWER_UNKNOWN;
        if (is_violated(predicate, &exposed))
            return ANSWER_YES;
    }
    return ANSWER_NO;
}

static const struct predicate_kind kinds[] = {
    {.type = "imageConfigExposedPortList",
        .rule = RULE_EXPOSED_PORT,
        .members = members,
        .text = "an exposed port is one (`IN`) or none (`NOT_IN`) of `ports`",
        .read = read,
        .write = write,
        .image = is_exposed},
};

const struct predicate_set rule_exposed_port = {kinds, sizeof(kinds) / sizeof(kinds[0])};
