/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target on the files of the folders given.   usage: <name>_replay FOLDER… ; a folder may be absent, but there
   must be at least one file. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define INPUT_BYTES_MAX (4 << 20)

static int run_file(const char *path)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        perror(path);
        exit(1);
    }
    static uint8_t bytes[INPUT_BYTES_MAX];
    size_t size = fread(bytes, 1, sizeof(bytes), stream);
    fclose(stream);
    /* A block of exactly the size, so that reading beyond it is seen. */
    uint8_t *input = malloc(size > 0 ? size : 1);
    if (input == NULL)
        exit(1);
    memcpy(input, bytes, size);
    fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(input, size);
    free(input);
    return 1;
}

static int run_folder(const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return 0;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        count += run_file(path);
    }
    closedir(directory);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++)
        count += run_folder(argv[i]);
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
