/* SPDX-License-Identifier: MIT */
/* The machine's id: tells machines apart in a table of results without saying whose they are. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "machine/cpu.h"
#include "machine/files.h"
#include "machine/siphash.h"
#include "machine/topology.h"

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* /etc/machine-id: 32 hexadecimal digits; images of containers have it empty, or not at all. */
static bool key_read(unsigned char key[SIPHASH_KEY_BYTES])
{
	char line[64];
	unsigned any = 0;

	if (file_line("/etc/machine-id", line, sizeof(line)) || strlen(line) != 2 * SIPHASH_KEY_BYTES)
		return false;
	for (unsigned i = 0; i < SIPHASH_KEY_BYTES; i++) {
		int high = hex_digit(line[2 * i]), low = hex_digit(line[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (unsigned char)(high << 4 | low);
		any |= key[i];
	}
	return any != 0;
}

/* What is true of many machines; the same after a reboot and under taskset. */
static unsigned memory_gib(void)
{
	char *text = file_read("/proc/meminfo");
	uint64_t kib = 0;

	if (text)
		text_number(text, "MemTotal:", ' ', &kib);
	free(text);
	return (unsigned)((kib + (1 << 19)) >> 20);
}

/*
 * 24 bits that differ between machines of one model. machine-id(5) asks that the id itself never leaves the machine,
 * only keyed hashes of it: it is SipHash's key here, over a constant text. A key cannot be found from the hash (and
 * 24 bits of it fit 2^104 keys), nor does this hash equal one that another program publishes.
 */
static unsigned fingerprint(const char *model, unsigned cores)
{
	static const char text[] = "tvp: machine id, version 1";
	static const unsigned char public_key[SIPHASH_KEY_BYTES] = "tvp: no machine";
	unsigned char key[SIPHASH_KEY_BYTES];
	char known[512];

	if (key_read(key))
		return (unsigned)(siphash(key, text, strlen(text)) >> 40);
	snprintf(known, sizeof(known), "%s|%u|%u", model, cores, memory_gib());
	return (unsigned)(siphash(public_key, known, strlen(known)) >> 40);
}

static void architecture_read(char *architecture, size_t size)
{
	struct utsname names;

	snprintf(architecture, size, "%s", uname(&names) ? "unknown" : names.machine);
	for (char *at = architecture; *at; at++)
		if (!isalnum((unsigned char)*at) && *at != '_')
			*at = '_';
}

char *machine_id(const struct machine *machine)
{
	/* The whole machine's cores, not the usable ones: the id must be the same under taskset. */
	unsigned cores = topology_cores_online();
	char *cpuinfo = file_read("/proc/cpuinfo");
	char architecture[sizeof(((struct utsname *)NULL)->machine) + 1], model[256], slug[CPU_SLUG_BYTES];
	char *id;

	if (cores == 0)
		cores = machine_online(machine);
	cpu_model(cpuinfo ? cpuinfo : "", model, sizeof(model));
	free(cpuinfo);
	cpu_slug(model, slug);
	architecture_read(architecture, sizeof(architecture));
	if (asprintf(&id, "%s-%s-%uc-%06x", architecture, slug, cores, fingerprint(model, cores)) < 0)
		return NULL;
	return id;
}
