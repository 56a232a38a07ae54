/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes asks whether what somebody wants to run may run (ValidatingAdmissionWebhook, AdmissionReview of admission.k8s.io/v1).
   The vulnerability policies of the stage admission_control answer, from what is stored alone: nothing is fetched, and an image that
   was never scanned is one that policies may warn of or reject. */
#include "api/api.h"
#include "api/route.h"
#include "base/json.h"
#include "base/log.h"
#include "store/admission.h"
#include "store/scan_requests.h"

#define API_VERSION "admission.k8s.io/v1"
#define UID_BYTES_MAX 255
#define MESSAGE_BYTES_MAX (64u * 1024)

/* Kubernetes cuts warnings that are longer. */
#define WARNING_BYTES_MAX 256

/* An object may nest its pod as deep as a CronJob does. */
enum { POD_DEPTH_MAX = 4 };

struct texts {
    struct view *items;
    size_t count;
    size_t capacity;
};

struct review {
    struct request *request;
    struct view uid;
    struct view name_space;
    struct json object;
    struct texts images; /* as the object names them, each once */
    struct texts refusals;
    struct texts warnings;
    bool fails_open; /* what cannot be told only warns */
};

static void add_text(struct review *review, struct texts *texts, struct view text)
{
    *(struct view *)ARENA_PUSH(review->request->arena, texts) = text;
}

/* Containers of all kinds name their images alike. */
static bool add_images(struct review *review, struct response *response, struct json spec)
{
    static const char *const kinds[] = {"initContainers", "containers", "ephemeralContainers"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        for (struct json_iterator one = json_each(json_member(spec, kinds[i])); json_next(&one);) {
            struct view image = json_member_string(one.value, "image");
            bool is_known = image.size == 0;
            for (size_t j = 0; j < review->images.count && !is_known; j++)
                is_known = view_equal(review->images.items[j], image);
            if (is_known)
                continue;
            if (review->images.count == ADMISSION_IMAGES_MAX)
                return respond_error(
                    response, API_ERROR_INVALID_BODY, "the object has more than %d images", ADMISSION_IMAGES_MAX);
            add_text(review, &review->images, arena_copy(review->request->arena, image));
        }
    }
    return true;
}

/* The pod of a Pod, of a template (Deployment, Job …) and of a template's template (CronJob). */
static bool find_images(struct review *review, struct response *response)
{
    struct json holder = review->object;
    for (int i = 0; i < POD_DEPTH_MAX; i++) {
        struct json spec = json_member(holder, "spec");
        if (!add_images(review, response, spec))
            return false;
        if (json_is_present(json_member(holder, "template"))) /* PodTemplate */
            holder = json_member(holder, "template");
        else if (json_is_present(json_member(spec, "template")))
            holder = json_member(spec, "template");
        else
            holder = json_member(spec, "jobTemplate");
    }
    return true;
}

static bool read_review(struct review *review, struct response *response, struct json_document *document)
{
    struct error err;
    struct json root;
    struct view fail = request_parameter(review->request, "fail");
    if (fail.size > 0 && !view_is(fail, "open") && !view_is(fail, "closed"))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "fail", "\"fail\" is \"open\" or \"closed\"");
    review->fails_open = view_is(fail, "open");
    if (!json_parse(document, review->request->body, REQUEST_BODY_BYTES_MAX, "request body", &root, &err))
        return respond_error(response, API_ERROR_INVALID_BODY, "%s", err.message);
    struct json asked = json_member(root, "request");
    review->uid = arena_copy(review->request->arena, json_member_string(asked, "uid"));
    if (!view_is(json_member_string(root, "apiVersion"), API_VERSION) ||
        !view_is(json_member_string(root, "kind"), "AdmissionReview"))
        return respond_error(response, API_ERROR_INVALID_BODY, "the body must be an AdmissionReview of " API_VERSION);
    if (review->uid.size == 0 || review->uid.size > UID_BYTES_MAX)
        return respond_error(
            response, API_ERROR_INVALID_BODY, "the review has no \"uid\" of 1 to %d bytes", UID_BYTES_MAX);
    review->name_space = arena_copy(review->request->arena, json_member_string(asked, "namespace"));
    review->object = json_member(asked, "object"); /* null where something is deleted: it has no images */
    return find_images(review, response);
}

/* Warnings of Kubernetes are short; refusals are told as a whole. */
static void say(struct review *review, bool is_refused, struct view image, struct view why)
{
    struct arena *arena = review->request->arena;
    struct view text = arena_format(arena, "%.*s: %.*s", VIEW_PRINT(image), VIEW_PRINT(why));
    if (is_refused)
        add_text(review, &review->refusals, text);
    else
        add_text(review, &review->warnings, text);
}

/* A scan ahead of all bulk work; what it cannot do, it says. */
static struct view queue_scan(struct review *review, const struct reference *reference)
{
    struct error err;
    struct uuid uuid;
    struct integration integration;
    struct request *request = review->request;
    bool found = false, is_new = false;
    int64_t organization = request->session.account.organization;
    if (!permission_has(request->permissions, PERMISSION_ORG_SCAN_REQUEST_EDIT))
        return view_text("the token may not have it scanned");
    if (!store_find_covering_integration(request->api->store, request->arena, organization, reference->host,
            reference->repository, &integration, &found, &err))
        return arena_copy(request->arena, view_text(err.message));
    if (!found)
        return view_text("no integration covers its registry");
    const struct scan_request_new given = {.integration = &integration,
        .reference = reference,
        .who = request->session.account.user_name,
        .requester = view_text("")};
    if (!store_new_scan_request(request->api->store, organization, &given, &uuid, &is_new, &err))
        return arena_copy(request->arena, view_text(err.message));
    return view_text("its scan is queued: try again when it is done");
}

