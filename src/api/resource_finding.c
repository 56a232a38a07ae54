/* SPDX-License-Identifier: Apache-2.0 */
/* The findings of an image, with what is known of each vulnerability. */
#include "advisory/cvss.h"
#include "api/api.h"
#include "api/image_parts.h"
#include "api/jsonapi.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "store/explanation_text.h"

static void write_layer(struct json_writer *writer, const struct layer_list *layers, struct view digest)
{
    size_t index = 0;
    while (index < layers->count && !view_equal(layers->items[index].digest, digest))
        index++;
    if (index < layers->count)
        json_pair_integer(writer, "layer", (int64_t)index);
    else
        json_pair_null(writer, "layer");
    json_pair_or_null(writer, "layer_digest", digest);
}

static void write_texts(struct json_writer *writer, const char *name, const struct view *items, size_t count)
{
    json_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        json_write(writer, items[i]);
    json_end_array(writer);
}

/* The vector, who gave it, and what follows from it; null if it is none. */
static void write_rating(struct json_writer *writer, const struct severity_rating *rating)
{
    static const char *const versions[] = {
        [CVSS_2_0] = "2.0", [CVSS_3_0] = "3.0", [CVSS_3_1] = "3.1", [CVSS_4_0] = "4.0"};
    struct cvss cvss;
    bool is_vector = cvss_parse(rating->score, &cvss);
    json_pair(writer, "type", rating->type);
    json_pair(writer, "score", rating->score);
    json_pair_or_null(writer, "source", rating->source);
    json_key(writer, "base_score");
    if (is_vector)
        json_write_number(writer, cvss.score / 10.0, 1);
    else
        json_write_null(writer);
    json_pair_or_null(writer, "version", view_text(is_vector ? versions[cvss.version] : ""));
    json_pair_or_null(writer, "severity", view_text(is_vector ? severity_name(cvss_severity(&cvss)) : ""));
}

