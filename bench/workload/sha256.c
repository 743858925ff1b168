/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 of a block of memory by OpenSSL's libcrypto: one operation is one digest.
 *
 * `openssl speed -evp sha256 -bytes N` times EVP_Digest over one block of N bytes, with an algorithm that was fetched
 * once. That makes and frees a context for every digest; here each worker keeps one and starts it anew, as a program
 * with many blocks would. That is all of the difference: no copy, no look-up, nothing else within an operation.
 *
 * What is expected comes from an implementation of our own, after FIPS 180-4 (Secure Hash Standard, 2015), section 6.2.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "core/arena.h"
#include "core/mix.h"
#include "core/workload.h"

WORKLOAD_NEEDS(libcrypto, libssl-dev);

enum { SHA256_KIB };

/* Blocks of memory, of which operations take one after the other; what FIPS 180-4 works with. */
enum { SHA256_BLOCKS = 4, CHUNK_BYTES = 64, DIGEST_BYTES = 32, DIGEST_WORDS = 8, ROUNDS = 64 };

static const struct parameter sha256_parameters[] = {
	[SHA256_KIB] = {"kib", "KiB", "length of what one operation hashes", 64, 1, 16384, NULL},
	{0},
};

/* In the arena. */
struct sha256_data {
	uint64_t blocks_offset;
	uint64_t expected[SHA256_BLOCKS]; /* the digests, folded */
};

struct sha256_state {
	EVP_MD *algorithm;
	EVP_MD_CTX *context;
};

struct sha256_constants {
	uint32_t rounds[ROUNDS];
	uint32_t initial[DIGEST_WORDS];
};

static size_t sha256_bytes(const struct job *job)
{
	return job->parameters[SHA256_KIB] * 1024;
}

static size_t sha256_arena_bytes(const struct job *job)
{
	return sizeof(struct sha256_data) + SHA256_BLOCKS * sha256_bytes(job) + 2 * 64;
}

static uint64_t sha256_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	return SHA256_BLOCKS * 1024 * parameters[SHA256_KIB];
}

/* A digest in one number, in which every bit of it counts. */
static uint64_t sha256_fold(const unsigned char *digest)
{
	uint64_t sum = 0, word;

	for (size_t at = 0; at < DIGEST_BYTES; at += sizeof(word)) {
		memcpy(&word, digest + at, sizeof(word));
		sum = mix64(sum ^ word);
	}
	return sum;
}

/* The first 32 bits behind the point of a number's square or cube root: section 4.2.2 and 5.3.3. */
static uint32_t sha256_root(unsigned number, bool cube)
{
	unsigned __int128 power = (unsigned __int128)number << (cube ? 96 : 64);
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 36; bit; bit >>= 1) {
		unsigned __int128 more = root | bit;

		if (more * more * (cube ? more : 1) <= power)
			root |= bit;
	}
	return (uint32_t)root;
}

/* They are made of the first 64 primes. */
static void sha256_constants_init(struct sha256_constants *constants)
{
	unsigned number = 2;

	for (int i = 0; i < ROUNDS; number++) {
		unsigned divisor = 2;

		while (number % divisor)
			divisor++;
		if (divisor < number)
			continue;
		if (i < DIGEST_WORDS)
			constants->initial[i] = sha256_root(number, false);
		constants->rounds[i++] = sha256_root(number, true);
	}
}

static inline uint32_t rotate(uint32_t x, int bits)
{
	return x >> bits | x << (32 - bits);
}

/* Section 6.2.2; the letters of the variables are the standard's. */
static void sha256_chunk(const struct sha256_constants *constants, uint32_t hash[DIGEST_WORDS],
			 const unsigned char *chunk)
{
	uint32_t w[ROUNDS];
	uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4], f = hash[5], g = hash[6], h = hash[7];

	for (int t = 0; t < 16; t++, chunk += 4)
		w[t] = (uint32_t)chunk[0] << 24 | (uint32_t)chunk[1] << 16 | (uint32_t)chunk[2] << 8 | chunk[3];
	for (int t = 16; t < ROUNDS; t++)
		w[t] = w[t - 16] + (rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 7] +
		       (rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10);
	for (int t = 0; t < ROUNDS; t++) {
		uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) +
			      constants->rounds[t] + w[t];
		uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));

		h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
	}
	hash[0] += a, hash[1] += b, hash[2] += c, hash[3] += d, hash[4] += e, hash[5] += f, hash[6] += g, hash[7] += h;
}

