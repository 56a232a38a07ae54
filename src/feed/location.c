/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/location.h"

#include "base/clock.h"
#include "feed/download.h"
#include "feed/folder_tar.h"
#include "feed/repository.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAMES_MAX = 1000,
    NUMBERS_MAX = 60, /* releases that a feed may have */
    NAMES_SHOWN_MAX = 400, /* bytes, in the error that lists them */
    NAME_BYTES_MAX = 100,
    LIST_BYTES_MAX = 64 * 1024,
    VALIDATOR_BYTES_MAX = 1024,
    FILE_REQUEST_MS = 60 * 60 * 1000, /* for a whole file */
    LIST_REQUEST_MS = 60 * 1000,
};

/* Stands for all documents of the folder. */
#define DOCUMENTS_NAME "."

struct names {
    struct view *items;
    size_t count;
    size_t capacity;
};

/* What a name must be to become a part of a path. */
static bool is_folder_name(struct view name)
{
    return name.size > 0 && name.size <= NAME_BYTES_MAX && name.data[0] != '.' && view_find(name, '/') == name.size &&
           view_find(name, '\0') == name.size && view_is_utf8(name);
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool feed_location_find(struct arena *arena, const struct feed *feed, struct view from, struct http_client *client,
    struct feed_location *location, struct error *err)
{
    struct view base = from.size == 0 ? view_text(feed->address) : from;
    bool is_remote = view_starts_with(base, "http://") || view_starts_with(base, "https://");
    while (base.size > 1 && base.data[base.size - 1] == '/')
        base.size--;
    base = arena_copy(arena, base);
    if (!is_remote) {
        if (!is_directory(base.data))
            return error_set(err, ERROR_NOT_FOUND, "there is no folder \"%s\" to take feeds from", base.data);
        struct view below = arena_format(arena, "%s/%s", base.data, feed->name);
        if (is_directory(below.data))
            base = below;
    } else if (from.size > 0 && !feed_has_folders(feed)) {
        base = arena_format(arena, "%s/%s", base.data, feed->name);
    }
    *location = (struct feed_location){.feed = feed, .base = base, .is_remote = is_remote, .client = client};
    return true;
}

static bool list_folders(
    const struct feed_location *location, struct arena *arena, struct names *names, struct error *err)
{
    DIR *directory = opendir(location->base.data);
    if (directory == NULL)
        return error_set_errno(err, errno, "could not open the folder \"%s\"", location->base.data);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && names->count < NAMES_MAX;) {
        struct view path =
            arena_format(arena, "%s/%s/%s", location->base.data, entry->d_name, location->feed->records.name);
        if (is_folder_name(view_text(entry->d_name)) && access(path.data, F_OK) == 0)
            *(struct view *)ARENA_PUSH(arena, names) = arena_copy(arena, view_text(entry->d_name));
    }
    closedir(directory);
    return true;
}

static bool make_url(const struct feed_location *location, struct arena *arena, struct view ecosystem, const char *file,
    struct url *url, struct error *err)
{
    AUTO_BUFFER text;
    buffer_init(&text, URL_BYTES_MAX);
    buffer_append(&text, location->base);
    if (ecosystem.size > 0) {
        buffer_append_byte(&text, '/');
        url_append_encoded(&text, ecosystem, "");
    }
    buffer_append_byte(&text, '/');
    buffer_append_text(&text, file);
    return buffer_check(&text, "the address", err) && url_parse(arena, arena_copy(arena, buffer_view(&text)), url, err);
}

static bool unexpected(struct arena *arena, const struct http_response *response, struct error *err)
{
    enum error_code code = response->status == 401 || response->status == 403 ? ERROR_DENIED
                           : response->status == 404                          ? ERROR_NOT_FOUND
                           : response->status == 429                          ? ERROR_RATE_LIMITED
                                                                              : ERROR_SERVER;
    struct view shown = url_show(arena, &response->url);
    return error_set(err, code, "\"%.*s\" answered with status %d", VIEW_PRINT(shown), response->status);
}

/* The text of a small file; empty if there is none. */
static bool fetch_text(
    const struct feed_location *location, struct arena *arena, const char *name, struct view *text, struct error *err)
{
    struct http_request request = {.method = "GET", .body_bytes_max = LIST_BYTES_MAX, .timeout_ms = LIST_REQUEST_MS};
    struct http_response response;
    if (!make_url(location, arena, view_of(NULL, 0), name, &request.url, err) ||
        !http_fetch(location->client, arena, &request, &response, err))
        return false;
    *text = response.status == 200 ? view_trim(response.body) : view_text("");
    return response.status == 200 || response.status == 404 || unexpected(arena, &response, err);
}

