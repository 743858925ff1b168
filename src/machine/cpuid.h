/* SPDX-License-Identifier: MIT */
/* What the CPU says of itself through the CPUID instruction (x86, if built with libcpuid). */
#ifndef TVP_MACHINE_CPUID_H
#define TVP_MACHINE_CPUID_H

/* Empty strings: not known. */
struct cpuid_report {
	char vendor[16];     /* "GenuineIntel" */
	char brand[64];      /* model name */
	char hypervisor[16]; /* signature, "KVMKVMKVM" */
	char leaves[640];    /* "0=eax ebx ecx edx;1=…" in hexadecimal */
};

/* Asks in a child process with a time limit, so that the caller's CPU binding cannot change. Single-threaded
 * callers only. */
void cpuid_ask(struct cpuid_report *report);

#endif
