/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/docker_config.h"

#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#define ENTRY_BYTES_MAX (64u * 1024)
#define HELPER_NAME_BYTES_MAX 64
#define HELPER_SERVER_BYTES_MAX 1024

/* Docker Hub's entry is written under the address of its first registry. */
static const char *const hub_names[] = {"docker.io", "index.docker.io", "registry-1.docker.io", NULL};

void registry_login_done(struct registry_login *login)
{
    secret_free(login->password);
    secret_free(login->identity_token);
    secret_free(login->registry_token);
    *login = (struct registry_login){0};
}

static bool is_hub(struct view host)
{
    for (size_t i = 0; hub_names[i] != NULL; i++) {
        if (view_equal_ignoring_case(host, view_text(hub_names[i])))
            return true;
    }
    return false;
}

/* "https://index.docker.io/v1/" → "index.docker.io"; "host/namespace" stays whole (containers-auth.json(5)). */
static struct view normal_key(struct view key)
{
    size_t scheme = view_find_text(key, view_text("://"));
    bool has_scheme = scheme < key.size;
    if (has_scheme)
        key = view_from(key, scheme + 3);
    while (key.size > 0 && key.data[key.size - 1] == '/')
        key = view_slice(key, 0, key.size - 1);
    struct view path = view_from(key, view_find(key, '/'));
    if (has_scheme || view_is(path, "/v1") || view_is(path, "/v2"))
        key = view_slice(key, 0, view_find(key, '/'));
    return key;
}

/* Length of the key's part that fits host and repository; 0 if it does not fit. */
static size_t fit(struct view key, struct view host, struct view repository)
{
    key = normal_key(key);
    struct view rest = key;
    struct view name = view_cut(&rest, '/');
    if (!view_equal_ignoring_case(name, host) && !(is_hub(name) && is_hub(host)))
        return 0;
    if (rest.size == 0)
        return key.size;
    bool is_below = repository.size >= rest.size && view_equal(view_slice(repository, 0, rest.size), rest) &&
                    (repository.size == rest.size || repository.data[rest.size] == '/');
    return is_below ? key.size : 0;
}

/* `*key` is what the entry is written under. */
static struct json find_entry(struct json map, const struct login_wanted *wanted, struct view *key)
{
    struct json best = {0};
    size_t best_fit = 0;
    for (struct json_iterator i = json_each(map); json_next(&i);) {
        size_t size = fit(i.key, wanted->host, wanted->repository);
        if (size > best_fit) {
            best = i.value;
            best_fit = size;
            *key = i.key;
        }
    }
    return best;
}

/* "auth" is base64 of user:password; the password may hold ':' itself. */
static bool decode_auth(struct arena *arena, struct view auth, struct registry_login *login, struct error *err)
{
    char bytes[ENTRY_BYTES_MAX];
    auth = view_trim(auth);
    if (auth.size > sizeof(bytes) || auth.size % 4 != 0)
        return error_set(err, ERROR_INVALID, "its \"auth\" is not base64");
    int size = EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)auth.data, (int)auth.size);
    for (size_t i = auth.size; size > 0 && i > 0 && auth.data[i - 1] == '='; i--)
        size--;
    struct view rest = view_of(bytes, size < 0 ? 0 : (size_t)size);
    bool has_colon = view_find(rest, ':') < rest.size;
    struct view username = view_cut(&rest, ':');
    while (rest.size > 0 && rest.data[rest.size - 1] == '\0') /* old Docker padded with NUL bytes */
        rest = view_slice(rest, 0, rest.size - 1);
    if (has_colon) {
        login->credentials.username = arena_copy(arena, username);
        login->password = secret_new(rest);
    }
    secret_wipe(bytes, sizeof(bytes));
    if (!has_colon)
        return error_set(err, ERROR_INVALID, "its \"auth\" is not base64 of user:password");
    return true;
}