static bool fetch_names(
    const struct feed_location *location, struct arena *arena, struct names *names, struct error *err)
{
    struct view text;
    if (!fetch_text(location, arena, location->feed->ecosystems, &text, err))
        return false;
    for (struct view rest = text; rest.size > 0 && names->count < NAMES_MAX;) {
        struct view line = view_trim(view_cut_line(&rest));
        if (is_folder_name(line))
            *(struct view *)ARENA_PUSH(arena, names) = line;
    }
    return true;
}

static bool unknown_ecosystem(
    const struct feed_location *location, const struct names *names, struct view name, struct error *err)
{
    AUTO_BUFFER shown;
    buffer_init(&shown, NAMES_SHOWN_MAX);
    for (size_t i = 0; i < names->count && shown.size + names->items[i].size + 2 < NAMES_SHOWN_MAX; i++) {
        buffer_append_text(&shown, i == 0 ? "" : ", ");
        buffer_append(&shown, names->items[i]);
    }
    struct view known = names->count == 0 ? view_text("nothing") : buffer_view(&shown);
    return error_set(err, ERROR_NOT_FOUND, "\"%.*s\" has no ecosystem \"%.*s\"; it has %.*s",
        VIEW_PRINT(location->base), VIEW_PRINT(name), VIEW_PRINT(known));
}

bool feed_location_ecosystem(const struct feed_location *location, struct arena *arena, struct view name,
    struct view *ecosystem, struct error *err)
{
    struct names names = {NULL, 0, 0};
    struct view base = view_trim(ecosystem_base(name));
    if (!is_folder_name(base))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not the name of an ecosystem", VIEW_PRINT(name));
    if (location->is_remote ? !fetch_names(location, arena, &names, err) : !list_folders(location, arena, &names, err))
        return false;
    if (location->is_remote && names.count == 0) {
        *ecosystem = base;
        return true;
    }
    const struct view *found = NULL;
    for (size_t i = 0; i < names.count; i++) {
        if (view_equal(names.items[i], base) || (found == NULL && view_equal_ignoring_case(names.items[i], base)))
            found = &names.items[i];
    }
    if (found == NULL)
        return unknown_ecosystem(location, &names, base, err);
    *ecosystem = *found;
    return true;
}

static const char *name_of(const struct feed_request *request)
{
    return request->name != NULL ? request->name : request->file->name;
}

static int compare_names_backwards(const void *left, const void *right)
{
    return view_compare(*(const struct view *)right, *(const struct view *)left);
}

static struct view replaced(struct arena *arena, struct view name, const char *mark, struct view text)
{
    size_t at = view_find_text(name, view_text(mark));
    if (at == name.size)
        return name;
    return arena_format(arena, "%.*s%.*s%.*s", VIEW_PRINT(view_slice(name, 0, at)), VIEW_PRINT(text),
        VIEW_PRINT(view_from(name, at + strlen(mark))));
}

/* The last year first. */
static void name_years(struct arena *arena, const struct feed_file *file, int year, struct names *names)
{
    for (; year >= file->first_year; year--)
        *(struct view *)ARENA_PUSH(arena, names) =
            replaced(arena, view_text(file->name), "YEAR", arena_format(arena, "%d", year));
}

static void name_parts(struct arena *arena, const struct feed_file *file, struct view name, struct names *names)
{
    for (const char *const *part = file->parts; *part != NULL; part++)
        *(struct view *)ARENA_PUSH(arena, names) = replaced(arena, name, "PART", view_text(*part));
}

/* All parts of one number stand together. */
static void name_numbers(struct arena *arena, const struct feed_file *file, struct names *names)
{
    for (int number = file->first_number; number < file->first_number + NUMBERS_MAX; number++)
        name_parts(
            arena, file, replaced(arena, view_text(file->name), "NUMBER", arena_format(arena, "%d", number)), names);
}

