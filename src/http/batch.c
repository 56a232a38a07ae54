/* SPDX-License-Identifier: Apache-2.0 */
/* Several requests at once over the client's connections. */
#include "http/gate.h"
#include "http/transfer.h"

#include <assert.h>

#define WAIT_SLICE_MS 200

struct slot {
    struct arena *arena;
    struct transfer *transfer; /* NULL: free */
    size_t index;
};

struct running {
    struct http_client *client;
    struct http_batch *batch;
    struct slot slots[HTTP_PARALLEL_MAX];
    unsigned parallel;
    unsigned active;
    size_t sent;
    bool has_ended; /* there are no more */
    bool is_stopped;
};

static void free_slot(struct running *running, struct slot *slot)
{
    if (slot->transfer == NULL)
        return;
    transfer_free(slot->transfer);
    slot->transfer = NULL;
    running->active--;
    http_gate_leave(running->client->options.gate);
}

/* Sends the next request in that slot, if there is one. One that may not be sent at all is answered with nothing. */
static bool fill_slot(struct running *running, struct slot *slot, struct error *err)
{
    struct http_request request = {0};
    struct error why;
    if (slot->arena == NULL)
        slot->arena = arena_new();
    arena_reset(slot->arena);
    if (!running->batch->next(running->batch, slot->arena, &request)) {
        running->has_ended = true;
        return true;
    }
    assert(strcmp(request.method, "HEAD") == 0 || strcmp(request.method, "GET") == 0);
    slot->index = running->sent++;
    struct transfer_options options = {
        .request = &request, .url = &request.url, .authorization = request.authorization};
    if (!transfer_begin(running->client, slot->arena, &options, &slot->transfer, &why))
        return running->batch->answer(running->batch, slot->index, NULL, err);
    running->active++;
    return true;
}

/* Fills what is free as far as the gate has room. */
static bool fill(struct running *running, struct error *err)
{
    const struct http_client_options *options = &running->client->options;
    for (unsigned i = 0; i < running->parallel && !running->has_ended && !running->is_stopped; i++) {
        if (running->slots[i].transfer != NULL)
            continue;
        int64_t wait_ms = http_gate_enter(options->gate, options->is_patient);
        while (wait_ms > 0 && running->active == 0) {
            if (!cancel_check(options->cancel, err))
                return false;
            options->sleep(options->clock, wait_ms < WAIT_SLICE_MS ? wait_ms : WAIT_SLICE_MS);
            wait_ms = http_gate_enter(options->gate, options->is_patient);
        }
        if (wait_ms > 0)
            return true;
        bool goes_on = fill_slot(running, &running->slots[i], err);
        if (running->slots[i].transfer == NULL)
            http_gate_leave(options->gate);
        if (!goes_on)
            return false;
    }
    return true;
}

/* A body that is larger than the buffer is given up: its transfer would stand still for ever. */
static bool has_ended(const struct transfer *transfer)
{
    static_assert(HTTP_BATCH_BODY_MAX + TRANSFER_RECEIVE_BYTES <= TRANSFER_BUFFER_BYTES, "what is allowed fits");
    return transfer->is_done || transfer->is_paused;
}

/* Hands the answer out that came in that slot. */
static bool finish(struct running *running, struct slot *slot, struct error *err)
{
    const struct transfer *transfer = slot->transfer;
    struct http_response response = {.status = transfer->status,
        .url = transfer->url,
        .headers = transfer->head.items,
        .header_count = transfer->head.count,
        .body = view_of(transfer->buffer, transfer->end)};
    bool is_answered =
        transfer->is_done && transfer->has_head && transfer->result == CURLE_OK && transfer->end <= HTTP_BATCH_BODY_MAX;
    if (is_answered && (response.status == 429 || response.status == 503))
        running->is_stopped = true;
    bool goes_on = running->batch->answer(running->batch, slot->index, is_answered ? &response : NULL, err);
    free_slot(running, slot);
    return goes_on;
}

static bool run(struct running *running, struct error *err)
{
    while (fill(running, err)) {
        bool has_finished = false;
        if (running->active == 0 && (running->has_ended || running->is_stopped))
            return true;
        transfer_drive(running->client);
        for (unsigned i = 0; i < running->parallel; i++) {
            struct slot *slot = &running->slots[i];
            if (slot->transfer == NULL || !has_ended(slot->transfer))
                continue;
            has_finished = true;
            if (!finish(running, slot, err))
                return false;
        }
        if (!has_finished && running->active > 0 && !transfer_wait(running->client, err))
            return false;
    }
    return false;
}

bool http_fetch_batch(
    struct http_client *client, struct http_batch *batch, unsigned parallel, bool *is_stopped, struct error *err)
{
    assert(parallel >= 1 && parallel <= HTTP_PARALLEL_MAX);
    struct running running = {.client = client, .batch = batch, .parallel = parallel};
    bool is_run = run(&running, err);
    for (unsigned i = 0; i < parallel; i++) {
        free_slot(&running, &running.slots[i]);
        arena_free(running.slots[i].arena);
    }
    *is_stopped = running.is_stopped;
    return is_run;
}
