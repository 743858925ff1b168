/* SPDX-License-Identifier: MIT */
/* Goes through the checks with the facts of a machine, and puts what they find into words. */
#include "machine/advice.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/checks.h"

const char *evidence_text(const struct evidence *evidence, const char *name)
{
	const char *value = facts_get(evidence->environment, name);

	return *value ? value : facts_get(evidence->noise, name);
}

double evidence_number(const struct evidence *evidence, const char *name)
{
	const char *text = evidence_text(evidence, name);
	char *end;
	double number = strtod(text, &end);

	if (strcmp(text, "unlimited") == 0)
		return INFINITY;
	return end > text && !*end ? number : NAN;
}

/* "1.2 GiB"; whole numbers below one KiB and from ten on. */
static void print_bytes(FILE *stream, double bytes)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;

	while (bytes >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		bytes /= 1024;
		unit++;
	}
	fprintf(stream, "%.*f %s", unit > 0 && bytes < 10, bytes, units[unit]);
}

/* What stands for {name} or {name/name}. */
static void print_value(FILE *stream, const struct evidence *evidence, char *name)
{
	char *slash = strchr(name, '/');
	size_t length = strlen(name);

	if (slash) {
		*slash = '\0';
		fprintf(stream, "%.2g %%",
			100 * evidence_number(evidence, name) / evidence_number(evidence, slash + 1));
	} else if (length > 6 && strcmp(name + length - 6, "_bytes") == 0) {
		print_bytes(stream, evidence_number(evidence, name));
	} else {
		fputs(evidence_text(evidence, name), stream);
	}
}

/* The caller's to free; NULL if out of memory. */
static char *text_fill(const char *text, const struct evidence *evidence)
{
	char *filled = NULL, name[128];
	size_t size;
	FILE *stream = open_memstream(&filled, &size);

	if (!stream)
		return NULL;
	while (*text) {
		size_t plain = strcspn(text, "{");

		fwrite(text, 1, plain, stream);
		text += plain;
		if (*text) {
			snprintf(name, sizeof(name), "%.*s", (int)strcspn(text + 1, "}"), text + 1);
			print_value(stream, evidence, name);
			text += strcspn(text, "}");
			text += *text != '\0';
		}
	}
	if (fclose(stream) == 0)
		return filled;
	free(filled);
	return NULL;
}

static bool is_known(const struct check *check, const struct evidence *evidence)
{
	for (size_t i = 0; i < sizeof(check->facts) / sizeof(*check->facts); i++)
		if (check->facts[i] && !*evidence_text(evidence, check->facts[i]))
			return false;
	return true;
}

/* ADVICE_SEVERITIES: nothing to say. */
static enum advice_severity judge(const struct check *check, const struct evidence *evidence)
{
	if (!is_known(check, evidence))
		return ADVICE_UNKNOWN;
	return check->found(check, evidence) ? check->severity : ADVICE_SEVERITIES;
}

static int add_advice(struct advice_list *advice, const struct check *check, enum advice_severity severity,
		      const struct evidence *evidence)
{
	bool unknown = severity == ADVICE_UNKNOWN;
	struct advice *entry = &advice->list[advice->count];

	*entry = (struct advice){
		.check = check->name,
		.severity = severity,
		.text = unknown ? strdup(check->subject) : text_fill(check->text, evidence),
		.cure = unknown ? NULL : check->cure,
		.command = unknown ? NULL : check->command,
	};
	if (!entry->text)
		return -ENOMEM;
	advice->count++;
	return 0;
}

static size_t count_checks(void)
{
	size_t count = 0;

	while (check_table[count].name)
		count++;
	return count;
}

int machine_advise(const struct facts *environment, const struct facts *noise, struct advice_list *advice)
{
	const struct evidence evidence = {environment, noise};
	struct advice_list found = {.list = calloc(count_checks(), sizeof(*found.list))};

	if (!found.list)
		return -ENOMEM;
	for (enum advice_severity severity = 0; severity <= ADVICE_SEVERITIES; severity++) {
		for (const struct check *check = check_table; check->name; check++) {
			if ((check->applies && !check->applies(&evidence)) || judge(check, &evidence) != severity)
				continue;
			if (severity == ADVICE_SEVERITIES) {
				found.passed++;
			} else if (add_advice(&found, check, severity, &evidence)) {
				advice_exit(&found);
				return -ENOMEM;
			}
		}
	}
	*advice = found;
	return 0;
}

void advice_exit(struct advice_list *advice)
{
	for (size_t i = 0; i < advice->count; i++)
		free(advice->list[i].text);
	free(advice->list);
	*advice = (struct advice_list){0};
}

const char *advice_severity_name(enum advice_severity severity)
{
	static const char *const names[] = {"disturbs", "may disturb", "recorded", "unknown"};

	return names[severity];
}
