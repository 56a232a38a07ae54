/* SPDX-License-Identifier: Apache-2.0 */
/* VEX documents on their way from the child that parses them to the parent. */
#include "scan/vex.h"

#include "base/pack.h"

enum vex_frame {
    VEX_FRAME_HEADER = 1, /* format, id, author, time */
    VEX_FRAME_CLAIM, /* the texts of a claim, status, time */
};

enum {
    CLAIM_TEXTS = 13,
    DEADLINE_MS = 2 * 60 * 1000,
    HELD_MAX = 256 << 20,
};

static void claim_texts(struct vex_claim *claim, struct view *texts[CLAIM_TEXTS])
{
    struct view *all[CLAIM_TEXTS] = {&claim->ids, &claim->justification, &claim->statement, &claim->product.name,
        &claim->product.purl, &claim->product.range, &claim->product.cpe, &claim->product.sha256,
        &claim->component.name, &claim->component.purl, &claim->component.range, &claim->component.cpe,
        &claim->component.sha256};
    memcpy(texts, all, sizeof(all));
}

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
    struct vex_claim copy = *claim;
    struct view *texts[CLAIM_TEXTS];
    claim_texts(&copy, texts);
    buffer_clear(&writer->packed);
    for (size_t i = 0; i < CLAIM_TEXTS; i++)
        pack_text(&writer->packed, *texts[i]);
    buffer_append_u64(&writer->packed, (uint64_t)claim->status);
    buffer_append_u64(&writer->packed, (uint64_t)claim->time_ms);
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

static struct view upper_case(struct arena *arena, struct view text)
{
    char *raised = arena_text(arena, text);
    for (size_t i = 0; i < text.size; i++) {
        if (raised[i] >= 'a' && raised[i] <= 'z')
            raised[i] = (char)(raised[i] - 'a' + 'A');
    }
    return view_of(raised, text.size);
}

static void add_entry(struct vex_taking *taking, const struct vex_claim *claim)
{
    struct vex_set *set = taking->set;
    struct vex_entry *entry = ARENA_NEW(set->arena, struct vex_entry);
    *entry = (struct vex_entry){*claim, taking->document, set->entries.count};
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    *(struct vex_entry **)ARENA_PUSH(set->arena, &set->entries) = entry;
    for (struct view rest = claim->ids; rest.size > 0;) {
        struct map_entry *known = map_entry(&set->by_id, upper_case(set->arena, view_cut(&rest, '\n')));
        if (known->value == NULL)
            known->value = ARENA_NEW(set->arena, struct vex_entry_list);
        struct vex_entry_list *list = known->value;
        if (list->count == 0 || list->items[list->count - 1] != entry)
            /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
            *(struct vex_entry **)ARENA_PUSH(set->arena, list) = entry;
    }
}

static bool take_claim(struct vex_taking *taking, struct unpack *unpack, struct error *err)
{
    struct vex_claim claim = {.time_ms = 0};
    struct view *texts[CLAIM_TEXTS];
    claim_texts(&claim, texts);
    for (size_t i = 0; i < CLAIM_TEXTS; i++) {
        if (!take_text(taking, unpack, texts[i], err))
            return false;
    }
    uint64_t status = unpack_u64(unpack);
    claim.time_ms = (int64_t)unpack_u64(unpack);
    if (!taking->has_header || status >= VEX_STATUS_COUNT || taking->document->claim_count == VEX_CLAIMS_MAX)
        return error_set(err, ERROR_CRASHED, "the child sent a claim that is none");
    claim.status = (enum vex_status)status;
    taking->document->claim_count++;
    add_entry(taking, &claim);
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

void vex_set_init(struct vex_set *set, struct arena *arena)
{
    *set = (struct vex_set){.arena = arena};
    map_init(&set->by_id, arena);
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