static void write_finding_lists(
    struct json_writer *writer, const struct finding_row *row, const struct layer_list *layers)
{
    const struct finding *finding = &row->finding;
    struct severity_rating rating;
    json_key(writer, "cvss");
    json_begin_array(writer);
    for (size_t i = 0; finding_rating(finding, i, &rating); i++) {
        json_begin_object(writer);
        write_rating(writer, &rating);
        json_end_object(writer);
    }
    json_end_array(writer);
    write_texts(writer, "fixed_versions", finding->fixed_versions, finding->fixed_version_count);
    json_key(writer, "locations");
    json_begin_array(writer);
    for (size_t i = 0; i < row->path_count; i++) {
        json_begin_object(writer);
        json_pair(writer, "path", row->paths[i]);
        write_layer(writer, layers, row->layer);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_key(writer, "evidence");
    json_begin_array(writer);
    for (size_t i = 0; i < finding->evidence_count; i++)
        finding_evidence_write(writer, &finding->evidence[i], true);
    json_end_array(writer);
}

/* An id for what has none: the same vulnerability in the same package, with the same owner, of the same image keeps it. */
static struct view finding_id(struct arena *arena, const struct finding_row *row)
{
    struct view key = package_key(arena, &row->package);
    struct view text =
        arena_format(arena, "%.*s\n%.*s\n%.*s", VIEW_PRINT(row->finding.id), VIEW_PRINT(key), VIEW_PRINT(row->owner));
    struct digest digest;
    digest_of(text, &digest);
    return view_slice(arena_copy(arena, digest_hex(&digest)), 0, 32);
}

static void write_exploit(struct json_writer *writer, const struct vulnerability_exploit *exploit)
{
    json_begin_object(writer);
    json_pair(writer, "source", exploit->source);
    json_pair(writer, "reference", exploit->reference);
    json_end_object(writer);
}

/* null where no feed tells. */
static void write_facts(struct json_writer *writer, const struct vulnerability_facts *facts)
{
    enum { EPSS_DECIMALS = 5 };
    bool has_epss = facts != NULL && facts->has_epss;
    json_key(writer, "epss_score");
    if (has_epss)
        json_write_number(writer, facts->epss_score, EPSS_DECIMALS);
    else
        json_write_null(writer);
    json_key(writer, "epss_percentile");
    if (has_epss)
        json_write_number(writer, facts->epss_percentile, EPSS_DECIMALS);
    else
        json_write_null(writer);
    bool is_exploited = facts != NULL && facts->is_known_exploited;
    char added[TIME_TEXT_SIZE];
    time_format(is_exploited ? facts->kev_added_ms : 0, added);
    json_pair_or_null(writer, "kev_added_at", view_text(is_exploited ? added : ""));
    time_format(facts != NULL ? facts->published_ms : 0, added);
    json_pair_or_null(writer, "published_at", view_text(facts != NULL && facts->published_ms > 0 ? added : ""));
    json_pair_time(writer, "kev_due_at", is_exploited ? facts->kev_due_ms : 0);
    json_pair_boolean(writer, "is_used_by_ransomware", facts != NULL && facts->is_used_by_ransomware);
    json_pair_boolean(writer, "is_exploitable", facts != NULL && (is_exploited || facts->exploit_count > 0));
    json_pair_boolean(writer, "is_disputed", facts != NULL && facts->is_disputed);
    json_key(writer, "exploits");
    json_begin_array(writer);
    for (size_t i = 0; facts != NULL && i < facts->exploit_count; i++)
        write_exploit(writer, &facts->exploits[i]);
    json_end_array(writer);
}

/* The risk that covers the finding; null if none does. */
static void write_acceptance(struct json_writer *writer, const struct accepted_risk *risk)
{
    json_key(writer, "accepted_risk");
    if (risk == NULL) {
        json_write_null(writer);
        return;
    }
    json_begin_object(writer);
    json_pair_or_null(writer, "id", risk->id); /* none: a statement of a VEX document */
    accepted_risk_write_members(risk, writer);
    json_end_object(writer);
}

/* What a document says of a finding that counts all the same; null if none speaks of it. */
static void write_vex(struct json_writer *writer, const struct finding_vex *vex)
{
    json_key(writer, "vex");
    if (vex == NULL)
        json_write_null(writer);
    else
        finding_vex_write(writer, vex, true);
}

void image_write_finding(struct json_writer *writer, const struct finding_row *row, const struct layer_list *layers)
{
    const struct finding *finding = &row->finding;
    json_pair(writer, "vulnerability", finding->id);
    write_texts(writer, "aliases", finding->aliases, finding->alias_count);
    json_pair_text(writer, "severity", severity_name(finding->severity));
    json_pair_or_null(writer, "severity_source", view_text(finding->severity_source));
    json_pair_or_null(writer, "summary", finding->summary);
    write_facts(writer, finding->facts);
    json_pair_time(writer, "first_seen_at", row->first_ms);
    json_pair_time(writer, "first_feed_at", row->first_feed_ms);
    json_pair_text(writer, "fix_state", fix_state_name(finding->fix_state));
    json_pair_boolean(writer, "is_base", row->is_base);
    write_acceptance(writer, row->accepted);
    write_vex(writer, finding->vex);
    json_key(writer, "package");
    json_begin_object(writer);
    image_write_package(writer, &row->package, row->purl);
    json_end_object(writer);
    write_finding_lists(writer, row, layers);
}

static bool write_finding(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    const struct finding_row *row = PAGE_ROW(struct finding_row, rows, i);
    struct uuid image = image_of_path(request);
    jsonapi_begin_resource(writer, "finding", finding_id(request->arena, row));
    image_write_finding(writer, row, rows->context);
    json_pair(writer, "permalink",
        explanation_path(request->arena, &request->session.account.organization_uuid, &image, row->finding.id));
    json_pair(writer, "page", explanation_page(request->arena, &image, row->finding.id));
    jsonapi_end_resource(writer);
    return true;
}

static bool read_severities(const struct request *request, struct response *response, unsigned int *severities)
{
    for (struct view rest = request_parameter(request, "severity"); rest.size > 0;) {
        enum severity severity;
        struct view word = view_trim(view_cut(&rest, ','));
        if (!severity_parse(word, &severity))
            return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "severity",
                "\"%.*s\" is none of critical, high, medium, low, negligible, unknown", VIEW_PRINT(word));
        *severities |= 1u << severity;
    }
    return true;
}

/* Known to be exploited is exploitable, too. */
static bool read_threats(const struct request *request, struct response *response, unsigned int *threats)
{
    const unsigned known = 1u << THREAT_KNOWN;
    const unsigned exploitable = known | 1u << THREAT_EXPLOIT;
    const unsigned all = exploitable | 1u << THREAT_NONE;
    unsigned set = all;
    bool is_exploitable = false, is_known = false;
    if (!parameter_switch(request, response, "exploitable", &is_exploitable) ||
        !parameter_switch(request, response, "kev", &is_known))
        return false;
    if (query_find(&request->query, "exploitable") != NULL)
        set &= is_exploitable ? exploitable : all & ~exploitable;
    if (query_find(&request->query, "kev") != NULL)
        set &= is_known ? known : all & ~known;
    if (set == 0)
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "kev",
            "what is known to be exploited is exploitable: exploitable=false and kev=true exclude each other");
    *threats = set == all ? 0 : set;
    return true;
}

