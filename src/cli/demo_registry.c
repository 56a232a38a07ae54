/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_registry.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/path.h"
#include "registry/docker_config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT_PREFERRED = 5055, START_WAIT_MS = 10000, LOOK_EVERY_MS = 20, LIST_BYTES_MAX = 64 * 1024 };

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L}, NULL);
}

static int64_t now_ms(void)
{
    return clock_system()->monotonic_ms(clock_system());
}

bool demo_images_wait(struct demo_registry *registry, int64_t wait_ms, struct error *err)
{
    const char *list = arena_format(registry->arena, "%s/list", registry->images).data;
    const char *failed = arena_format(registry->arena, "%s/failed", registry->images).data;
    const char *lock = arena_format(registry->arena, "%s/.lock", registry->images).data;
    if (access(list, R_OK) != 0 && access(lock, F_OK) != 0)
        return error_set(err, ERROR_NOT_FOUND,
            "there are no images in \"%s\"; \"make run\" makes them, and so does tools/demo-images", registry->images);
    for (int64_t until_ms = now_ms() + wait_ms; now_ms() < until_ms; sleep_ms(LOOK_EVERY_MS)) {
        if (access(list, R_OK) == 0)
            return true;
        if (access(failed, F_OK) == 0)
            return error_set(
                err, ERROR_NOT_FOUND, "the demo's images could not be made; see %s/images.log", registry->state);
    }
    return error_set(err, ERROR_TIMEOUT, "the demo's images are not ready after %lld s", (long long)(wait_ms / 1000));
}