/* What was read so far becomes the login. */
static void settle(struct registry_login *login)
{
    /* A helper's way to say that the secret is an identity token. */
    if (view_is(login->credentials.username, "<token>") && login->identity_token == NULL) {
        login->identity_token = login->password;
        login->password = NULL;
        login->credentials.username = view_text("");
    }
    login->credentials.password = login->password;
    login->credentials.identity_token = login->identity_token;
    login->credentials.registry_token = login->registry_token;
    login->is_found = login->password != NULL || login->identity_token != NULL || login->registry_token != NULL;
}

static bool read_entry(struct arena *arena, struct json entry, struct registry_login *login, struct error *err)
{
    struct view auth = json_member_string(entry, "auth");
    struct view username = json_member_string(entry, "username");
    struct view password = json_member_string(entry, "password");
    struct view identity = json_member_string(entry, "identitytoken");
    struct view token = json_member_string(entry, "registrytoken");
    if (token.size > 0)
        login->registry_token = secret_new(token);
    if (identity.size > 0)
        login->identity_token = secret_new(identity);
    if (username.size > 0) {
        login->credentials.username = arena_copy(arena, username);
        login->password = secret_new(password);
    } else if (auth.size > 0 && !decode_auth(arena, auth, login, err)) {
        return false;
    }
    settle(login);
    return true;
}

/* A part of a program's name, and of a path: nothing that leads elsewhere. */
static bool is_helper_name(struct view name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && (i == 0 || (c != '-' && c != '_' && c != '.')))
            return false;
    }
    return name.size > 0 && name.size <= HELPER_NAME_BYTES_MAX;
}

static bool read_answer(struct arena *arena, struct view answer, struct registry_login *login, struct error *err)
{
    AUTO_JSON *parser = json_document_new();
    struct json root;
    if (!json_parse(parser, answer, DOCKER_CONFIG_BYTES_MAX, "answer", &root, err))
        return false;
    struct view username = json_member_string(root, "Username");
    struct view password = json_member_string(root, "Secret");
    if (username.size == 0 || password.size == 0)
        return error_set(err, ERROR_INVALID, "it answers without \"Username\" and \"Secret\"");
    login->credentials.username = arena_copy(arena, username);
    login->password = secret_new(password);
    settle(login);
    return true;
}

static bool ask_helper(struct arena *arena, struct view name, struct view server, const struct login_wanted *wanted,
    struct registry_login *login, struct error *err)
{
    AUTO_SECRET *answer = NULL;
    bool is_found = false;
    if (wanted->helper == NULL)
        return error_set(err, ERROR_UNSUPPORTED,
            "the login for \"%.*s\" is kept by the credential helper \"%.*s\", which is asked only by \"tidewaiter "
            "integration add --from-docker-config\"; set TIDEWAITER_REGISTRY_USERNAME and TIDEWAITER_REGISTRY_PASSWORD",
            VIEW_PRINT(wanted->host), VIEW_PRINT(name));
    if (!is_helper_name(name))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not the name of a credential helper", VIEW_PRINT(name));
    if (server.size > HELPER_SERVER_BYTES_MAX || view_find(server, '\n') < server.size)
        return error_set(err, ERROR_INVALID, "the address of the server is too long or has several lines");
    return (wanted->helper->get(wanted->helper, name, server, &answer, &is_found, err) &&
               (!is_found || read_answer(arena, secret_view(answer), login, err))) ||
           error_wrap(err, "credential helper \"%.*s\"", VIEW_PRINT(name));
}

/* Helpers know Docker Hub by the address of its first registry. */
static struct view server_of(const struct login_wanted *wanted, struct view key)
{
    if (key.size > 0)
        return key;
    return is_hub(wanted->host) ? view_text("https://index.docker.io/v1/") : wanted->host;
}

static bool find_in_document(struct arena *arena, struct json root, const struct login_wanted *wanted,
    struct registry_login *login, struct error *err)
{
    struct view key = view_text("");
    struct view helper = json_string(find_entry(json_member(root, "credHelpers"), wanted, &key));
    if (helper.size > 0)
        return ask_helper(arena, helper, server_of(wanted, key), wanted, login, err);
    key = view_text("");
    struct json entry = find_entry(json_member(root, "auths"), wanted, &key);
    if (!read_entry(arena, entry, login, err))
        return error_wrap(err, "entry for \"%.*s\"", VIEW_PRINT(wanted->host));
    /* A login through a store leaves an empty entry behind; new stores do without. */
    helper = json_member_string(root, "credsStore");
    bool is_told = json_type(entry) == JSON_OBJECT || wanted->helper != NULL;
    return login->is_found || helper.size == 0 || !is_told ||
           ask_helper(arena, helper, server_of(wanted, key), wanted, login, err);
}

