/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/prompt.h"

#include "registry/docker_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

enum { ANSWER_MAX = 1024 };

static bool read_answer(char answer[ANSWER_MAX], struct error *err)
{
    if (fgets(answer, ANSWER_MAX, stdin) == NULL)
        return error_set(err, ERROR_CANCELLED, "no answer");
    answer[strcspn(answer, "\r\n")] = '\0';
    return true;
}

static bool read_hidden(char answer[ANSWER_MAX], struct error *err)
{
    struct termios visible, hidden;
    if (tcgetattr(STDIN_FILENO, &visible) != 0)
        return error_set(err, ERROR_IO, "the terminal cannot hide what is typed");
    hidden = visible;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    bool is_read = read_answer(answer, err);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &visible);
    fputc('\n', stderr);
    return is_read;
}

static bool ask_password(const char *host, char answer[ANSWER_MAX], struct error *err)
{
    fprintf(stderr, "Password at %s: ", host);
    return read_hidden(answer, err);
}

bool prompt_for_credentials(struct arena *arena, struct view host, struct error *err)
{
    AUTO_LOGIN login = {.is_found = false};
    char username[ANSWER_MAX], password[ANSWER_MAX];
    const char *name = arena_text(arena, host);
    const struct login_wanted wanted = {.host = host};
    if (!registry_credentials_find(arena, &wanted, &login, err))
        return false;
    if (login.is_found || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return true;
    fprintf(stderr, "User name at %s (empty: none): ", name);
    if (!read_answer(username, err))
        return false;
    if (username[0] == '\0')
        return true;
    bool is_kept = ask_password(name, password, err) && setenv("TIDEWAITER_REGISTRY_USERNAME", username, 1) == 0 &&
                   setenv("TIDEWAITER_REGISTRY_PASSWORD", password, 1) == 0;
    explicit_bzero(password, sizeof(password));
    return is_kept;
}

bool prompt_for_field(const struct credential_field *field, struct secret **answer, struct error *err)
{
    char text[ANSWER_MAX] = "";
    fprintf(stderr, "%s (%s): ", field->label, field->help);
    if (!(field->kind == CREDENTIAL_SECRET ? read_hidden(text, err) : read_answer(text, err)))
        return false;
    *answer = text[0] == '\0' ? NULL : secret_new(view_text(text));
    secret_wipe(text, sizeof(text));
    return true;
}

bool prompt_confirms(const char *question)
{
    char text[ANSWER_MAX];
    struct error err;
    if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
        return false;
    fprintf(stderr, "%s [y/N] ", question);
    return read_answer(text, &err) && (strcmp(text, "y") == 0 || strcmp(text, "yes") == 0);
}
