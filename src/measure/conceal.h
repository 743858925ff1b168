/* SPDX-License-Identifier: MIT */
/* Keeps the machine's folders out of what is handed on. */
#ifndef TVP_MEASURE_CONCEAL_H
#define TVP_MEASURE_CONCEAL_H

/* Takes "folder/" out of a reason of REASON_BYTES, and writes a word for "folder" alone: for the run's folder of temporary
 * files and for that of the programs. */
void conceal_folders(char *reason, const char *directory, const char *program_path);

#endif