bool image_read_kinds(const struct request *request, struct response *response, struct kind_filter *kinds)
{
    bool has_fix = false;
    *kinds = (struct kind_filter){0};
    if (!read_severities(request, response, &kinds->severities) || !read_threats(request, response, &kinds->threats) ||
        !parameter_switch(request, response, "has_fix", &has_fix))
        return false;
    if (query_find(&request->query, "has_fix") != NULL)
        kinds->fixable = has_fix ? KIND_WITH_FIX : KIND_WITHOUT_FIX;
    return true;
}

/* A number from 0 to `max` with at most `decimals` digits behind the point, as a whole number of the last one; 0 if it is absent. */
static bool read_decimal(
    const struct request *request, struct response *response, const char *name, int max, int decimals, int64_t *value)
{
    struct view rest = request_parameter(request, name);
    struct view shown = rest;
    int64_t scale = 1;
    int64_t fraction = 0;
    *value = 0;
    if (rest.size == 0)
        return true;
    struct view whole = view_cut(&rest, '.');
    bool is_good = view_to_integer(whole, value) && rest.size <= (size_t)decimals &&
                   (rest.size == 0 || view_to_integer(rest, &fraction));
    for (int i = 0; i < decimals; i++) {
        scale *= 10;
        fraction *= i < (int)rest.size ? 1 : 10;
    }
    is_good = is_good && *value <= max;
    *value = *value * scale + fraction;
    return (is_good && *value <= max * scale) ||
           respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, name,
               "%s must be a number from 0 to %d with at most %d decimals, not \"%.*s\"", name, max, decimals,
               VIEW_PRINT(shown));
}

/* Days that the vulnerability has been public, as the latest time when it was published. */
static bool read_age(const struct request *request, struct response *response, int64_t *published_before_ms)
{
    enum { DAYS_MAX = 36500, DAY_MS = 24 * 60 * 60 * 1000 };
    int64_t days = 0;
    struct view text = request_parameter(request, "age_gte");
    if (text.size == 0)
        return true;
    if (!view_to_integer(text, &days) || days < 0 || days > DAYS_MAX)
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "age_gte",
            "age_gte must be a number of days from 0 to %d, not \"%.*s\"", DAYS_MAX, VIEW_PRINT(text));
    int64_t latest_ms = request->now_ms - days * DAY_MS + 1;
    if (*published_before_ms == 0 || latest_ms < *published_before_ms)
        *published_before_ms = latest_ms;
    return true;
}

static bool read_accepted(const struct request *request, struct response *response, enum accepted_choice *accepted)
{
    bool is_accepted = false;
    if (!parameter_switch(request, response, "accepted", &is_accepted))
        return false;
    if (query_find(&request->query, "accepted") != NULL)
        *accepted = is_accepted ? ACCEPTED_ONLY : ACCEPTED_NOT;
    return true;
}

static bool read_finding_query(const struct request *request, struct response *response, struct finding_query *query)
{
    enum { EPSS_MAX = 1, EPSS_DECIMALS = 6, CVSS_MAX = 10, CVSS_DECIMALS = 1 };
    int64_t cvss = 0;
    *query = (struct finding_query){
        .package = request_parameter(request, "package"), .vulnerability = request_parameter(request, "vulnerability")};
    if (!page_read(request, response, &query->page) || !image_read_kinds(request, response, &query->kinds) ||
        !image_read_search(request, response, &query->search) ||
        !image_read_layer_choice(request, response, &query->layers) ||
        !read_decimal(request, response, "epss_gte", EPSS_MAX, EPSS_DECIMALS, &query->epss_min) ||
        !read_decimal(request, response, "cvss_gte", CVSS_MAX, CVSS_DECIMALS, &cvss) ||
        !parameter_time(request, response, "published_before", &query->published_before_ms) ||
        !parameter_time(request, response, "first_seen_before", &query->first_before_ms) ||
        !read_age(request, response, &query->published_before_ms) ||
        !read_accepted(request, response, &query->accepted))
        return false;
    query->cvss_min = (int)cvss;
    return true;
}

bool route_finding_list(struct request *request, struct response *response)
{
    struct error err;
    struct finding_query query;
    struct finding_row *items;
    struct layer_list layers;
    struct page_rows rows = {PAGE_OF(struct finding_row, write_finding), .has_total = true, .context = &layers};
    size_t total;
    struct uuid uuid = image_of_path(request);
    if (!read_finding_query(request, response, &query) || !image_read_layers(request, response, &uuid, &layers))
        return false;
    if (!store_list_findings(request->api->store, request->arena, request->session.account.organization, &uuid, &query,
            &items, &rows.count, &total, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    rows.total = (int64_t)total;
    return respond_page(request, response, &query.page, &rows);
}
