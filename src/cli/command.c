/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

#include <string.h>

#define COMMAND(name) extern const struct command command_##name;
#include "cli/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);

enum { GIVEN_MAX = 256 }; /* options and arguments on one command line */

struct given_option {
    const struct option *option;
    struct view value;
};

struct command_call {
    const struct command *command;
    struct given_option options[GIVEN_MAX];
    int option_count;
    struct view arguments[GIVEN_MAX];
    int argument_count;
    bool wants_help;
    FILE *out;
};

struct view call_argument(const struct command_call *call, int index)
{
    return index < call->argument_count ? call->arguments[index] : view_of(NULL, 0);
}

static const struct given_option *last_given(const struct command_call *call, const char *name)
{
    for (int i = call->option_count - 1; i >= 0; i--) {
        if (strcmp(call->options[i].option->name, name) == 0)
            return &call->options[i];
    }
    return NULL;
}

struct view call_option(const struct command_call *call, const char *name)
{
    const struct given_option *given = last_given(call, name);
    return given == NULL ? view_of(NULL, 0) : given->value;
}

bool call_has_option(const struct command_call *call, const char *name)
{
    return last_given(call, name) != NULL;
}

const char *call_option_text(const struct command_call *call, const char *name)
{
    return call_option(call, name).data; /* values come from argv and so end with NUL */
}

bool call_yes_or_no(const struct command_call *call, const char *name, bool *is_yes, struct error *err)
{
    if (!call_has_option(call, name))
        return true;
    struct view word = call_option(call, name);
    *is_yes = view_is(word, "yes");
    return *is_yes || view_is(word, "no") ||
           error_set(err, ERROR_USAGE, "option \"--%s\" is yes or no, not \"%.*s\"", name, VIEW_PRINT(word));
}

bool call_option_at(const struct command_call *call, const char *name, int index, struct view *value)
{
    for (int i = 0; i < call->option_count; i++) {
        if (strcmp(call->options[i].option->name, name) == 0 && index-- == 0) {
            *value = call->options[i].value;
            return true;
        }
    }
    return false;
}

FILE *call_output(const struct command_call *call)
{
    return call->out;
}

static const struct option *find_option(const struct command *command, struct view name)
{
    for (const struct option *option = command->options; option != NULL && option->name != NULL; option++) {
        if (view_is(name, option->name))
            return option;
    }
    return NULL;
}

/* Takes "--name", "--name=value" or "--name value"; `*i` moves over a value in the next word. */
static bool take_option(struct command_call *call, int count, char **words, int *i, struct error *err)
{
    struct view rest = view_text(words[*i] + 2);
    bool has_value = view_find(rest, '=') < rest.size;
    struct view name = view_cut(&rest, '=');
    if (view_is(name, "help")) {
        call->wants_help = true;
        return true;
    }
    const struct option *option = find_option(call->command, name);
    if (option == NULL)
        return error_set(err, ERROR_USAGE, "unknown option \"--%.*s\"", VIEW_PRINT(name));
    if (option->argument == NULL && has_value)
        return error_set(err, ERROR_USAGE, "option \"--%s\" takes no value", option->name);
    if (option->argument != NULL && !has_value) {
        if (*i + 1 >= count)
            return error_set(err, ERROR_USAGE, "option \"--%s\" needs a value: %s", option->name, option->argument);
        rest = view_text(words[++*i]);
    }
    if (!option->is_repeatable && call_has_option(call, option->name))
        return error_set(err, ERROR_USAGE, "option \"--%s\" is given twice", option->name);
    call->options[call->option_count++] = (struct given_option){option, rest};
    return true;
}

