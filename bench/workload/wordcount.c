/* SPDX-License-Identifier: MIT */
/*
 * Counting the words of a text: one operation reads one chunk, from the first word that begins in it to the end of the
 * last one, and counts how often each occurs, in a hash table of the worker's own. The text is made up, with words as
 * frequent as in a language (Zipf, Human behavior and the principle of least effort, 1949), the frequent ones short, in
 * sentences that begin with a capital. It lies in the arena and is only read.
 * Method: linear probing (Knuth, The Art of Computer Programming 3, 6.4) over polynomial hashes (Karp and Rabin,
 * Efficient randomized pattern-matching algorithms, IBM Journal of Research and Development 31 (1987)).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/mix.h"
#include "core/workload.h"

enum { WORDCOUNT_SIZE, WORDCOUNT_CHUNK, WORDCOUNT_VOCABULARY };

static const struct parameter wordcount_parameters[] = {
	[WORDCOUNT_SIZE] = {"size", "KiB", "length of the text", 512, 1, 1 << 20, NULL},
	[WORDCOUNT_CHUNK] = {"chunk", "KiB", "read by one operation", 16, 1, 1 << 16, NULL},
	[WORDCOUNT_VOCABULARY] = {"vocabulary", "", "different words that there are", 5000, 1, 10000, NULL},
	{0},
};

#define WORDCOUNT_BASE UINT64_C(0xd1342543de82ef95)
/* Chances are handed out to words in parts of one in so many: enough that each word of 10000 has one. */
enum { CHANCES = 1 << 17, VOCABULARY_MAX = 10000, WORD_LETTERS_MAX = 8, SLOTS_INITIAL = 1024 };

/* In the arena, followed by what each chunk must give and by the text, which ends with a line. */
struct wordcount_data {
	uint64_t expected_offset;
	uint64_t text_offset;
};

/* A word of the chunk in hand. */
struct wordcount_entry {
	uint64_t hash;
	uint32_t begin; /* where the chunk has it first */
	uint32_t letters;
	uint32_t count;
};

/* Entries in the order of their coming, and where to find them: small slots are quick to search and to clear. */
struct wordcount_table {
	struct wordcount_entry *entries; /* half as many as slots */
	uint32_t *slots;                 /* 0: free; else the number of an entry, plus 1 */
	unsigned bits;                   /* there are 2^bits slots */
	uint32_t used;
};

static uint64_t wordcount_text_bytes(const struct job *job)
{
	return job->parameters[WORDCOUNT_SIZE] * 1024;
}

static uint64_t wordcount_chunk_bytes(const struct job *job)
{
	return job->parameters[WORDCOUNT_CHUNK] * 1024;
}

static uint64_t wordcount_chunks(const struct job *job)
{
	return (wordcount_text_bytes(job) + wordcount_chunk_bytes(job) - 1) / wordcount_chunk_bytes(job);
}

static size_t wordcount_arena_bytes(const struct job *job)
{
	return sizeof(struct wordcount_data) + wordcount_chunks(job) * sizeof(uint64_t) + wordcount_text_bytes(job) +
	       3 * 64;
}

static uint64_t wordcount_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	/* while a table grows there are two of them */
	return parameters[WORDCOUNT_SIZE] * 1024 + (uint64_t)workers * parameters[WORDCOUNT_VOCABULARY] * 128;
}

/* What a word that occurs so often adds to the result. */
static uint64_t wordcount_contribution(uint64_t hash, uint32_t count)
{
	return mix64(hash ^ mix64(count));
}

/* What the text is written with, while it is written. */
struct wordcount_writer {
	uint16_t chances[CHANCES]; /* numbers of words, each as often as its chances are */
	struct {
		char letters[WORD_LETTERS_MAX];
		uint32_t length;
		uint32_t count; /* in the chunk in hand */
		uint64_t hash;
	} words[VOCABULARY_MAX];
};

/* The number in syllables, which stand for 1 to 10: no two numbers give the same word. */
static void wordcount_spell(struct wordcount_writer *writer, uint64_t number)
{
	static const char syllables[] = "tanorelisukemodavipe";
	uint64_t power = 1, hash = 0;
	uint32_t at = WORD_LETTERS_MAX;
	char *letters = writer->words[number].letters;

	for (uint64_t rest = number + 1; rest > 0; rest = (rest - 1) / 10) {
		at -= 2;
		memcpy(letters + at, syllables + (rest - 1) % 10 * 2, 2);
	}
	/* From the last letter on, with powers. */
	for (uint32_t i = WORD_LETTERS_MAX; i-- > at; power *= WORDCOUNT_BASE)
		hash += (uint64_t)(letters[i] - 'a' + 1) * power;
	memmove(letters, letters + at, WORD_LETTERS_MAX - at);
	writer->words[number].length = WORD_LETTERS_MAX - at;
	writer->words[number].hash = hash;
}

