/* SPDX-License-Identifier: MIT */
/* A keyed hash whose key cannot be found from its values. */
#ifndef TVP_MACHINE_SIPHASH_H
#define TVP_MACHINE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY_BYTES = 16 };

/* SipHash-2-4: J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012. */
uint64_t siphash(const unsigned char key[SIPHASH_KEY_BYTES], const void *data, size_t size_bytes);

#endif
