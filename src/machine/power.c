/* SPDX-License-Identifier: MIT */
/* Where this machine's power comes from: laptops save power, and speed, on their battery. */
#include "machine/power.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "machine/files.h"

struct supplies {
	bool any;
	bool online;      /* a plug that gives power */
	bool offline;     /* a plug that gives none */
	bool charged;     /* a battery that is charged or kept full */
	bool discharging; /* a battery that is drained */
};

static void attribute(const char *type_path, const char *name, char *value, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s%s", (int)(strrchr(type_path, '/') + 1 - type_path), type_path, name);
	if (file_line(path, value, size))
		value[0] = '\0';
}

/* Batteries of mice and pens have the scope "Device"; an uninterruptible supply looks like the mains. */
static void add_supply(const char *path, const char *type, void *context)
{
	struct supplies *supplies = context;
	char scope[16], state[32];

	attribute(path, "scope", scope, sizeof(scope));
	if (strcmp(scope, "Device") == 0 || strncmp(type, "UPS", 3) == 0)
		return;
	supplies->any = true;
	if (strncmp(type, "Battery", 7) == 0) {
		attribute(path, "status", state, sizeof(state));
		supplies->discharging |= strcmp(state, "Discharging") == 0;
		supplies->charged |= strcmp(state, "Charging") == 0 || strcmp(state, "Full") == 0;
		return;
	}
	attribute(path, "online", state, sizeof(state));
	supplies->online |= state[0] >= '1' && state[0] <= '9';
	supplies->offline |= state[0] == '0';
}

void read_power(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	struct supplies supplies = {0};

	files_each("/sys/class/power_supply/*/type", add_supply, &supplies);
	if (supplies.online)
		value_print(value, "mains");
	else if (supplies.discharging || supplies.offline)
		value_print(value, "battery");
	else if (supplies.charged)
		value_print(value, "mains");
	else if (!supplies.any && file_exists("/sys/class/power_supply"))
		value_print(value, "none");
}