/* The folded digest of a block that is as long as some chunks, so that all of the padding is one chunk more (5.1.1). */
static uint64_t sha256_expected(const struct sha256_constants *constants, const unsigned char *block, size_t bytes)
{
	uint32_t hash[DIGEST_WORDS];
	unsigned char padding[CHUNK_BYTES] = {0x80}, digest[DIGEST_BYTES];

	memcpy(hash, constants->initial, sizeof(hash));
	for (size_t at = 0; at < bytes; at += CHUNK_BYTES)
		sha256_chunk(constants, hash, block + at);
	for (int i = 0; i < 8; i++)
		padding[CHUNK_BYTES - 1 - i] = (unsigned char)((uint64_t)bytes * 8 >> 8 * i);
	sha256_chunk(constants, hash, padding);
	for (int i = 0; i < DIGEST_BYTES; i++)
		digest[i] = (unsigned char)(hash[i / 4] >> (24 - 8 * (i % 4)));
	return sha256_fold(digest);
}

static int sha256_prepare(struct job *job, struct arena *arena, char *reason)
{
	size_t bytes = sha256_bytes(job), words = SHA256_BLOCKS * bytes / sizeof(uint64_t);
	struct sha256_constants constants;
	struct sha256_data *data;
	uint64_t *blocks;
	int error = arena_alloc(arena, sizeof(*data), 64, &job->data_offset);

	if (error)
		return error;
	data = arena_at(arena, job->data_offset);
	error = arena_alloc(arena, SHA256_BLOCKS * bytes, 64, &data->blocks_offset);
	if (error)
		return error;
	blocks = arena_at(arena, data->blocks_offset);
	for (size_t i = 0; i < words; i++)
		blocks[i] = mix64(i);
	sha256_constants_init(&constants);
	for (size_t i = 0; i < SHA256_BLOCKS; i++)
		data->expected[i] = sha256_expected(&constants, (const unsigned char *)blocks + i * bytes, bytes);
	return 0;
}

/* What libcrypto said last. */
static int sha256_fail(struct worker *worker, const char *tried)
{
	char text[160];

	ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
	return worker_fail(worker, -EIO, "libcrypto's %s failed: %s", tried, text);
}

/* From version 3 on, an algorithm that was not fetched is looked up again for every digest. */
static EVP_MD *sha256_fetch(void)
{
#if defined(OPENSSL_VERSION_MAJOR) && OPENSSL_VERSION_MAJOR >= 3
	return EVP_MD_fetch(NULL, "SHA256", NULL);
#else
	return (EVP_MD *)EVP_sha256();
#endif
}

static void sha256_release(EVP_MD *algorithm)
{
#if defined(OPENSSL_VERSION_MAJOR) && OPENSSL_VERSION_MAJOR >= 3
	EVP_MD_free(algorithm);
#endif
}

static int sha256_worker_init(struct worker *worker)
{
	struct sha256_state *state = calloc(1, sizeof(*state));

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	worker->state = state;
	state->algorithm = sha256_fetch();
	if (!state->algorithm)
		return sha256_fail(worker, "look-up of SHA256");
	state->context = EVP_MD_CTX_new();
	if (!state->context)
		return worker_fail(worker, -ENOMEM, "no memory for a context of libcrypto");
	return 0;
}

static void sha256_worker_exit(struct worker *worker)
{
	struct sha256_state *state = worker->state;

	if (!state)
		return;
	EVP_MD_CTX_free(state->context);
	sha256_release(state->algorithm);
	free(state);
}

static int sha256_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct sha256_state *state = worker->state;
	const struct sha256_data *data = arena_at(worker->arena, worker->job->data_offset);
	const unsigned char *blocks = arena_at(worker->arena, data->blocks_offset);
	size_t bytes = sha256_bytes(worker->job);
	unsigned char digest[DIGEST_BYTES];

	for (uint64_t i = first; i < first + ops; i++) {
		if (!EVP_DigestInit_ex(state->context, state->algorithm, NULL) ||
		    !EVP_DigestUpdate(state->context, blocks + i % SHA256_BLOCKS * bytes, bytes) ||
		    !EVP_DigestFinal_ex(state->context, digest, NULL))
			return sha256_fail(worker, "SHA-256");
		worker->result += sha256_fold(digest);
	}
	return 0;
}

static int sha256_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	const struct sha256_data *data = arena_at(arena, job->data_offset);
	uint64_t expected = 0;

	for (uint64_t i = 0; i < SHA256_BLOCKS; i++)
		expected += data->expected[i] * (ops / SHA256_BLOCKS + (i < ops % SHA256_BLOCKS));
	if (result != expected)
		return reason_set(reason, -EBADMSG, "the digests of %llu operations add up to %llx, not to %llx",
				  (unsigned long long)ops, (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_sha256 = {
	.name = "sha256",
	.summary = "SHA-256 of blocks of memory (OpenSSL's libcrypto)",
	.shares = "the blocks, which are only read; each worker has a context of libcrypto of its own",
	.kind = WORKLOAD_CPU,
	.parameters = sha256_parameters,
	.memory_bytes = sha256_memory_bytes,
	.arena_bytes = sha256_arena_bytes,
	.prepare = sha256_prepare,
	.worker_init = sha256_worker_init,
	.run = sha256_run,
	.worker_exit = sha256_worker_exit,
	.verify = sha256_verify,
};