static int loopback_socket(int port, bool connects)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    int one = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    int result = connects ? connect(descriptor, (struct sockaddr *)&address, sizeof(address))
                          : bind(descriptor, (struct sockaddr *)&address, sizeof(address));
    if (result == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

/* The preferred port if it is free, else one that the kernel chooses; 0 if there is none. */
static int free_port(void)
{
    int descriptor = loopback_socket(PORT_PREFERRED, false);
    if (descriptor < 0)
        descriptor = loopback_socket(0, false);
    struct sockaddr_in address = {0};
    socklen_t size = sizeof(address);
    if (descriptor < 0 || getsockname(descriptor, (struct sockaddr *)&address, &size) != 0)
        return 0;
    close(descriptor);
    return ntohs(address.sin_port);
}

static bool start_server(struct demo_registry *registry, struct error *err)
{
    registry->port = free_port();
    if (registry->port == 0)
        return error_set_errno(err, errno, "no free port on 127.0.0.1");
    const char *config = arena_format(registry->arena, "%s/registry.yml", registry->state).data;
    const char *log = arena_format(registry->arena, "%s/registry.log", registry->state).data;
    struct view text = arena_format(registry->arena,
        "version: 0.1\nlog: {level: info}\nstorage:\n  filesystem: {rootdirectory: \"%s/registry\"}\n"
        "  delete: {enabled: true}\nhttp: {addr: \"127.0.0.1:%d\"}\n",
        registry->state, registry->port);
    const char *const words[] = {"docker-registry", "serve", config, NULL};
    if (!file_replace(config, text, err) || !child_start(&registry->server, words, log, err))
        return false;
    for (int64_t until_ms = now_ms() + START_WAIT_MS; now_ms() < until_ms; sleep_ms(LOOK_EVERY_MS)) {
        int descriptor = loopback_socket(registry->port, true);
        if (descriptor >= 0) {
            close(descriptor);
            return true;
        }
        if (!child_is_running(&registry->server, err))
            return false;
    }
    return error_set(err, ERROR_TIMEOUT, "docker-registry does not answer; its output is in %s", log);
}

/* One line of the list: "layout repository:tag". */
static bool push(struct demo_registry *registry, struct view line, struct error *err)
{
    struct child skopeo;
    struct view rest = line;
    struct view layout = view_cut(&rest, ' ');
    const char *source =
        arena_format(registry->arena, "oci:%s/%.*s:%.*s", registry->images, VIEW_PRINT(layout), VIEW_PRINT(layout))
            .data;
    const char *target =
        arena_format(registry->arena, "docker://127.0.0.1:%d/%.*s", registry->port, VIEW_PRINT(rest)).data;
    const char *log = arena_format(registry->arena, "%s/skopeo.log", registry->state).data;
    const char *const words[] = {"skopeo", "--insecure-policy", "copy", "--quiet", "--all", "--preserve-digests",
        "--dest-tls-verify=false", source, target, NULL};
    return child_start(&skopeo, words, log, err) && child_wait(&skopeo, err);
}

/* What the registry must hold: the list and the digests of what it names. */
static bool describe(struct demo_registry *registry, struct view list, struct buffer *text, struct error *err)
{
    buffer_append(text, list);
    for (struct view rest = list; rest.size > 0;) {
        struct view line = view_cut_line(&rest);
        struct view layout = view_cut(&line, ' ');
        const char *index =
            arena_format(registry->arena, "%s/%.*s/index.json", registry->images, VIEW_PRINT(layout)).data;
        if (layout.size > 0 && !file_read(index, text, err))
            return false;
    }
    return true;
}

bool demo_registry_start(struct demo_registry *registry, struct error *err)
{
    AUTO_BUFFER list;
    AUTO_BUFFER wanted;
    AUTO_BUFFER had;
    struct error ignored;
    buffer_init(&list, LIST_BYTES_MAX);
    buffer_init(&wanted, 16 * LIST_BYTES_MAX);
    buffer_init(&had, 16 * LIST_BYTES_MAX);
    const char *marker = arena_format(registry->arena, "%s/pushed", registry->state).data;
    if (!file_read(arena_format(registry->arena, "%s/list", registry->images).data, &list, err) ||
        !describe(registry, buffer_view(&list), &wanted, err) || !start_server(registry, err))
        return false;
    bool has_all = file_read(marker, &had, &ignored) && view_equal(buffer_view(&had), buffer_view(&wanted));
    for (struct view rest = buffer_view(&list); rest.size > 0;) {
        struct view line = view_cut_line(&rest);
        if (line.size == 0)
            continue;
        registry->image_count++;
        if (!has_all && !push(registry, line, err))
            return false;
    }
    registry->pushed_count = has_all ? 0 : registry->image_count;
    return has_all || file_replace(marker, buffer_view(&wanted), err);
}

void demo_registry_stop(struct demo_registry *registry)
{
    child_stop(&registry->server);
}

struct counter {
    struct registry_names names;
    struct view below;
    size_t count;
};

static bool count_name(struct registry_names *names, struct view name, struct error *err)
{
    (void)err;
    struct counter *counter = (struct counter *)names;
    counter->count +=
        counter->below.size == 0 || view_equal(name, counter->below) || path_is_below(name, counter->below);
    return true;
}

bool demo_registry_count(
    struct arena *arena, const struct integration_address *address, size_t *count, struct error *err)
{
    AUTO_REGISTRY *registry = NULL;
    AUTO_LOGIN login = {.is_found = false};
    struct registry_listing listing;
    struct counter counter = {.names = {count_name}, .below = address->path};
    struct view host = address->host;
    struct outbound_policy policy = {.own = &host, .own_count = 1, .allowed = &host, .allowed_count = 1};
    const struct login_wanted wanted = {.host = host, .repository = address->path};
    if (!registry_credentials_find(arena, &wanted, &login, err))
        return false;
    struct registry_options options = {
        .host = host,
        .is_plain_http = address->is_plain_http,
        .credentials = login.is_found ? &login.credentials : NULL,
        .policy = &policy,
    };
    if (!registry_open(&options, &registry, err) || !registry_ping(registry, err) ||
        !registry_repositories(registry, arena, &counter.names, &listing, err))
        return false;
    *count = counter.count;
    return true;
}