/* An image that was never scanned, or whose name is none. */
static void judge_unknown(struct review *review, struct view image, const struct reference *reference,
    const struct admission_outcome *outcome)
{
    struct arena *arena = review->request->arena;
    const struct admission_scope scope = vulnerability_policy_admission(outcome->policy, review->name_space);
    struct view name = outcome->policy->name;
    bool is_refused = scope.unknown_image != ADMISSION_WARN;
    struct view more = view_text("");
    if (scope.unknown_image == ADMISSION_REJECT_AND_SCAN && reference != NULL)
        more = arena_format(arena, "; %.*s", VIEW_PRINT(queue_scan(review, reference)));
    say(review, is_refused, image,
        arena_format(arena, "policy \"%.*s\": the image was never scanned%.*s", VIEW_PRINT(name), VIEW_PRINT(more)));
}

static void judge_outcome(struct review *review, struct view image, const struct admission_outcome *outcome)
{
    const struct admission_scope scope = vulnerability_policy_admission(outcome->policy, review->name_space);
    bool is_open = outcome->outcome == OUTCOME_COULD_NOT_TELL && review->fails_open;
    if (outcome->outcome < OUTCOME_COULD_NOT_TELL)
        return;
    say(review, scope.behaviour == ADMISSION_REJECT && !is_open, image, outcome->reason);
}

/* Images whose name is none are unknown; the others are asked of the store. */
static bool judge(struct review *review, struct error *err)
{
    struct request *request = review->request;
    struct admission_image *images = ARENA_ARRAY(request->arena, struct admission_image, review->images.count);
    struct error ignored; /* such an image cannot be run either */
    for (size_t i = 0; i < review->images.count; i++) {
        struct reference *reference = ARENA_NEW(request->arena, struct reference);
        if (reference_parse(request->arena, review->images.items[i], reference, &ignored))
            images[i].reference = reference;
    }
    if (!store_review_admission(request->api->store, request->arena, request->session.account.organization, images,
            review->images.count, err))
        return false;
    for (size_t i = 0; i < review->images.count; i++) {
        for (size_t j = 0; j < images[i].outcome_count; j++) {
            if (images[i].is_scanned)
                judge_outcome(review, review->images.items[i], &images[i].outcomes[j]);
            else
                judge_unknown(review, review->images.items[i], images[i].reference, &images[i].outcomes[j]);
        }
    }
    return true;
}

static struct view join_refusals(struct review *review)
{
    AUTO_BUFFER text;
    buffer_init(&text, MESSAGE_BYTES_MAX);
    for (size_t i = 0; i < review->refusals.count && text.size + WARNING_BYTES_MAX < MESSAGE_BYTES_MAX; i++) {
        struct view one = view_slice(review->refusals.items[i], 0, MESSAGE_BYTES_MAX / 4);
        if (text.size + one.size + 2 < MESSAGE_BYTES_MAX)
            buffer_append_format(&text, "%s%.*s", i == 0 ? "" : "; ", VIEW_PRINT(one));
    }
    return arena_copy(review->request->arena, buffer_view(&text));
}

static void write_answer(struct review *review, struct response *response)
{
    struct json_writer writer;
    bool is_allowed = review->refusals.count == 0;
    response->content_type = "application/json";
    response->status = 200;
    json_writer_init(&writer, &response->body);
    json_begin_object(&writer);
    json_pair_text(&writer, "apiVersion", API_VERSION);
    json_pair_text(&writer, "kind", "AdmissionReview");
    json_key(&writer, "response");
    json_begin_object(&writer);
    json_pair(&writer, "uid", review->uid);
    json_pair_boolean(&writer, "allowed", is_allowed);
    if (!is_allowed) {
        json_key(&writer, "status");
        json_begin_object(&writer);
        json_pair_integer(&writer, "code", 403);
        json_pair(&writer, "message", join_refusals(review));
        json_end_object(&writer);
    }
    if (review->warnings.count > 0) {
        json_key(&writer, "warnings");
        json_begin_array(&writer);
        for (size_t i = 0; i < review->warnings.count; i++)
            json_write(&writer, view_slice(review->warnings.items[i], 0, WARNING_BYTES_MAX));
        json_end_array(&writer);
    }
    json_end_object(&writer);
    json_end_object(&writer);
}

bool route_admission_review(struct request *request, struct response *response)
{
    AUTO_JSON *document = json_document_new();
    struct review review = {.request = request};
    struct error err;
    if (!read_review(&review, response, document))
        return false;
    if (!judge(&review, &err)) {
        if (!review.fails_open)
            return respond_failure(request, response, &err);
        LOG(LOG_ERROR, "admission could not be judged and was allowed", {"request_id", view_text(request->id.text)},
            {"error", view_text(err.message)});
        review.refusals.count = 0;
        add_text(&review, &review.warnings, view_text("the images could not be judged: the server has a problem"));
    }
    write_answer(&review, response);
    return true;
}

/* The same for clusters whose API server sends no token: it stands in the address. */
bool route_admission_review_by_secret(struct request *request, struct response *response)
{
    return route_admission_review(request, response);
}
