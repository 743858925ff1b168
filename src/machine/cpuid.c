/* SPDX-License-Identifier: MIT */
/* CPUID by way of libcpuid, in a child process: libcpuid rebinds whoever calls it, and does not always go back.
 * Its code names and feature flags are not used, as it guesses them wrongly for CPUs that it does not know. */
#include "machine/cpuid.h"

#include <string.h>

#if defined(TVP_HAVE_LIBCPUID) && (defined(__x86_64__) || defined(__i386__))
#include <errno.h>
#include <fcntl.h>
#include <libcpuid.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"

#define ANSWER_WITHIN_NS (2 * NS_PER_S)
#define HYPERVISOR_BIT   (UINT32_C(1) << 31) /* leaf 1, ECX */
#define HYPERVISOR_LEAF  UINT32_C(0x40000000)

static void leaf_print(char *leaves, size_t size, uint32_t number, const uint32_t *registers)
{
	size_t used = strlen(leaves);

	snprintf(leaves + used, size - used, "%s%x=%08x %08x %08x %08x", used ? ";" : "", number, registers[EAX],
		 registers[EBX], registers[ECX], registers[EDX]);
}

static void leaves_print(struct cpuid_report *report, struct cpu_raw_data_t *raw)
{
	static const unsigned basic[] = {0, 1, 7};

	/* Which CPU answered (the APIC id) is chance, not a property of the machine. */
	raw->basic_cpuid[1][EBX] &= UINT32_C(0x00ffffff);
	for (size_t i = 0; i < sizeof(basic) / sizeof(basic[0]); i++)
		if (basic[i] <= raw->basic_cpuid[0][EAX])
			leaf_print(report->leaves, sizeof(report->leaves), basic[i], raw->basic_cpuid[basic[i]]);
	for (unsigned i = 0; i <= 4; i++)
		leaf_print(report->leaves, sizeof(report->leaves), UINT32_C(0x80000000) + i, raw->ext_cpuid[i]);
}

static void hypervisor_ask(struct cpuid_report *report)
{
	uint32_t registers[4];

	cpu_exec_cpuid(HYPERVISOR_LEAF, registers);
	memcpy(report->hypervisor, &registers[EBX], 3 * sizeof(registers[0])); /* EBX, ECX, EDX */
}

/* In the child. */
static void cpu_ask(struct cpuid_report *report)
{
	static struct cpu_raw_data_t raw;
	static struct cpu_id_t id;

	if (!cpuid_present() || cpuid_get_raw_data(&raw))
		return;
	if (cpu_identify(&raw, &id) == 0) {
		snprintf(report->vendor, sizeof(report->vendor), "%s", id.vendor_str);
		snprintf(report->brand, sizeof(report->brand), "%s", id.brand_str);
	}
	if (raw.basic_cpuid[1][ECX] & HYPERVISOR_BIT)
		hypervisor_ask(report);
	leaves_print(report, &raw);
}

static void child_main(int fd)
{
	struct cpuid_report report = {0};

	cpu_ask(&report);
	_exit(write(fd, &report, sizeof(report)) == (ssize_t)sizeof(report) ? 0 : 1); /* < PIPE_BUF: all or nothing */
}

static bool answer_read(int fd, struct cpuid_report *report)
{
	uint64_t end = clock_now_ns() + ANSWER_WITHIN_NS;
	struct pollfd pipe_end = {.fd = fd, .events = POLLIN};
	struct cpuid_report answer;
	int ready;

	do {
		uint64_t now = clock_now_ns();

		ready = poll(&pipe_end, 1, now < end ? (int)((end - now) / NS_PER_MS) + 1 : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0 || read(fd, &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
		return false;
	*report = answer;
	return true;
}

void cpuid_ask(struct cpuid_report *report)
{
	int ends[2];
	pid_t child;

	*report = (struct cpuid_report){0};
	if (pipe2(ends, O_CLOEXEC))
		return;
	child = fork();
	if (child == 0)
		child_main(ends[1]);
	close(ends[1]);
	if (child > 0) {
		if (!answer_read(ends[0], report))
			kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
}

#else

void cpuid_ask(struct cpuid_report *report)
{
	memset(report, 0, sizeof(*report));
}

#endif
