/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image_rows.h"

#include "store/matching.h"

#define FEED_AGE_MS_MAX (INT64_C(7) * 24 * 3600 * 1000)

static const char *const state_names[IMAGE_STATE_COUNT] = {"pending", "scanned", "failed"};

const char *image_state_name(enum image_state state)
{
    return state_names[state];
}

bool row_reader_begin(struct row_reader *reader, struct transaction *transaction, struct arena *arena,
    int64_t organization, const struct gate *gate, struct error *err)
{
    *reader = (struct row_reader){.transaction = transaction, .arena = arena, .organization = organization};
    if (gate != NULL)
        reader->gate = *gate;
    else
        reader->gate.feed_age_max_ms = FEED_AGE_MS_MAX;
    if (!feeds_read(transaction, arena, &reader->generation, &reader->feeds, &reader->feed_count, err))
        return false;
    for (size_t i = 0; i < reader->feed_count; i++) {
        struct view name = reader->feeds[i].name;
        reader->has_kev |= view_is(name, "kev");
        reader->has_exploits |= view_is(name, "kev") || view_is(name, "exploitdb") || view_is(name, "metasploit");
    }
    return true;
}

void row_split_lines(struct arena *arena, struct view text, struct view **items, size_t *count)
{
    struct {
        struct view *items;
        size_t count, capacity;
    } list = {0};
    while (text.size > 0)
        *(struct view *)ARENA_PUSH(arena, &list) = view_cut(&text, '\n');
    *items = list.items;
    *count = list.count;
}

/* A package of each ecosystem stands for all of them: neither coverage nor a verdict asks for more. */
static struct inventory represent(struct arena *arena, struct view ecosystems)
{
    struct inventory inventory = {0};
    struct view *items = NULL;
    row_split_lines(arena, ecosystems, &items, &inventory.package_count);
    inventory.packages = ARENA_ARRAY(arena, struct inventory_package, inventory.package_count);
    for (size_t i = 0; i < inventory.package_count; i++)
        inventory.packages[i].package.ecosystem = items[i];
    return inventory;
}

void row_derive_gaps(
    const struct row_reader *reader, struct view ecosystems, int64_t missing_platforms, struct gap_list *gaps)
{
    struct inventory inventory = represent(reader->arena, ecosystems);
    inventory.gaps = *gaps;
    scan_cover_gaps(reader->arena, reader->feeds, reader->feed_count, reader->transaction->now_ms, &inventory);
    *gaps = inventory.gaps;
    scan_add_missing_platforms(reader->arena, missing_platforms, gaps);
}

/* Judged by the same rules as a scan on the command line, from what the row tells. */
static enum verdict judge(
    const struct row_reader *reader, const struct found_row *found, const struct gap_list *derived, int64_t hiding_gaps)
{
    struct verdict_result result;
    struct arena *arena = reader->arena;
    struct scan_image image = {.inventory = represent(arena, found->ecosystems)};
    if (found->row.state != IMAGE_SCANNED || !found->row.is_image)
        return VERDICT_COULD_NOT_TELL;
    image.inventory.gaps = *derived;
    if (hiding_gaps > 0)
        gap_add(arena, &image.inventory.gaps, GAP_UNREADABLE_FILE, view_text(""), "stored gap");
    if (image.inventory.package_count > 0) {
        image.findings = ARENA_ARRAY(arena, struct finding_list, image.inventory.package_count);
        image.findings[0].items = ARENA_ARRAY(arena, struct finding, SEVERITY_COUNT);
        for (int i = 0; i < SEVERITY_COUNT; i++) {
            if (found->row.counts.by_severity[i] > 0)
                image.findings[0].items[image.findings[0].count++].severity = (enum severity)i;
        }
    }
    scan_verdict(&image, reader->feeds, reader->feed_count, &reader->gate, reader->transaction->now_ms, arena, &result);
    return result.verdict;
}

static bool read_counts(
    const struct row_reader *reader, const struct rows *rows, struct image_counts *counts, struct error *err)
{
    bool is_there = false;
    counts->packages = rows_integer(rows, 21);
    counts->vulnerabilities = rows_integer(rows, 22);
    counts->by_severity[SEVERITY_UNKNOWN] = rows_integer(rows, 23);
    counts->by_severity[SEVERITY_NEGLIGIBLE] = rows_integer(rows, 24);
    counts->by_severity[SEVERITY_LOW] = rows_integer(rows, 25);
    counts->by_severity[SEVERITY_MEDIUM] = rows_integer(rows, 26);
    counts->by_severity[SEVERITY_HIGH] = rows_integer(rows, 27);
    counts->by_severity[SEVERITY_CRITICAL] = rows_integer(rows, 28);
    counts->fixable = rows_integer(rows, 29);
    counts->unfixed = rows_integer(rows, 30);
    counts->kev = rows_integer(rows, 31);
    counts->findings = rows_integer(rows, 32);
    counts->removed = rows_integer(rows, 44);
    counts->unattributed = rows_integer(rows, 45);
    counts->exploitable = reader->has_exploits ? rows_integer(rows, 47) : -1;
    counts->score = rows_integer(rows, 49);
    return tally_read_kinds(rows_view(rows, 46), &counts->tally, &is_there, err);
}

