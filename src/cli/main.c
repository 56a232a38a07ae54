/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include "feed/feed.h"
#include "layer/input.h"
#include "scan/list.h"
#include "scan/vex.h"
#include "secret/secret.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    static char version[] = "version";
    /* What sandboxed children of this program do. In the zygote this does not return. */
    const struct sandbox_task tasks[] = {
        archive_task, feed_task, layer_task, list_task, together_task, tree_task, vex_task};
    sandbox_main(argc, argv, tasks, sizeof(tasks) / sizeof(tasks[0]));
    secret_forbid_core_files();
    /* libarchive needs a UTF-8 locale to read names; LC_NUMERIC and the rest stay "C", so that numbers print the same. */
    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        command_print_help(NULL, argc < 2 ? stderr : stdout);
        return argc < 2 ? error_exit_status(ERROR_USAGE) : 0;
    }
    if (strcmp(argv[1], "--version") == 0)
        argv[1] = version;
    int used = 0;
    const struct command *command = command_find(argc - 1, argv + 1, &used);
    if (command == NULL) {
        fprintf(stderr, "tidewaiter: there is no command \"%s\"\nSee \"tidewaiter --help\".\n", argv[1]);
        return error_exit_status(ERROR_USAGE);
    }
    int status = command_run(command, argc - 1 - used, argv + 1 + used, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("tidewaiter: could not write the output");
        return error_exit_status(ERROR_IO);
    }
    return status;
}
