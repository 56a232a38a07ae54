/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image_rows.h"

#include "store/image_tallies.h"
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
    struct tally *tally = &counts->tally;
    if (!tally_load(reader->transaction, rows_integer(rows, 27), tally, err))
        return false;
    counts->packages = tally->packages;
    counts->findings = tally->findings;
    counts->vulnerabilities = tally_count(tally, (struct kind_filter){0});
    for (int severity = 0; severity < SEVERITY_COUNT; severity++)
        counts->by_severity[severity] = tally_count(tally, (struct kind_filter){.severities = 1u << severity});
    counts->fixable = tally_count(tally, (struct kind_filter){.fixable = KIND_WITH_FIX});
    counts->unfixed = counts->vulnerabilities - counts->fixable;
    int64_t known = tally_count(tally, (struct kind_filter){.threats = 1u << THREAT_KNOWN});
    int64_t public = tally_count(tally, (struct kind_filter){.threats = 1u << THREAT_EXPLOIT});
    counts->kev = reader->has_kev ? known : -1;
    counts->exploitable = reader->has_exploits ? known + public : -1;
    counts->score = tally_score(tally);
    counts->removed = rows_integer(rows, 30);
    counts->unattributed = rows_integer(rows, 31);
    return true;
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
    row->outcome = (enum evaluation_outcome)rows_integer(rows, 39);
    row->accepted = rows_integer(rows, 40);
    for (int severity = 0; severity < SEVERITY_COUNT; severity++)
        row->accepted_by_severity[severity] = rows_integer(rows, 41 + severity);
}

/* When and by whom the tag was seen at this digest. */
static void read_sightings(const struct row_reader *reader, const struct rows *rows, struct image_row *row)
{
    row->pushed_ms = rows_integer(rows, 33);
    row->push_source = rows_copy(rows, reader->arena, 34);
    row->first_seen_ms = rows_integer(rows, 35);
    row->last_seen_ms = rows_integer(rows, 36);
    row->is_obsolete = rows_boolean(rows, 37);
    if (!uuid_parse(rows_view(rows, 38), &row->owner))
        row->owner.text[0] = '\0';
    row->team = rows_copy(rows, reader->arena, 47);
    row->distribution_id = rows_copy(rows, reader->arena, 28);
    row->distribution_version = rows_copy(rows, reader->arena, 29);
}

bool row_read(const struct row_reader *reader, const struct rows *rows, struct found_row *found, struct error *err)
{
    struct arena *arena = reader->arena;
    struct image_row *row = &found->row;
    struct gap_list derived = {0};
    *found = (struct found_row){.id = rows_integer(rows, 0),
        .ecosystems = rows_copy(rows, arena, 17),
        .missing_platforms = rows_integer(rows, 20),
        .sort_keys = {[IMAGE_ORDER_BUILT] = rows_integer(rows, 32)},
        .search_text = rows_copy(rows, arena, 26),
        .image = rows_integer(rows, 27),
        .distribution_id = rows_copy(rows, arena, 28),
        .distribution_version = rows_copy(rows, arena, 29)};
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
    found->sort_keys[IMAGE_ORDER_SEVERITY] = tally_rank(&row->counts.tally);
    found->sort_keys[IMAGE_ORDER_EXPLOITABLE] = tally_urgency(&row->counts.tally);
    found->sort_keys[IMAGE_ORDER_SCORE] = row->counts.score;
    found->sort_keys[IMAGE_ORDER_VULNERABILITIES] = row->counts.vulnerabilities;
    read_sightings(reader, rows, row);
    read_evaluation(rows, row);
    row->feeds_ms = feeds_date(reader, found->ecosystems);
    row_derive_gaps(reader, found->ecosystems, found->missing_platforms, &derived);
    row->counts.gaps = rows_integer(rows, 18) + row->counts.tally.undecidable + (int64_t)derived.count;
    row->verdict = judge(reader, found, &derived, rows_integer(rows, 19));
    for (size_t i = 0; i < reader->feed_count; i++)
        row->is_demo |= reader->feeds[i].is_demo;
    row->layers_fetched = rows_integer(rows, 21);
    row->layers_shared = rows_integer(rows, 22);
    row->image_created_ms = rows_integer(rows, 23);
    row->created_ms = rows_integer(rows, 24);
    row->scanned_ms = rows_integer(rows, 25);
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
