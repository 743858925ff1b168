/* SPDX-License-Identifier: MIT */
/* What this machine runs in, as one word; never the firmware's own text, which may hold more. */
#include "machine/platform.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "machine/files.h"

struct word {
	const char *mark; /* what to look for */
	const char *word; /* what to call it */
};

static const char *word_find(const struct word *words, const char *text)
{
	for (; words->mark; words++)
		if (strstr(text, words->mark))
			return words->word;
	return NULL;
}

/* Signatures of CPUID leaf 0x40000000 and names in DMI; the first that matches counts. */
static const struct word hypervisors[] = {
	{"KVM", "kvm"},
	{"TCGTCG", "qemu"},
	{"QEMU", "qemu"},
	{"VMware", "vmware"},
	{"Microsoft Hv", "hyper-v"},
	{"Microsoft Corporation Virtual Machine", "hyper-v"}, /* the firm alone also makes laptops */
	{"Xen", "xen"},
	{"HVM domU", "xen"},
	{"VBox", "virtualbox"},
	{"VirtualBox", "virtualbox"},
	{"bhyve", "bhyve"},
	{"BHYVE", "bhyve"},
	{"Parallels", "parallels"},
	{" lrpepyh vr", "parallels"},
	{"Apple Virtualization", "apple"},
	{"Google Compute Engine", "kvm"},
	{"OpenStack", "kvm"},
	{"Bochs", "bochs"},
	{NULL, NULL},
};

/* Vendor and product, joined by a blank; false if there is no DMI (device-tree machines, small guests). */
static bool dmi_read(char *text, size_t size)
{
	size_t used;

	if (file_line("/sys/class/dmi/id/sys_vendor", text, size))
		return false;
	used = strlen(text);
	if (used + 2 < size) {
		text[used++] = ' ';
		text[used] = '\0';
		file_line("/sys/class/dmi/id/product_name", text + used, size - used);
	}
	return true;
}

static bool has_flag(const char *flags, const char *flag)
{
	size_t length = strlen(flag);

	for (const char *at = strstr(flags, flag); at; at = strstr(at + 1, flag))
		if ((at == flags || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

void read_hypervisor(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	char flags[8192], dmi[256] = "", type[32] = "";
	bool x86 = text_field(survey->cpuinfo, "flags", ':', flags, sizeof(flags)) == 0;
	bool dmi_known;
	const char *word;

	if (x86 && !has_flag(flags, "hypervisor")) {
		value_print(value, "none");
		return;
	}
	dmi_known = dmi_read(dmi, sizeof(dmi));
	word = word_find(hypervisors, survey->cpuid.hypervisor);
	if (!word)
		word = word_find(hypervisors, dmi);
	if (!word && file_line("/sys/hypervisor/type", type, sizeof(type)) == 0 && strcmp(type, "xen") == 0)
		word = "xen";
	if (!word && x86)
		word = "unknown"; /* the flag says that there is one */
	if (!word && dmi_known)   /* this cloud's DMI is the same with and without a hypervisor, but for the product */
		word = strstr(dmi, "Amazon EC2") && !strstr(dmi, "metal") ? "amazon" : "none";
	if (word)
		value_print(value, "%s", word);
}

static const struct word container_groups[] = {
	{"kubepods", "kubernetes"},   {"libpod", "podman"}, {"docker", "docker"},
	{"containerd", "containerd"}, {"/lxc", "lxc"},      {NULL, NULL},
};

/* What a manager called itself: short, lower case, or nothing. */
static void name_print(char *value, const char *name)
{
	size_t length = 0;

	while (islower((unsigned char)name[length]) || isdigit((unsigned char)name[length]) || name[length] == '-')
		length++;
	if (length > 0 && length <= 32 && !name[length])
		value_print(value, "%s", name);
}

/* Each manager leaves traces of its own. */
static const char *container_traced(void)
{
	static const char *const lists[] = {"/proc/self/cgroup", "/proc/1/cgroup"};
	const char *word = NULL;

	if (file_exists("/run/.containerenv"))
		return "podman";
	if (file_exists("/.dockerenv"))
		return "docker";
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && !word; i++) {
		char *text = file_read(lists[i]);

		if (text)
			word = word_find(container_groups, text);
		free(text);
	}
	return word;
}

void read_container(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	const char *traced = container_traced();
	char name[64], *variables;

	if (traced) {
		value_print(value, "%s", traced);
		return;
	}
	if (file_line("/run/systemd/container", name, sizeof(name)) == 0) {
		name_print(value, name);
		return;
	}
	/* Root's alone. Without it: under systemd there would have been the file above. */
	variables = file_read("/proc/1/environ");
	if (variables && text_field(variables, "container", '=', name, sizeof(name)) == 0)
		name_print(value, name);
	else if (variables || file_exists("/run/systemd/system"))
		value_print(value, "none");
	free(variables);
}