static bool parse_words(struct command_call *call, int count, char **words, struct error *err)
{
    bool options_ended = false;
    if (count >= GIVEN_MAX)
        return error_set(err, ERROR_USAGE, "more than %d words", GIVEN_MAX);
    for (int i = 0; i < count; i++) {
        if (!options_ended && strcmp(words[i], "--") == 0)
            options_ended = true;
        else if (!options_ended && strcmp(words[i], "-h") == 0)
            call->wants_help = true;
        else if (!options_ended && strncmp(words[i], "--", 2) == 0) {
            if (!take_option(call, count, words, &i, err))
                return false;
        } else if (!options_ended && words[i][0] == '-' && words[i][1] != '\0')
            return error_set(err, ERROR_USAGE, "unknown option \"%s\"", words[i]);
        else
            call->arguments[call->argument_count++] = view_text(words[i]);
    }
    if (call->wants_help)
        return true;
    if (call->argument_count < call->command->arguments_min)
        return error_set(err, ERROR_USAGE, "\"%s\" needs %s", call->command->name, call->command->arguments);
    if (call->argument_count > call->command->arguments_max)
        return error_set(err, ERROR_USAGE, "unexpected argument \"%.*s\"",
            VIEW_PRINT(call->arguments[call->command->arguments_max]));
    return true;
}

static void print_error(const struct command *command, const struct error *err)
{
    AUTO_BUFFER line;
    buffer_init(&line, 4 * ERROR_MESSAGE_MAX);
    text_append_printable(&line, view_text(err->message));
    fprintf(stderr, "tidewaiter: %.*s\n", VIEW_PRINT(buffer_view(&line)));
    if (err->code == ERROR_USAGE)
        fprintf(stderr, "See \"tidewaiter %s --help\".\n", command->name);
}

int command_run(const struct command *command, int count, char **words, FILE *out)
{
    struct error err;
    struct command_call call = {.command = command, .out = out};
    int status = -1;
    if (parse_words(&call, count, words, &err)) {
        if (call.wants_help) {
            command_print_help(command, out);
            return 0;
        }
        status = command->run(&call, &err);
    }
    if (status >= 0)
        return status;
    print_error(command, &err);
    return error_exit_status(err.code);
}

const struct command *command_find(int count, char **words, int *used)
{
    const struct command *found = NULL;
    for (size_t i = 0; i < command_count; i++) {
        struct view rest = view_text(commands[i]->name);
        int matched = 0;
        while (rest.size > 0 && matched < count && view_is(view_cut(&rest, ' '), words[matched]))
            matched++;
        struct view name = view_text(commands[i]->name);
        int word_count = view_find(name, ' ') < name.size ? 2 : 1;
        if (matched == word_count && (found == NULL || word_count > *used)) {
            found = commands[i];
            *used = word_count;
        }
    }
    return found;
}

static void print_options(const struct command *command, FILE *out)
{
    if (command->options == NULL || command->options[0].name == NULL)
        return;
    fprintf(out, "\nOptions:\n");
    for (const struct option *option = command->options; option->name != NULL; option++) {
        char left[80];
        snprintf(left, sizeof(left), "--%s%s%s", option->name, option->argument == NULL ? "" : " ",
            option->argument == NULL ? "" : option->argument);
        fprintf(out, "  %-34s %s%s\n", left, option->help, option->is_repeatable ? " (repeatable)" : "");
    }
}

static void print_list(bool plumbing, FILE *out)
{
    for (size_t i = 0; i < command_count; i++) {
        if (commands[i]->is_plumbing == plumbing)
            fprintf(out, "  %-24s %s\n", commands[i]->name, commands[i]->summary);
    }
}

void command_print_help(const struct command *command, FILE *out)
{
    if (command != NULL) {
        fprintf(out, "Usage: tidewaiter %s%s%s%s\n\n%s.\n", command->name,
            command->options == NULL || command->options[0].name == NULL ? "" : " [OPTION…]",
            command->arguments[0] == '\0' ? "" : " ", command->arguments, command->summary);
        if (command->details != NULL)
            fprintf(out, "\n%s\n", command->details);
        print_options(command, out);
        return;
    }
    fprintf(out,
        "Tidewaiter keeps container registries under watch.\n\nUsage: tidewaiter COMMAND [OPTION…] [ARGUMENT…]\n"
        "\nCommands:\n");
    print_list(false, out);
    fprintf(out, "\nFor scripts:\n");
    print_list(true, out);
    fprintf(out, "\n\"tidewaiter COMMAND --help\" tells more about each.\n");
}
