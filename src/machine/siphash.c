/* SPDX-License-Identifier: MIT */
/* SipHash-2-4, written from section 2 of the paper. */
#include "machine/siphash.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate_left(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static uint64_t word_read(const unsigned char *bytes, size_t count)
{
	uint64_t word = 0;

	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

static void sip_rounds(struct sip *sip, unsigned rounds)
{
	while (rounds-- > 0) {
		sip->v0 += sip->v1;
		sip->v2 += sip->v3;
		sip->v1 = rotate_left(sip->v1, 13) ^ sip->v0;
		sip->v3 = rotate_left(sip->v3, 16) ^ sip->v2;
		sip->v0 = rotate_left(sip->v0, 32);
		sip->v2 += sip->v1;
		sip->v0 += sip->v3;
		sip->v1 = rotate_left(sip->v1, 17) ^ sip->v2;
		sip->v3 = rotate_left(sip->v3, 21) ^ sip->v0;
		sip->v2 = rotate_left(sip->v2, 32);
	}
}

static void sip_absorb(struct sip *sip, uint64_t word)
{
	sip->v3 ^= word;
	sip_rounds(sip, 2);
	sip->v0 ^= word;
}

uint64_t siphash(const unsigned char key[SIPHASH_KEY_BYTES], const void *data, size_t size_bytes)
{
	const unsigned char *bytes = data;
	uint64_t k0 = word_read(key, 8), k1 = word_read(key + 8, 8);
	struct sip sip = {
		/* "somepseudorandomlygeneratedbytes" */
		.v0 = k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = k1 ^ UINT64_C(0x7465646279746573),
	};
	size_t left = size_bytes;

	for (; left >= 8; left -= 8, bytes += 8)
		sip_absorb(&sip, word_read(bytes, 8));
	sip_absorb(&sip, word_read(bytes, left) | (uint64_t)(size_bytes & 0xff) << 56);
	sip.v2 ^= 0xff;
	sip_rounds(&sip, 4);
	return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}