/* What the file says that tells the name. */
static bool fetch_latest(
    const struct feed_location *location, struct arena *arena, struct names *names, struct error *err)
{
    const struct feed_file *file = &location->feed->records;
    struct view name;
    if (!fetch_text(location, arena, file->latest, &name, err))
        return false;
    if (name.size == 0)
        return true;
    if (!is_folder_name(name) || !view_starts_with(name, file->prefix))
        return error_set(err, ERROR_CORRUPT, "\"%.*s/%s\" does not hold the name of a file that begins with \"%s\"",
            VIEW_PRINT(location->base), file->latest, file->prefix);
    *(struct view *)ARENA_PUSH(arena, names) = name;
    return true;
}

bool feed_location_repository(const struct feed_location *location, struct arena *arena, const char *path,
    struct view *address, struct error *err)
{
    struct view list;
    if (!fetch_text(location, arena, arena_format(arena, "%s/mirror.list", path).data, &list, err))
        return false;
    *address = repository_mirror(list);
    if (address->size == 0)
        *address = arena_format(arena, "%.*s/%s", VIEW_PRINT(location->base), path);
    return true;
}

/* The last name first. */
static bool list_files(
    const struct feed_location *location, struct arena *arena, struct names *names, struct error *err)
{
    DIR *directory = opendir(location->base.data);
    if (directory == NULL)
        return error_set_errno(err, errno, "could not open the folder \"%s\"", location->base.data);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && names->count < NAMES_MAX;) {
        if (view_starts_with(view_text(entry->d_name), location->feed->records.prefix) &&
            is_folder_name(view_text(entry->d_name)))
            *(struct view *)ARENA_PUSH(arena, names) = arena_copy(arena, view_text(entry->d_name));
    }
    closedir(directory);
    if (names->count > 0)
        qsort(names->items, names->count, sizeof(names->items[0]), compare_names_backwards);
    if (location->feed->records.latest != NULL && names->count > 1)
        names->count = 1;
    if (location->feed->records.latest != NULL && names->count == 0)
        *(struct view *)ARENA_PUSH(arena, names) = view_text(DOCUMENTS_NAME);
    return true;
}

bool feed_location_files(const struct feed_location *location, struct arena *arena, int year, struct view **items,
    size_t *count, struct error *err)
{
    const struct feed_file *file = &location->feed->records;
    struct names names = {NULL, 0, 0};
    if (file->first_number > 0)
        name_numbers(arena, file, &names);
    else if (file->parts != NULL)
        name_parts(arena, file, view_text(file->name), &names);
    else if (location->is_remote && file->first_year > 0)
        name_years(arena, file, year, &names);
    else if (location->is_remote && file->repositories != NULL) {
        for (const char *const *path = file->repositories; *path != NULL; path++)
            *(struct view *)ARENA_PUSH(arena, &names) = arena_format(arena, "%s/mirror.list", *path);
    } else if (location->is_remote && file->latest != NULL) {
        if (!fetch_latest(location, arena, &names, err))
            return false;
    } else if (location->is_remote || file->prefix == NULL)
        *(struct view *)ARENA_PUSH(arena, &names) = view_text(file->name);
    else if (!list_files(location, arena, &names, err))
        return false;
    *items = names.items;
    *count = names.count;
    return true;
}

/* What is made of the documents in the folder. */
static bool open_documents(const struct feed_location *location, struct feed_answer *answer, struct error *err)
{
    if (!folder_tar_open(location->base.data, &answer->source, &answer->date_ms, err))
        return false;
    answer->is_absent = answer->source == NULL;
    return true;
}

static bool open_local(const struct feed_location *location, struct arena *arena, const struct feed_request *request,
    struct feed_answer *answer, struct error *err)
{
    if (strcmp(name_of(request), DOCUMENTS_NAME) == 0)
        return open_documents(location, answer, err);
    struct view path = arena_format(arena, "%s/%.*s%s%s", location->base.data, VIEW_PRINT(request->ecosystem),
        request->ecosystem.size > 0 ? "/" : "", name_of(request));
    int descriptor = open(path.data, O_RDONLY | O_CLOEXEC);
    answer->is_absent = descriptor < 0 && errno == ENOENT;
    if (answer->is_absent)
        return true;
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", path.data);
    struct stat status;
    answer->source = source_from_descriptor(descriptor, true);
    answer->date_ms = fstat(descriptor, &status) == 0 ? (int64_t)status.st_mtime * 1000 : 0;
    return true;
}

static struct view validator(const struct http_response *response, const char *name)
{
    struct view value = http_header(response, name);
    return value.size <= VALIDATOR_BYTES_MAX ? value : view_of(NULL, 0);
}