/* The n-th word of a vocabulary has 1 / n of the first one's chances. */
static void wordcount_hand_out(struct wordcount_writer *writer, uint64_t vocabulary)
{
	const uint64_t most = UINT64_C(1) << 32;
	uint64_t whole = 0, below = most, word = 0;

	for (uint64_t n = 1; n <= vocabulary; n++)
		whole += most / n;
	for (uint64_t i = 0; i < CHANCES; i++) {
		while ((2 * i + 1) * whole >= 2 * CHANCES * below)
			below += most / (++word + 1);
		writer->chances[i] = (uint16_t)word;
	}
}

/* What the chunk that has been written must give; words are counted from 0 again. */
static uint64_t wordcount_close_chunk(struct wordcount_writer *writer, uint64_t vocabulary)
{
	uint64_t expected = 0;

	for (uint64_t i = 0; i < vocabulary; i++) {
		if (writer->words[i].count)
			expected += wordcount_contribution(writer->words[i].hash, writer->words[i].count);
		writer->words[i].count = 0;
	}
	return expected;
}

/* Writes words until the next one might not fit; a word belongs to the chunk in which it begins. */
static void wordcount_write(const struct job *job, struct wordcount_writer *writer, char *text, uint64_t *expected)
{
	uint64_t text_bytes = wordcount_text_bytes(job), chunk_bytes = wordcount_chunk_bytes(job);
	uint64_t vocabulary = job->parameters[WORDCOUNT_VOCABULARY], at = 0, end = chunk_bytes;
	char capital = 'a' - 'A';

	for (uint64_t n = 0; at + WORD_LETTERS_MAX + 2 < text_bytes; n++) {
		uint64_t random = mix64(n);
		uint16_t word = writer->chances[random % CHANCES];

		if (at >= end) {
			*expected++ = wordcount_close_chunk(writer, vocabulary);
			end += chunk_bytes;
		}
		writer->words[word].count++;
		memcpy(text + at, writer->words[word].letters, WORD_LETTERS_MAX);
		text[at] = (char)(text[at] - capital);
		at += writer->words[word].length;
		capital = random >> 60 == 0 ? 'a' - 'A' : 0;
		if (random >> 60 < 2)
			text[at++] = capital ? '.' : ',';
		text[at++] = (random >> 54 & 63) == 0 ? '\n' : ' ';
	}
	memset(text + at, '\n', text_bytes - at);
	*expected = wordcount_close_chunk(writer, vocabulary);
}

static int wordcount_prepare(struct job *job, struct arena *arena, char *reason)
{
	struct wordcount_writer *writer = calloc(1, sizeof(*writer));
	struct wordcount_data *data;
	int error = writer ? arena_alloc(arena, sizeof(*data), 64, &job->data_offset) : -ENOMEM;

	if (error)
		goto free_writer;
	data = arena_at(arena, job->data_offset);
	error = arena_alloc(arena, wordcount_chunks(job) * sizeof(uint64_t), 64, &data->expected_offset);
	if (!error)
		error = arena_alloc(arena, wordcount_text_bytes(job), 64, &data->text_offset);
	if (error)
		goto free_writer;
	for (uint64_t i = 0; i < job->parameters[WORDCOUNT_VOCABULARY]; i++)
		wordcount_spell(writer, i);
	wordcount_hand_out(writer, job->parameters[WORDCOUNT_VOCABULARY]);
	wordcount_write(job, writer, arena_at(arena, data->text_offset), arena_at(arena, data->expected_offset));
free_writer:
	free(writer);
	return error ? reason_set(reason, error, "no memory for a text of %llu KiB",
				  (unsigned long long)job->parameters[WORDCOUNT_SIZE])
		     : 0;
}

static uint32_t *wordcount_slot(const struct wordcount_table *table, uint64_t hash)
{
	/* A word's last letter is in the lowest bits only. */
	return &table->slots[hash * UINT64_C(0x9e3779b97f4a7c15) >> (64 - table->bits)];
}

static uint32_t *wordcount_next_slot(const struct wordcount_table *table, const uint32_t *slot)
{
	uint64_t mask = (UINT64_C(1) << table->bits) - 1;

	return &table->slots[(uint64_t)(slot - table->slots + 1) & mask];
}

/* Makes room for twice as many words. What there was stays valid if there is no memory. */
static int wordcount_grow(struct wordcount_table *table)
{
	unsigned bits = table->slots ? table->bits + 1 : (unsigned)__builtin_ctz(SLOTS_INITIAL);
	uint32_t *slots = calloc((size_t)1 << bits, sizeof(*slots));
	struct wordcount_entry *entries = realloc(table->entries, ((size_t)1 << bits) / 2 * sizeof(*entries));

	if (entries)
		table->entries = entries;
	if (!slots || !entries) {
		free(slots);
		return -ENOMEM;
	}
	free(table->slots);
	table->slots = slots;
	table->bits = bits;
	for (uint32_t i = 0; i < table->used; i++) {
		uint32_t *slot = wordcount_slot(table, entries[i].hash);

		while (*slot)
			slot = wordcount_next_slot(table, slot);
		*slot = i + 1;
	}
	return 0;
}

