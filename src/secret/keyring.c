/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/keyring.h"

#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SEALED_VERSION = 1,
    KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HEADER_BYTES = 1 + KEY_ID_BYTES,
    PLACE_BYTES_MAX = 1024
};

struct key {
    char id[KEY_ID_TEXT_SIZE];
    struct secret *bytes;
};

struct keyring {
    pthread_mutex_t mutex;
    char *path;
    struct key keys[KEYRING_KEYS_MAX];
    size_t count;
    struct stat state; /* of the file that was read */
};

static const char file_head[] =
    "# Keys of Tidewaiter. Who has this file and the store can read every stored password; without it they are lost.\n"
    "# The first key seals, all of them open. Keep a copy apart from copies of the store.\n";

static void drop_keys(struct keyring *keyring)
{
    while (keyring->count > 0)
        secret_free(keyring->keys[--keyring->count].bytes);
}

static void bytes_to_hex(const void *bytes, size_t size, char *text)
{
    sodium_bin2hex(text, 2 * size + 1, bytes, size);
}

/* "key ID HEX" */
static bool read_key(struct keyring *keyring, struct view line, struct error *err)
{
    unsigned char bytes[KEY_BYTES], id_bytes[KEY_ID_BYTES];
    size_t size = 0;
    struct view rest = line;
    bool is_key = view_is(view_cut(&rest, ' '), "key");
    struct view id = view_cut(&rest, ' ');
    struct view hex = view_trim(rest);
    if (!is_key || id.size != KEY_ID_TEXT_SIZE - 1 || hex.size != 2 * KEY_BYTES ||
        sodium_hex2bin(id_bytes, sizeof(id_bytes), id.data, id.size, NULL, &size, NULL) != 0 ||
        sodium_hex2bin(bytes, sizeof(bytes), hex.data, hex.size, NULL, &size, NULL) != 0 || size != KEY_BYTES)
        return error_set(err, ERROR_INVALID, "a line is not \"key ID BYTES\", both in hexadecimal");
    if (keyring->count == KEYRING_KEYS_MAX)
        return error_set(err, ERROR_LIMIT, "there are more than %d keys", KEYRING_KEYS_MAX);
    struct key *key = &keyring->keys[keyring->count++];
    snprintf(key->id, sizeof(key->id), "%.*s", VIEW_PRINT(id));
    key->bytes = secret_new(view_of(bytes, sizeof(bytes)));
    secret_wipe(bytes, sizeof(bytes));
    return true;
}

static bool read_keys(struct keyring *keyring, struct view text, struct error *err)
{
    drop_keys(keyring);
    while (text.size > 0) {
        struct view line = view_trim(view_cut_line(&text));
        if (line.size > 0 && line.data[0] != '#' && !read_key(keyring, line, err))
            return false;
    }
    return keyring->count > 0 || error_set(err, ERROR_INVALID, "there is no key in it");
}

static bool check_mode(const char *path, struct stat *state, struct error *err)
{
    if (stat(path, state) != 0)
        return error_set_errno(err, errno, "could not open it");
    if (!S_ISREG(state->st_mode))
        return error_set(err, ERROR_INVALID, "it is not a file");
    if ((state->st_mode & 077) != 0)
        return error_set(err, ERROR_REFUSED, "others than its owner may open it (mode %03o): chmod 600 \"%s\"",
            (unsigned)state->st_mode & 0777, path);
    return true;
}

static bool read_file(struct keyring *keyring, struct error *err)
{
    AUTO_BUFFER content;
    buffer_init(&content, KEYRING_FILE_BYTES_MAX);
    buffer_reserve(&content, KEYRING_FILE_BYTES_MAX);
    bool is_read = check_mode(keyring->path, &keyring->state, err) && file_read(keyring->path, &content, err) &&
                   read_keys(keyring, buffer_view(&content), err);
    secret_wipe(content.data, content.size);
    return is_read || error_wrap(err, "keyring \"%s\"", keyring->path);
}

static bool write_file(struct keyring *keyring, struct error *err)
{
    AUTO_BUFFER content;
    char hex[2 * KEY_BYTES + 1];
    buffer_init(&content, KEYRING_FILE_BYTES_MAX);
    buffer_reserve(&content, KEYRING_FILE_BYTES_MAX); /* moving would leave copies behind */
    buffer_append_text(&content, file_head);
    for (size_t i = 0; i < keyring->count; i++) {
        bytes_to_hex(secret_view(keyring->keys[i].bytes).data, KEY_BYTES, hex);
        buffer_append_format(&content, "key %s %s\n", keyring->keys[i].id, hex);
    }
    secret_wipe(hex, sizeof(hex));
    bool is_written =
        file_replace(keyring->path, buffer_view(&content), err) && check_mode(keyring->path, &keyring->state, err);
    secret_wipe(content.data, content.size);
    return is_written || error_wrap(err, "keyring \"%s\"", keyring->path);
}