bool feed_location_url(const struct feed_location *location, struct arena *arena, const struct feed_request *request,
    struct url *url, struct error *err)
{
    return request->url.size > 0 ? url_parse(arena, request->url, url, err)
                                 : make_url(location, arena, request->ecosystem, name_of(request), url, err);
}

static bool open_remote(const struct feed_location *location, struct arena *arena, const struct feed_request *request,
    struct feed_answer *answer, struct error *err)
{
    struct http_header headers[2];
    struct http_request http = {.method = "GET", .headers = headers, .timeout_ms = FILE_REQUEST_MS};
    if (request->known_etag.size > 0)
        headers[http.header_count++] = (struct http_header){view_text("If-None-Match"), request->known_etag};
    if (request->known_last_modified.size > 0)
        headers[http.header_count++] =
            (struct http_header){view_text("If-Modified-Since"), request->known_last_modified};
    struct http_response response;
    struct source *body;
    if (!feed_location_url(location, arena, request, &http.url, err) ||
        !http_open(location->client, arena, &http, &response, &body, err))
        return false;
    answer->is_unchanged = response.status == 304 && http.header_count > 0;
    answer->is_absent = response.status == 404;
    if (response.status == 200) {
        answer->etag = validator(&response, "etag");
        answer->last_modified = validator(&response, "last-modified");
        answer->source =
            download_new(location->client, &http.url, download_validator(answer->etag, answer->last_modified), body);
    } else {
        source_close(body);
    }
    return response.status == 200 || answer->is_unchanged || answer->is_absent || unexpected(arena, &response, err);
}

bool feed_location_open(const struct feed_location *location, struct arena *arena, const struct feed_request *request,
    struct feed_answer *answer, struct error *err)
{
    struct feed_answer made = {.source = NULL};
    if (feed_has_folders(location->feed) && !is_folder_name(request->ecosystem))
        return error_set(
            err, ERROR_INVALID, "\"%.*s\" is not the name of an ecosystem", VIEW_PRINT(request->ecosystem));
    if (location->is_remote ? !open_remote(location, arena, request, &made, err)
                            : !open_local(location, arena, request, &made, err))
        return false;
    if (made.source != NULL)
        made.source = source_limit(made.source, request->file->bytes_max, request->file->name);
    *answer = made;
    return true;
}

static bool probe_local(const struct feed_location *location, struct arena *arena, const struct feed_request *request,
    struct feed_probe *probe, struct error *err)
{
    struct stat status;
    probe->place = arena_format(arena, "%s/%.*s%s%s", location->base.data, VIEW_PRINT(request->ecosystem),
        request->ecosystem.size > 0 ? "/" : "", name_of(request));
    probe->is_absent = stat(probe->place.data, &status) != 0;
    if (probe->is_absent)
        return errno == ENOENT || error_set_errno(err, errno, "could not look at \"%s\"", probe->place.data);
    char time[TIME_TEXT_SIZE];
    time_format((int64_t)status.st_mtime * 1000, time);
    probe->last_modified = arena_format(arena, "%s", time);
    probe->size = (int64_t)status.st_size;
    return true;
}

static bool probe_remote(const struct feed_location *location, struct arena *arena, const struct feed_request *request,
    struct feed_probe *probe, struct error *err)
{
    struct http_request http = {.method = "HEAD", .timeout_ms = LIST_REQUEST_MS};
    struct http_response response;
    if (!feed_location_url(location, arena, request, &http.url, err))
        return false;
    probe->place = url_show(arena, &http.url);
    if (!http_fetch(location->client, arena, &http, &response, err))
        return false;
    probe->is_absent = response.status == 404;
    if (response.status != 200)
        return probe->is_absent || unexpected(arena, &response, err);
    if (!view_to_integer(http_header(&response, "content-length"), &probe->size))
        probe->size = -1;
    probe->etag = validator(&response, "etag");
    probe->last_modified = validator(&response, "last-modified");
    return true;
}

bool feed_location_probe(const struct feed_location *location, struct arena *arena, const struct feed_request *request,
    struct feed_probe *probe, struct error *err)
{
    *probe = (struct feed_probe){.size = -1};
    return location->is_remote ? probe_remote(location, arena, request, probe, err)
                               : probe_local(location, arena, request, probe, err);
}
