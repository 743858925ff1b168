/* SPDX-License-Identifier: MIT */
/* One-line reasons for people, and the names of what can become of a sample. */
#include <stdarg.h>
#include <stdio.h>

#include "core/sample.h"
#include "core/workload.h"

int reason_set(char *reason, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started in the line above. */
	vsnprintf(reason, REASON_BYTES, format, arguments);
	va_end(arguments);
	return error;
}

int worker_fail(struct worker *worker, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started in the line above. */
	vsnprintf(worker->reason, REASON_BYTES, format, arguments);
	va_end(arguments);
	return error;
}

const char *status_name(enum status status)
{
	static const char *const names[] = {"ok", "failed", "skipped", "invalid"};

	return names[status];
}
