/* SPDX-License-Identifier: MIT */
/* The values of a parameter as text: whole numbers, or names where it has names. */
#ifndef TVP_PLAN_PARAMETER_H
#define TVP_PLAN_PARAMETER_H

#include <stdint.h>
#include <stdio.h>

#include "core/workload.h"

/* 0, or -EINVAL for what is no whole number, -ERANGE for one beyond the limits, -ENOENT for what is none of the names. */
int parameter_parse(const struct parameter *parameter, const char *text, uint64_t *value);

/* Why parameter_parse returned -ERANGE or -ENOENT, and what is right; `owner` is whose parameter it is. Returns -EINVAL. */
int parameter_refuse(const struct parameter *parameter, const char *owner, const char *text, char *reason);

void parameter_print(FILE *stream, const struct parameter *parameter, uint64_t value);

#endif