/* The letter from 0 to 25, as a small one; anything else is no letter. */
static inline unsigned wordcount_letter(char character)
{
	return ((unsigned)(unsigned char)character | 0x20) - 'a';
}

static bool wordcount_same(const char *a, const char *b, uint32_t letters)
{
	uint32_t i = 0;

	while (i < letters && wordcount_letter(a[i]) == wordcount_letter(b[i]))
		i++;
	return i == letters;
}

/* Counts the word at `begin` of the chunk. */
static int wordcount_add(struct wordcount_table *table, const char *chunk, uint32_t begin, uint32_t letters,
			 uint64_t hash)
{
	uint32_t *slot = wordcount_slot(table, hash);

	for (; *slot; slot = wordcount_next_slot(table, slot)) {
		struct wordcount_entry *entry = &table->entries[*slot - 1];

		if (entry->hash == hash && entry->letters == letters &&
		    wordcount_same(chunk + entry->begin, chunk + begin, letters)) {
			entry->count++;
			return 0;
		}
	}
	table->entries[table->used++] = (struct wordcount_entry){hash, begin, letters, 1};
	*slot = table->used;
	return table->used < UINT32_C(1) << (table->bits - 1) ? 0 : wordcount_grow(table);
}

/* The chunk from `begin` to `end` of a text whose last character is no letter; adds to *result. */
static int wordcount_chunk(struct wordcount_table *table, const char *text, uint64_t begin, uint64_t end,
			   uint64_t *result)
{
	const char *chunk = text + begin;
	uint32_t at = 0, length = (uint32_t)(end - begin);
	int error = 0;

	table->used = 0;
	memset(table->slots, 0, sizeof(*table->slots) << table->bits);
	/* A word that begins before the chunk belongs to another. */
	if (begin && wordcount_letter(text[begin - 1]) < 26)
		while (wordcount_letter(chunk[at]) < 26)
			at++;
	while (at < length && !error) {
		unsigned letter = wordcount_letter(chunk[at]);
		uint32_t first = at;
		uint64_t hash = 0;

		if (letter >= 26) {
			at++;
			continue;
		}
		do
			hash = hash * WORDCOUNT_BASE + letter + 1;
		while ((letter = wordcount_letter(chunk[++at])) < 26);
		error = wordcount_add(table, chunk, first, at - first, hash);
	}
	for (uint32_t i = 0; i < table->used; i++)
		*result += wordcount_contribution(table->entries[i].hash, table->entries[i].count);
	return error;
}

static int wordcount_worker_init(struct worker *worker)
{
	struct wordcount_table *table = worker->state = calloc(1, sizeof(*table));

	if (!table || wordcount_grow(table))
		return worker_fail(worker, -ENOMEM, "no memory for a table of words");
	return 0;
}

static void wordcount_worker_exit(struct worker *worker)
{
	struct wordcount_table *table = worker->state;

	if (!table)
		return;
	free(table->slots);
	free(table->entries);
	free(table);
}

static int wordcount_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct wordcount_data *data = arena_at(worker->arena, worker->job->data_offset);
	const char *text = arena_at(worker->arena, data->text_offset);
	uint64_t text_bytes = wordcount_text_bytes(worker->job), chunk_bytes = wordcount_chunk_bytes(worker->job);
	uint64_t chunks = wordcount_chunks(worker->job);

	for (uint64_t i = first; i < first + ops; i++) {
		uint64_t begin = i % chunks * chunk_bytes;
		uint64_t end = begin + chunk_bytes < text_bytes ? begin + chunk_bytes : text_bytes;

		if (wordcount_chunk(worker->state, text, begin, end, &worker->result))
			return worker_fail(worker, -ENOMEM, "no memory for the words of %llu KiB",
					   (unsigned long long)worker->job->parameters[WORDCOUNT_CHUNK]);
	}
	return 0;
}

static int wordcount_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
			    char *reason)
{
	const struct wordcount_data *data = arena_at(arena, job->data_offset);
	const uint64_t *chunks = arena_at(arena, data->expected_offset);
	uint64_t count = wordcount_chunks(job), expected = 0;

	for (uint64_t i = 0; i < count; i++)
		expected += chunks[i] * (ops / count + (i < ops % count));
	if (result != expected)
		return reason_set(reason, -EBADMSG, "words are not as many as were written: %llx instead of %llx",
				  (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_wordcount = {
	.name = "wordcount",
	.summary = "how often the words of a text occur; an operation is one chunk",
	.shares = "the text, which is only read; each worker counts in a hash table of its own",
	.kind = WORKLOAD_CPU,
	.parameters = wordcount_parameters,
	.memory_bytes = wordcount_memory_bytes,
	.arena_bytes = wordcount_arena_bytes,
	.prepare = wordcount_prepare,
	.worker_init = wordcount_worker_init,
	.run = wordcount_run,
	.worker_exit = wordcount_worker_exit,
	.verify = wordcount_verify,
};
