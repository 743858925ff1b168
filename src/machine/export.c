/* SPDX-License-Identifier: MIT */
/* topology.xml: hwloc's picture of the machine without what would name it (host, serial numbers, cgroup paths, …). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/workload.h"
#include "machine/topology.h"

/* Everything else goes: hwloc adds new kinds with every version, and firmware fills some with free text. */
static const char *const infos_kept[] = {
	"Architecture",   "Backend",    "CoreType",       "CPUArchitecture",  "CPUFamilyNumber",
	"CPUImplementer", "CPUModel",   "CPUModelNumber", "CPUPart",          "CPURevision",
	"CPUStepping",    "CPUVariant", "CPUVendor",      "FrequencyBaseMHz", "FrequencyMaxMHz",
	"hwlocVersion",   "Inclusive",  "LinuxCapacity",  "OSName",
};

/* Past the '>' that ends the element; quoted values may hold one. NULL if there is none. */
static char *element_end(char *element)
{
	char quote = '\0';

	for (char *at = element; *at; at++) {
		if (quote)
			quote = *at == quote ? '\0' : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
		else if (*at == '>')
			return at + 1;
	}
	return NULL;
}

/* hwloc writes name first and in double quotes; what looks otherwise is not kept. */
static bool is_kept(const char *element)
{
	static const char prefix[] = "<info name=\"";
	const char *name = element + sizeof(prefix) - 1;

	if (strncmp(element, prefix, sizeof(prefix) - 1) != 0)
		return false;
	for (size_t i = 0; i < sizeof(infos_kept) / sizeof(infos_kept[0]); i++) {
		size_t length = strlen(infos_kept[i]);

		if (strncmp(name, infos_kept[i], length) == 0 && name[length] == '"')
			return true;
	}
	return false;
}

int topology_xml_scrub(char *xml)
{
	char *out = xml, *in = xml;

	while (*in) {
		char *end;

		if (strncmp(in, "<info", 5) != 0) {
			*out++ = *in++;
			continue;
		}
		end = element_end(in);
		if (!end || end[-2] != '/')
			return -EINVAL;
		if (is_kept(in)) {
			memmove(out, in, (size_t)(end - in));
			out += end - in;
		} else {
			while (out > xml && out[-1] == ' ')
				out--;
			end += out > xml && out[-1] == '\n' && *end == '\n';
		}
		in = end;
	}
	*out = '\0';
	return 0;
}

static int text_write(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t written = write(fd, text, left);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			text += written;
			left -= (size_t)written;
		}
	}
	return 0;
}

/* Under another name first, so that `path` is never half a file. */
static int file_replace(const char *path, const char *text)
{
	char fresh[PATH_MAX];
	int fd, error;

	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
		return -ENAMETOOLONG;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	error = text_write(fd, text);
	if (close(fd) && !error)
		error = -errno;
	if (!error && rename(fresh, path))
		error = -errno;
	if (error)
		unlink(fresh);
	return error;
}

int machine_export_topology(const struct machine *machine, const char *path, char *reason)
{
	char *buffer, *xml;
	int length, error;

	if (hwloc_topology_export_xmlbuffer(machine->topology, &buffer, &length, 0))
		return reason_set(reason, -EIO, "hwloc could not export the topology as XML");
	xml = strndup(buffer, (size_t)length);
	hwloc_free_xmlbuffer(machine->topology, buffer);
	if (!xml)
		return reason_set(reason, -ENOMEM, "no memory for %s", path);
	error = topology_xml_scrub(xml);
	if (error) {
		reason_set(reason, error,
			   "hwloc's XML has an <info> of unknown form; %s is not written, as it could "
			   "name this machine",
			   path);
		goto free_xml;
	}
	error = file_replace(path, xml);
	if (error)
		reason_set(reason, error, "writing %s failed: %s", path, strerror(-error));
free_xml:
	free(xml);
	return error;
}