bool docker_config_find(struct arena *arena, struct view document, const struct login_wanted *wanted,
    struct registry_login *login, struct error *err)
{
    AUTO_JSON *parser = json_document_new();
    struct json root;
    AUTO_LOGIN found = {.is_found = false};
    *login = (struct registry_login){0};
    if (!json_parse(parser, document, DOCKER_CONFIG_BYTES_MAX, "login file", &root, err) ||
        !find_in_document(arena, root, wanted, &found, err))
        return false;
    *login = found;
    found = (struct registry_login){0};
    return true;
}

/* Reads a file of at most DOCKER_CONFIG_BYTES_MAX; `*exists` false if there is none. */
static bool read_file(const char *path, struct buffer *content, bool *exists, struct error *err)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    *exists = descriptor >= 0;
    if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not read login file \"%s\"", path);
    AUTO_SOURCE *source = source_from_descriptor(descriptor, true);
    return source_read_all(source, content, "login file", err) || error_wrap(err, "\"%s\"", path);
}

static bool find_in_file(struct arena *arena, const char *path, const struct login_wanted *wanted,
    struct registry_login *login, struct error *err)
{
    AUTO_BUFFER content;
    bool exists = false;
    buffer_init(&content, DOCKER_CONFIG_BYTES_MAX);
    bool is_good = read_file(path, &content, &exists, err);
    if (is_good && exists) {
        is_good = docker_config_find(arena, buffer_view(&content), wanted, login, err) ||
                  error_wrap(err, "login file \"%s\"", path);
        login->origin = arena_copy(arena, view_text(path));
    }
    secret_wipe(content.data, content.size);
    return is_good;
}

static bool find_in_environment(struct arena *arena, struct registry_login *login, struct error *err)
{
    const char *username = getenv("TIDEWAITER_REGISTRY_USERNAME");
    const char *password = getenv("TIDEWAITER_REGISTRY_PASSWORD");
    bool has_username = username != NULL && username[0] != '\0';
    bool has_password = password != NULL && password[0] != '\0';
    if (!has_username && !has_password)
        return true;
    if (!has_username || !has_password)
        return error_set(
            err, ERROR_USAGE, "set both TIDEWAITER_REGISTRY_USERNAME and TIDEWAITER_REGISTRY_PASSWORD, or neither");
    login->password = secret_new(view_text(password));
    login->credentials.username = arena_copy(arena, view_text(username));
    login->credentials.password = login->password;
    login->is_found = true;
    login->origin = view_text("environment");
    return true;
}

bool registry_credentials_find(
    struct arena *arena, const struct login_wanted *wanted, struct registry_login *login, struct error *err)
{
    const char *docker = getenv("DOCKER_CONFIG");
    const char *home = getenv("HOME");
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *file = getenv("REGISTRY_AUTH_FILE");
    const char *paths[3] = {file};
    size_t count = file != NULL && file[0] != '\0' ? 1 : 0;
    if (runtime != NULL && runtime[0] != '\0')
        paths[count++] = arena_format(arena, "%s/containers/auth.json", runtime).data;
    if (docker != NULL && docker[0] != '\0')
        paths[count++] = arena_format(arena, "%s/config.json", docker).data;
    else if (home != NULL && home[0] != '\0')
        paths[count++] = arena_format(arena, "%s/.docker/config.json", home).data;
    *login = (struct registry_login){0};
    if (!find_in_environment(arena, login, err))
        return false;
    for (size_t i = 0; i < count && !login->is_found; i++) {
        if (!find_in_file(arena, paths[i], wanted, login, err))
            return false;
    }
    return true;
}