/* A feed that is a month old says little of yesterday: the oldest one counts. */
static int64_t feeds_date(const struct row_reader *reader, struct view ecosystems)
{
    int64_t date_ms = 0;
    for (struct view rest = ecosystems; rest.size > 0;) {
        struct view base = ecosystem_base(view_cut(&rest, '\n'));
        for (size_t i = 0; i < reader->feed_count; i++) {
            const struct feed_state *feed = &reader->feeds[i];
            if (view_equal(ecosystem_base(feed->ecosystem), base) && (date_ms == 0 || feed->date_ms < date_ms))
                date_ms = feed->date_ms;
        }
    }
    return date_ms;
}

static void read_evaluation(const struct rows *rows, struct image_row *row)
{
    row->outcome = (enum evaluation_outcome)rows_integer(rows, 58);
    row->accepted = rows_integer(rows, 59);
    for (int severity = 0; severity < SEVERITY_COUNT; severity++)
        row->accepted_by_severity[severity] = rows_integer(rows, 60 + severity);
}

/* When and by whom the tag was seen at this digest. */
static void read_sightings(const struct row_reader *reader, const struct rows *rows, struct image_row *row)
{
    row->pushed_ms = rows_integer(rows, 52);
    row->push_source = rows_copy(rows, reader->arena, 53);
    row->first_seen_ms = rows_integer(rows, 54);
    row->last_seen_ms = rows_integer(rows, 55);
    row->is_obsolete = rows_boolean(rows, 56);
    if (!uuid_parse(rows_view(rows, 57), &row->owner))
        row->owner.text[0] = '\0';
    row->team = rows_copy(rows, reader->arena, 66);
    row->distribution_id = rows_copy(rows, reader->arena, 42);
    row->distribution_version = rows_copy(rows, reader->arena, 43);
}

bool row_read(const struct row_reader *reader, const struct rows *rows, struct found_row *found, struct error *err)
{
    struct arena *arena = reader->arena;
    struct image_row *row = &found->row;
    struct gap_list derived = {0};
    *found = (struct found_row){.id = rows_integer(rows, 0),
        .ecosystems = rows_copy(rows, arena, 17),
        .missing_platforms = rows_integer(rows, 20),
        .sort_keys = {[IMAGE_ORDER_SEVERITY] = rows_integer(rows, 39),
            [IMAGE_ORDER_EXPLOITABLE] = rows_integer(rows, 48),
            [IMAGE_ORDER_SCORE] = rows_integer(rows, 49),
            [IMAGE_ORDER_VULNERABILITIES] = rows_integer(rows, 50),
            [IMAGE_ORDER_BUILT] = rows_integer(rows, 51)},
        .search_text = rows_copy(rows, arena, 40),
        .image = rows_integer(rows, 41),
        .distribution_id = rows_copy(rows, arena, 42),
        .distribution_version = rows_copy(rows, arena, 43)};
    uuid_parse(rows_view(rows, 1), &row->uuid);
    uuid_parse(rows_view(rows, 2), &row->project_uuid);
    uuid_parse(rows_view(rows, 3), &row->integration_uuid);
    row->integration_name = rows_copy(rows, arena, 4);
    row->reference = rows_copy(rows, arena, 5);
    row->repository = rows_copy(rows, arena, 6);
    row->tag = rows_copy(rows, arena, 7);
    row->digest = rows_copy(rows, arena, 8);
    row->manifest = rows_copy(rows, arena, 9);
    row->image_id = rows_copy(rows, arena, 10);
    row->platform = rows_copy(rows, arena, 11);
    row->state = (enum image_state)rows_integer(rows, 12);
    row->is_image = rows_boolean(rows, 13);
    row->artifact_type = rows_copy(rows, arena, 14);
    row->error = rows_copy(rows, arena, 15);
    row->distribution = rows_copy(rows, arena, 16);
    if (!read_counts(reader, rows, &row->counts, err))
        return false;
    read_sightings(reader, rows, row);
    read_evaluation(rows, row);
    row->feeds_ms = feeds_date(reader, found->ecosystems);
    row_derive_gaps(reader, found->ecosystems, found->missing_platforms, &derived);
    row->counts.gaps = rows_integer(rows, 18) + rows_integer(rows, 33) + (int64_t)derived.count;
    row->verdict = judge(reader, found, &derived, rows_integer(rows, 19));
    for (size_t i = 0; i < reader->feed_count; i++)
        row->is_demo |= reader->feeds[i].is_demo;
    row->layers_fetched = rows_integer(rows, 34);
    row->layers_shared = rows_integer(rows, 35);
    row->image_created_ms = rows_integer(rows, 36);
    row->created_ms = rows_integer(rows, 37);
    row->scanned_ms = rows_integer(rows, 38);
    return true;
}

bool row_find(const struct row_reader *reader, const struct uuid *uuid, struct found_row *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(reader->transaction->connection, &rows, err,
            ROW_SELECT "(SELECT id FROM snapshot_images WHERE organization_id = $1 AND uuid = $2) AS page" ROW_JOINS,
            SQL_INTEGER(reader->organization), SQL_WORD(uuid->text)))
        return false;
    bool is_there = rows_next(&rows);
    if (is_there && !row_read(reader, &rows, found, err))
        return false;
    return rows_finish(&rows, err) &&
           (is_there || error_set(err, ERROR_NOT_FOUND, "there is no image \"%s\"", uuid->text));
}
