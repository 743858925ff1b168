/* SPDX-License-Identifier: MIT */
/* Names on the command line become descriptors; an unknown one ends the program with the nearest valid names. */
#ifndef TVP_CLI_NAMES_H
#define TVP_CLI_NAMES_H

#include "core/executor.h"
#include "core/experiment.h"
#include "core/workload.h"

/* "PROGRAM: message" on standard error, then exit status 2. */
_Noreturn void names_usage(const char *program, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* From "a,b": lists that end with NULL, the caller's to free. */
const struct workload **names_workloads(const char *program, const char *text);
/* Executors and peers. */
const struct executor **names_executors(const char *program, const char *text);
const char **names_placements(const char *program, const char *text);

/* Appends to *list (NULL at first), once. */
void names_add_experiment(const char *program, const char *name, const struct experiment ***list);

#endif
