/* SPDX-License-Identifier: MIT */
/* The CPU's model: each architecture has its own words for it. */
#include "machine/cpu.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "machine/files.h"

void cpu_model(const char *cpuinfo, char *model, size_t size)
{
	/* x86, LoongArch, RISC-V, MIPS, POWER */
	static const char *const keys[] = {"model name", "Model Name", "uarch", "cpu model", "cpu"};
	char implementer[32], part[32];

	if (text_field(cpuinfo, "CPU implementer", ':', implementer, sizeof(implementer)) == 0 &&
	    text_field(cpuinfo, "CPU part", ':', part, sizeof(part)) == 0) {
		snprintf(model, size, "ARM implementer %s part %s", implementer, part);
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (text_field(cpuinfo, keys[i], ':', model, size) == 0 && model[0])
			return;
	snprintf(model, size, "%s", "");
}

static bool is_noise(const char *word, size_t length)
{
	static const char *const noise[] = {"cpu", "processor", "implementer", "part", "with"};

	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
		if (strlen(noise[i]) == length && strncasecmp(word, noise[i], length) == 0)
			return true;
	return false;
}

/* "(R)", "(TM)", "(C)": parentheses and what is in them */
static const char *parentheses_skip(const char *text)
{
	const char *close = *text == '(' ? strchr(text, ')') : NULL;

	return close ? close + 1 : text;
}

void cpu_slug(const char *model, char slug[CPU_SLUG_BYTES])
{
	size_t used = 0;

	while (*model && *model != '@') { /* what follows '@' is the clock speed */
		const char *skipped = parentheses_skip(model);
		size_t length = 0;

		while (isalnum((unsigned char)skipped[length]))
			length++;
		if (length == 0) {
			model = skipped > model ? skipped : model + 1;
			continue;
		}
		model = skipped + length;
		if (is_noise(skipped, length))
			continue;
		if (used > 0 && used + 1 < CPU_SLUG_BYTES)
			slug[used++] = '-';
		for (size_t i = 0; i < length && used + 1 < CPU_SLUG_BYTES; i++)
			slug[used++] = (char)tolower((unsigned char)skipped[i]);
	}
	while (used > 0 && slug[used - 1] == '-')
		used--;
	slug[used] = '\0';
	if (used == 0)
		snprintf(slug, CPU_SLUG_BYTES, "unknown-cpu");
}
