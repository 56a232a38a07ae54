/* SPDX-License-Identifier: Apache-2.0 */
/* Where the server and the commands that share its state keep it: one folder with the store and the advisory index. */
#ifndef DAEMON_DATA_DIR_H
#define DAEMON_DATA_DIR_H

#include "base/arena.h"
#include "base/error.h"
#include "secret/keyring.h"
#include "store/store.h"

/* `option` (--data, NULL if not given), else $TIDEWAITER_DATA, else $XDG_STATE_HOME/tidewaiter, else
   $HOME/.local/state/tidewaiter; absolute. Makes nothing. ERROR_USAGE if none of them is set. */
bool data_dir_find(struct arena *arena, const char *option, const char **directory, struct error *err) MUST_CHECK;

/* The folder, made with mode 0700 together with what is missing above it. */
bool data_dir_make(const char *directory, struct error *err) MUST_CHECK;

/* The folder belongs to one server at a time. The lock is held by `*lock`, a descriptor, until that is closed or the process
   ends in whatever way. ERROR_CONFLICT if another server has it. */
bool data_dir_lock(struct arena *arena, const char *directory, int *lock, struct error *err) MUST_CHECK;

/* "sqlite:DIRECTORY/tidewaiter.db", for store_open. */
const char *data_dir_store(struct arena *arena, const char *directory);

/* The keys of the store's sealed credentials: the systemd credential "tidewaiter-keyring" if the service has one
   ($CREDENTIALS_DIRECTORY), else DIRECTORY/keyring, which is made for a store that has sealed nothing yet. ERROR_NOT_FOUND
   names a key that is missing. */
bool data_dir_open_keyring(struct arena *arena, const char *directory, struct store *store, struct keyring **keyring,
    struct error *err) MUST_CHECK;

/* "DIRECTORY/index": the advisory index of the server. */
const char *data_dir_index(struct arena *arena, const char *directory);

#endif