static bool add_key(struct keyring *keyring, struct error *err)
{
    unsigned char bytes[KEY_BYTES], id[KEY_ID_BYTES];
    if (keyring->count == KEYRING_KEYS_MAX)
        return error_set(err, ERROR_LIMIT,
            "keyring \"%s\" has %d keys already: \"tidewaiter key rotate --forget-old\" drops the old ones",
            keyring->path, KEYRING_KEYS_MAX);
    randombytes_buf(bytes, sizeof(bytes));
    randombytes_buf(id, sizeof(id));
    memmove(&keyring->keys[1], &keyring->keys[0], keyring->count * sizeof(keyring->keys[0]));
    bytes_to_hex(id, sizeof(id), keyring->keys[0].id);
    keyring->keys[0].bytes = secret_new(view_of(bytes, sizeof(bytes)));
    keyring->count++;
    secret_wipe(bytes, sizeof(bytes));
    return write_file(keyring, err);
}

bool keyring_open(const char *path, bool may_make, struct keyring **keyring, struct error *err)
{
    if (sodium_init() < 0)
        return error_set(err, ERROR_IO, "the system has no random numbers");
    size_t size = strlen(path) + 1;
    AUTO_KEYRING *opened = memory_alloc(sizeof(*opened));
    memset(opened, 0, sizeof(*opened));
    pthread_mutex_init(&opened->mutex, NULL);
    opened->path = memcpy(memory_alloc(size), path, size);
    bool is_absent = access(path, F_OK) != 0 && errno == ENOENT;
    if (is_absent && !may_make)
        return error_set(err, ERROR_NOT_FOUND, "there is no keyring \"%s\"", path);
    if (!(is_absent ? add_key(opened, err) : read_file(opened, err)))
        return false;
    *keyring = opened;
    opened = NULL;
    return true;
}

void keyring_close(struct keyring *keyring)
{
    if (keyring == NULL)
        return;
    drop_keys(keyring);
    pthread_mutex_destroy(&keyring->mutex);
    free(keyring->path);
    free(keyring);
}

/* Another process may have made a new key. */
static bool refresh(struct keyring *keyring, struct error *err)
{
    struct stat now;
    if (stat(keyring->path, &now) != 0 ||
        (now.st_ino == keyring->state.st_ino && now.st_mtim.tv_sec == keyring->state.st_mtim.tv_sec &&
            now.st_mtim.tv_nsec == keyring->state.st_mtim.tv_nsec && now.st_size == keyring->state.st_size))
        return true; /* a file that was taken away: what was read still counts */
    return read_file(keyring, err);
}

bool keyring_add_key(struct keyring *keyring, struct error *err)
{
    pthread_mutex_lock(&keyring->mutex);
    bool is_done = refresh(keyring, err) && add_key(keyring, err);
    pthread_mutex_unlock(&keyring->mutex);
    return is_done;
}

bool keyring_forget_old(struct keyring *keyring, struct error *err)
{
    pthread_mutex_lock(&keyring->mutex);
    bool is_done = refresh(keyring, err);
    while (is_done && keyring->count > 1)
        secret_free(keyring->keys[--keyring->count].bytes);
    is_done = is_done && write_file(keyring, err);
    pthread_mutex_unlock(&keyring->mutex);
    return is_done;
}

static const struct key *find_key(const struct keyring *keyring, struct view id)
{
    for (size_t i = 0; i < keyring->count; i++) {
        if (view_is(id, keyring->keys[i].id))
            return &keyring->keys[i];
    }
    return NULL;
}

bool keyring_has(struct keyring *keyring, struct view id)
{
    struct error err;
    pthread_mutex_lock(&keyring->mutex);
    bool has = refresh(keyring, &err) && find_key(keyring, id) != NULL;
    pthread_mutex_unlock(&keyring->mutex);
    return has;
}

void keyring_first(struct keyring *keyring, char id[KEY_ID_TEXT_SIZE])
{
    pthread_mutex_lock(&keyring->mutex);
    memcpy(id, keyring->keys[0].id, KEY_ID_TEXT_SIZE);
    pthread_mutex_unlock(&keyring->mutex);
}

const char *keyring_path(const struct keyring *keyring)
{
    return keyring->path;
}

