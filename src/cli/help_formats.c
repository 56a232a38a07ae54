/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help_formats.h"

#include "cli/commands.h"

#include <string.h>

struct exit_status {
    int status;
    const char *meaning;
};

/* The three answers of a gate, then the errors. */
static const struct exit_status exit_statuses[] = {
    {0, "done; of a gate: passed"},
    {1, "of a gate: failed"},
    {2, "could not tell, or not everything could be read"},
#define ERROR_CODE(constant, name, exit_status, meaning) {exit_status, meaning},
#include "base/error_codes.def"
#undef ERROR_CODE
};
#define EXIT_STATUS_COUNT (sizeof(exit_statuses) / sizeof(exit_statuses[0]))

static bool has_options(const struct command *command)
{
    return command->options != NULL && command->options[0].name != NULL;
}

static void print_markdown_list(bool is_plumbing, FILE *out)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = commands[i];
        if (command->is_plumbing != is_plumbing)
            continue;
        fprintf(out, "* [`%s`](#tidewaiter-", command->name);
        for (const char *byte = command->name; *byte != '\0'; byte++)
            fputc(*byte == ' ' ? '-' : *byte, out);
        fprintf(out, "): %s\n", command->summary);
    }
}

static void print_markdown_command(const struct command *command, FILE *out)
{
    fprintf(out, "\n## tidewaiter %s\n\n%s.\n\n```text\ntidewaiter %s%s%s%s\n```\n", command->name, command->summary,
        command->name, has_options(command) ? " [OPTION…]" : "", command->arguments[0] == '\0' ? "" : " ",
        command->arguments);
    if (command->details != NULL)
        fprintf(out, "\n```text\n%s\n```\n", command->details);
    if (has_options(command))
        fputc('\n', out);
    for (const struct option *option = command->options; option != NULL && option->name != NULL; option++)
        fprintf(out, "* `--%s%s%s`: %s%s\n", option->name, option->argument == NULL ? "" : " ",
            option->argument == NULL ? "" : option->argument, option->help,
            option->is_repeatable ? " (repeatable)" : "");
}

void help_print_markdown(FILE *out)
{
    print_markdown_list(false, out);
    fprintf(out, "\nFor scripts, with one question and one answer a line, or one document:\n\n");
    print_markdown_list(true, out);
    for (size_t i = 0; i < command_count; i++)
        print_markdown_command(commands[i], out);
}

/* Text for roff: a backslash and a hyphen are escaped, and no line begins with a request. */
static void print_roff(const char *text, FILE *out)
{
    bool is_line_start = true;
    for (const char *byte = text; *byte != '\0'; byte++) {
        if (is_line_start && (*byte == '.' || *byte == '\''))
            fputs("\\&", out);
        if (*byte == '\\')
            fputs("\\e", out);
        else if (*byte == '-')
            fputs("\\-", out);
        else
            fputc(*byte, out);
        is_line_start = *byte == '\n';
    }
}

static void print_man_command(const struct command *command, FILE *out)
{
    fputs(".SS tidewaiter ", out);
    print_roff(command->name, out);
    fprintf(out, "%s%s", has_options(command) ? " [OPTION…]" : "", command->arguments[0] == '\0' ? "" : " ");
    print_roff(command->arguments, out);
    fputc('\n', out);
    print_roff(command->summary, out);
    fputs(".\n", out);
    if (command->details != NULL) {
        fputs(".PP\n.nf\n", out);
        print_roff(command->details, out);
        fputs("\n.fi\n", out);
    }
    for (const struct option *option = command->options; option != NULL && option->name != NULL; option++) {
        fputs(".TP\n\\fB\\-\\-", out);
        print_roff(option->name, out);
        fputs("\\fR", out);
        if (option->argument != NULL) {
            fputs(" \\fI", out);
            print_roff(option->argument, out);
            fputs("\\fR", out);
        }
        fputc('\n', out);
        print_roff(option->help, out);
        fputs(option->is_repeatable ? " (repeatable)\n" : "\n", out);
    }
}

static void print_man_section(const char *title, bool is_plumbing, FILE *out)
{
    fprintf(out, ".SH %s\n", title);
    for (size_t i = 0; i < command_count; i++) {
        if (commands[i]->is_plumbing == is_plumbing)
            print_man_command(commands[i], out);
    }
}

void help_print_man(FILE *out)
{
    fputs(".TH TIDEWAITER 1 \"\" \"tidewaiter " TIDEWAITER_VERSION "\" \"User commands\"\n"
          ".SH NAME\ntidewaiter \\- keep container registries under watch\n"
          ".SH SYNOPSIS\n.B tidewaiter\n\\fICOMMAND\\fR [\\fIOPTION\\fR…] [\\fIARGUMENT\\fR…]\n"
          ".SH DESCRIPTION\n"
          "Tidewaiter lists registries, reads each layer of each image once, and matches the packages that it found\n"
          "there against advisories, as often as these change. What could not be read is shown as a gap and is never\n"
          "taken for an absence of problems.\n",
        out);
    print_man_section("COMMANDS", false, out);
    print_man_section("COMMANDS FOR SCRIPTS", true, out);
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < EXIT_STATUS_COUNT; i++) {
        fprintf(out, ".TP\n.B %d\n", exit_statuses[i].status);
        print_roff(exit_statuses[i].meaning, out);
        fputc('\n', out);
    }
}
