/* SPDX-License-Identifier: Apache-2.0 */
/* VEX documents on their way from the child that parses them to the parent. */
#include "scan/vex.h"

#include "base/pack.h"

#include <errno.h>
#include <fcntl.h>

enum vex_frame {
    VEX_FRAME_HEADER = 1, /* format, id, author, time */
    VEX_FRAME_CLAIM, /* vex_claim_pack */
};

enum {
    DEADLINE_MS = 2 * 60 * 1000,
    HELD_MAX = 256 << 20,
};

/* -- the child's side -- */

struct vex_writer {
    struct vex_reader reader; /* first: handed out as such */
    struct frame_writer *out;
    struct buffer packed;
};

static bool write_header(struct vex_reader *reader, const struct vex_header *header, struct error *err)
{
    struct vex_writer *writer = (struct vex_writer *)reader;
    buffer_clear(&writer->packed);
    pack_text(&writer->packed, view_text(header->format));
    pack_text(&writer->packed, header->id);
    pack_text(&writer->packed, header->author);
    buffer_append_u64(&writer->packed, (uint64_t)header->time_ms);
    return frame_write(writer->out, VEX_FRAME_HEADER, buffer_view(&writer->packed), err);
}

static bool write_claim(struct vex_reader *reader, const struct vex_claim *claim, struct error *err)
{
    struct vex_writer *writer = (struct vex_writer *)reader;
    buffer_clear(&writer->packed);
    vex_claim_pack(claim, &writer->packed);
    return frame_write(writer->out, VEX_FRAME_CLAIM, buffer_view(&writer->packed), err);
}

static bool run_task(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    AUTO_BUFFER content;
    struct vex_writer writer = {.reader = {write_header, write_claim}, .out = out};
    struct json root;
    buffer_init(&content, VEX_BYTES_MAX);
    buffer_init(&writer.packed, FRAME_BYTES_MAX);
    bool is_done = source_read_all(input, &content, "VEX document", err) &&
                   json_parse(document, buffer_view(&content), VEX_BYTES_MAX, "the document", &root, err) &&
                   vex_read(arena, root, &writer.reader, err);
    buffer_done(&writer.packed);
    return is_done;
}

const struct sandbox_task vex_task = {"vex", run_task};

/* -- the parent's side -- */

struct vex_taking {
    struct vex_set *set;
    struct vex_document *document;
    bool has_header;
};

/* Every text that the child sends is checked again, and copied. */
static bool take_text(struct vex_taking *taking, struct unpack *unpack, struct view *text, struct error *err)
{
    struct view sent = unpack_text(unpack);
    if (sent.size > VEX_TEXT_MAX || !view_is_utf8(sent))
        return error_set(err, ERROR_CRASHED, "the child sent a text that is none");
    *text = sent.size == 0 ? view_text("") : arena_copy(taking->set->arena, sent);
    return true;
}

static bool take_header(struct vex_taking *taking, struct unpack *unpack, struct error *err)
{
    struct vex_header *header = &taking->document->header;
    bool is_csaf = view_is(unpack_text(unpack), "CSAF");
    header->format = is_csaf ? "CSAF" : "OpenVEX";
    if (taking->has_header || !take_text(taking, unpack, &header->id, err) ||
        !take_text(taking, unpack, &header->author, err))
        return error_set(err, ERROR_CRASHED, "the child sent a header that is none");
    header->time_ms = (int64_t)unpack_u64(unpack);
    taking->has_header = true;
    return true;
}

static bool take_claim(struct vex_taking *taking, struct unpack *unpack, struct error *err)
{
    struct vex_claim claim;
    if (!vex_claim_unpack(taking->set->arena, unpack, &claim, err))
        return error_set(err, ERROR_CRASHED, "the child sent a claim that is none");
    if (!taking->has_header || taking->document->claim_count == VEX_CLAIMS_MAX)
        return error_set(err, ERROR_CRASHED, "the child sent a claim that is not to be there");
    taking->document->claim_count++;
    vex_set_add(taking->set, taking->document, &claim, taking->set->entries.count);
    return true;
}

static bool take_frame(void *context, uint32_t type, struct view payload, struct error *err)
{
    struct vex_taking *taking = context;
    struct unpack unpack = unpack_begin(payload);
    bool is_taken = type == VEX_FRAME_HEADER  ? take_header(taking, &unpack, err)
                    : type == VEX_FRAME_CLAIM ? take_claim(taking, &unpack, err)
                                              : error_set(err, ERROR_CRASHED, "the child sent an unknown frame");
    return is_taken && (unpack_is_done(&unpack) || error_set(err, ERROR_CRASHED, "the child sent a damaged frame"));
}

bool vex_set_read(
    struct vex_set *set, struct sandbox *sandbox, struct source *input, struct view file, struct error *err)
{
    if (set->document_count == VEX_DOCUMENTS_MAX)
        return error_set(err, ERROR_LIMIT, "there are more than %d VEX documents", VEX_DOCUMENTS_MAX);
    struct vex_taking taking = {.set = set, .document = ARENA_NEW(set->arena, struct vex_document)};
    taking.document->file = file;
    struct sandbox_run run = {
        .task = vex_task.name,
        .input = input,
        .held_bytes_max = HELD_MAX,
        .deadline_ms = DEADLINE_MS,
        .frame = take_frame,
        .context = &taking,
    };
    if (!sandbox_run(sandbox, &run, err))
        return error_wrap(err, "VEX document \"%.*s\"", VIEW_PRINT(file));
    if (!taking.has_header)
        return error_set(err, ERROR_CRASHED, "VEX document \"%.*s\": the child sent nothing", VIEW_PRINT(file));
    set->documents[set->document_count++] = taking.document;
    return true;
}

bool vex_set_read_file(struct vex_set *set, struct sandbox *sandbox, struct view path, struct error *err)
{
    AUTO_SOURCE *input = NULL;
    const char *text = arena_text(set->arena, path);
    int descriptor = open(text, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not open VEX document \"%s\"", text);
    input = source_from_descriptor(descriptor, true);
    return vex_set_read(set, sandbox, input, path, err);
}