/* The associated data: each part with its length before it, so that no two places look the same. */
static bool place_text(const struct seal_place *place, struct view header, struct buffer *text, struct error *err)
{
    buffer_init(text, PLACE_BYTES_MAX);
    buffer_append(text, header);
    buffer_append_format(text, "%zu %s %zu %.*s %lld %zu %.*s", strlen(place->table), place->table, place->row.size,
        VIEW_PRINT(place->row), (long long)place->organization, place->field.size, VIEW_PRINT(place->field));
    return buffer_check(text, "place of a secret", err);
}

static bool seal_with(const struct key *key, struct arena *arena, const struct seal_place *place,
    const struct secret *secret, struct view *sealed, struct error *err)
{
    AUTO_BUFFER bound = {0};
    struct view plain = secret_view(secret);
    size_t size = HEADER_BYTES + NONCE_BYTES + plain.size + TAG_BYTES;
    unsigned char *bytes = arena_alloc(arena, size);
    unsigned char *nonce = bytes + HEADER_BYTES;
    unsigned long long written = 0;
    bytes[0] = SEALED_VERSION;
    randombytes_buf(nonce, NONCE_BYTES);
    if (sodium_hex2bin(bytes + 1, KEY_ID_BYTES, key->id, KEY_ID_TEXT_SIZE - 1, NULL, NULL, NULL) != 0 ||
        !place_text(place, view_of(bytes, HEADER_BYTES), &bound, err))
        return false;
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE_BYTES, &written, (const unsigned char *)plain.data,
        plain.size, (const unsigned char *)bound.data, bound.size, NULL, nonce,
        (const unsigned char *)secret_view(key->bytes).data);
    *sealed = view_of(bytes, HEADER_BYTES + NONCE_BYTES + (size_t)written);
    return true;
}

bool keyring_seal(struct keyring *keyring, struct arena *arena, const struct seal_place *place,
    const struct secret *secret, struct view *sealed, struct error *err)
{
    pthread_mutex_lock(&keyring->mutex);
    bool is_done = refresh(keyring, err) && seal_with(&keyring->keys[0], arena, place, secret, sealed, err);
    pthread_mutex_unlock(&keyring->mutex);
    return is_done;
}

bool sealed_key_id(struct view sealed, char id[KEY_ID_TEXT_SIZE])
{
    if (sealed.size < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || sealed.data[0] != SEALED_VERSION)
        return false;
    bytes_to_hex(sealed.data + 1, KEY_ID_BYTES, id);
    return true;
}

static bool unseal_with(const struct key *key, const struct seal_place *place, struct view sealed,
    struct secret **secret, struct error *err)
{
    AUTO_BUFFER bound;
    struct view nonce = view_slice(sealed, HEADER_BYTES, NONCE_BYTES);
    struct view coded = view_from(sealed, HEADER_BYTES + NONCE_BYTES);
    size_t size = coded.size - TAG_BYTES;
    unsigned long long written = 0;
    if (!place_text(place, view_slice(sealed, 0, HEADER_BYTES), &bound, err))
        return false;
    unsigned char *plain = memory_alloc(size + 1);
    bool is_open = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &written, NULL, (const unsigned char *)coded.data,
                       coded.size, (const unsigned char *)bound.data, bound.size, (const unsigned char *)nonce.data,
                       (const unsigned char *)secret_view(key->bytes).data) == 0;
    if (is_open)
        *secret = secret_new(view_of(plain, (size_t)written));
    secret_wipe(plain, size);
    free(plain);
    return is_open || error_set(err, ERROR_CORRUPT, "it was changed, or stands where it was not sealed");
}

bool keyring_unseal(struct keyring *keyring, const struct seal_place *place, struct view sealed, struct secret **secret,
    struct error *err)
{
    char id[KEY_ID_TEXT_SIZE];
    if (!sealed_key_id(sealed, id))
        return error_set(err, ERROR_CORRUPT, "sealed field \"%.*s\": it is cut off", VIEW_PRINT(place->field));
    pthread_mutex_lock(&keyring->mutex);
    bool is_done = refresh(keyring, err);
    const struct key *key = is_done ? find_key(keyring, view_text(id)) : NULL;
    if (is_done && key == NULL)
        is_done = error_set(err, ERROR_NOT_FOUND, "keyring \"%s\" has no key %s", keyring->path, id);
    is_done = is_done && unseal_with(key, place, sealed, secret, err);
    pthread_mutex_unlock(&keyring->mutex);
    return is_done || error_wrap(err, "sealed field \"%.*s\"", VIEW_PRINT(place->field));
}
