/* SPDX-License-Identifier: MIT */
/* CPU masks of the size that this kernel wants, and their lists. */
#include "core/cpuset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CPUSET_BYTES_MAX = 1 << 16 };

size_t cpuset_size_bytes(void)
{
	static unsigned long mask[CPUSET_BYTES_MAX / sizeof(unsigned long)];
	size_t bytes = sizeof(cpu_set_t);

	while (bytes < CPUSET_BYTES_MAX && sched_getaffinity(0, bytes, (cpu_set_t *)mask) < 0 && errno == EINVAL)
		bytes *= 2;
	return bytes;
}

int cpuset_get(cpu_set_t *set, size_t size_bytes)
{
	return sched_getaffinity(0, size_bytes, set) < 0 ? -errno : 0;
}

int cpuset_bind(const cpu_set_t *set, size_t size_bytes)
{
	cpu_set_t *now = CPU_ALLOC(size_bytes * 8);
	int error = 0;

	if (!now)
		return -ENOMEM;
	if (cpuset_get(now, size_bytes) != 0 || !CPU_EQUAL_S(size_bytes, now, set))
		error = sched_setaffinity(0, size_bytes, set) < 0 ? -errno : 0;
	CPU_FREE(now);
	return error;
}

/* One number at *text, which moves behind it. */
static int parse_cpu(const char **text, size_t limit, size_t *cpu)
{
	char *end;
	unsigned long value;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoul(*text, &end, 10);
	if (errno || value >= limit)
		return -EINVAL;
	*text = end;
	*cpu = value;
	return 0;
}

int cpuset_parse(const char *list, cpu_set_t *set, size_t size_bytes)
{
	size_t first, last;

	CPU_ZERO_S(size_bytes, set);
	for (;;) {
		if (parse_cpu(&list, size_bytes * 8, &first))
			return -EINVAL;
		last = first;
		if (*list == '-') {
			list++;
			if (parse_cpu(&list, size_bytes * 8, &last) || last < first)
				return -EINVAL;
		}
		for (size_t cpu = first; cpu <= last; cpu++)
			CPU_SET_S(cpu, size_bytes, set);
		if (*list == '\0')
			return 0;
		if (*list++ != ',')
			return -EINVAL;
	}
}

int cpuset_format(const cpu_set_t *set, size_t size_bytes, char *list, size_t list_bytes)
{
	size_t used = 0, cpus = size_bytes * 8;

	if (list_bytes == 0)
		return -ENOSPC;
	list[0] = '\0';
	for (size_t first = 0; first < cpus; first++) {
		size_t last = first;
		int written;

		if (!CPU_ISSET_S(first, size_bytes, set))
			continue;
		while (last + 1 < cpus && CPU_ISSET_S(last + 1, size_bytes, set))
			last++;
		written = snprintf(list + used, list_bytes - used, last > first ? "%s%zu-%zu" : "%s%zu",
				   used ? "," : "", first, last);
		if ((size_t)written >= list_bytes - used)
			return -ENOSPC;
		used += (size_t)written;
		first = last;
	}
	return 0;
}
