/* SPDX-License-Identifier: MIT */
/* Workloads that go through data: sort and wordcount with awkward data, and with wrong data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "spoilt.h"

/* Their insides, under other names than those in the table of workloads. */
#define workload_sort      sort_inside
#define workload_wordcount wordcount_inside
#include "../../bench/workload/sort.c"      /* NOLINT(bugprone-suspicious-include) */
#include "../../bench/workload/wordcount.c" /* NOLINT(bugprone-suspicious-include) */

static uint64_t *first_array(struct job *job, struct arena *arena)
{
	return arena_at(arena, ((struct sort_data *)arena_at(arena, job->data_offset))->arrays_offset);
}

static void one_key_larger(struct job *job, struct arena *arena)
{
	first_array(job, arena)[17]++;
}

static void one_key_twice(struct job *job, struct arena *arena)
{
	first_array(job, arena)[100] = first_array(job, arena)[101];
}

/* No error: whatever order keys come in, they leave in one. */
static void two_keys_swapped(struct job *job, struct arena *arena)
{
	uint64_t *keys = first_array(job, arena), first = keys[0];

	keys[0] = keys[1];
	keys[1] = first;
}

static void test_sort_errors_are_found(void **state)
{
	for (uint64_t algorithm = SORT_RADIX; algorithm <= SORT_QSORT; algorithm++) {
		const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {3000, algorithm};

		assert_int_equal(run_spoilt("sort", parameters, 20, NULL), 0);
		assert_int_equal(run_spoilt("sort", parameters, 20, two_keys_swapped), 0);
		assert_int_equal(run_spoilt("sort", parameters, 1, one_key_larger), -EBADMSG);
		assert_int_equal(run_spoilt("sort", parameters, 20, one_key_twice), -EBADMSG);
	}
}

/* Sorted but for two neighbours, whichever they are: it is the sum that has to tell. */
static void test_sort_sums_tell_the_order(void **state)
{
	enum { COUNT = 1000 };
	uint64_t keys[COUNT], made = sort_make(keys, COUNT, 7), descents = 0;

	for (size_t i = 1; i < COUNT; i++)
		descents += keys[i - 1] > keys[i];
	assert_in_range(descents, COUNT / 3, COUNT * 2 / 3);
	assert_true(sort_sum(keys, COUNT) != made);
	qsort(keys, COUNT, sizeof(*keys), sort_compare);
	assert_true(sort_sum(keys, COUNT) == made);
	for (size_t i = 1; i < COUNT; i++) {
		uint64_t key = keys[i];

		assert_true(keys[i - 1] < key);
		keys[i] = keys[i - 1];
		keys[i - 1] = key;
		assert_true(sort_sum(keys, COUNT) != made);
		keys[i - 1] = keys[i];
		keys[i] = key;
	}
}

enum { PATTERNS = 8 };

static uint64_t pattern_key(unsigned pattern, uint64_t i, uint64_t count)
{
	const uint64_t patterns[PATTERNS] = {
		mix64(i),                            /* anything */
		i,                                   /* in order already */
		count - i,                           /* the other way round */
		5,                                   /* all equal */
		i < count / 2 ? i : count - i,       /* up and down */
		mix64(i) % 3,                        /* few different ones */
		i % 2 ? UINT64_MAX - i : i,          /* from both ends */
		mix64(i) & UINT64_C(0xff00000000ff), /* digits that are all zero */
	};

	return patterns[pattern];
}

static void check_sorts(unsigned pattern, uint64_t count)
{
	enum { MOST = 5000 };
	static uint64_t expected[MOST], keys[MOST], other[MOST];

	assert_true(count <= MOST);
	for (uint64_t i = 0; i < count; i++)
		expected[i] = keys[i] = pattern_key(pattern, i, count);
	qsort(expected, count, sizeof(*expected), sort_compare);
	sort_radix(keys, other, count);
	assert_memory_equal(keys, expected, count * sizeof(*keys));
	/* As a heap from the beginning, after a few splits, and as it should be. */
	for (unsigned splits = 0; splits < 30; splits = splits * 3 + 1) {
		for (uint64_t i = 0; i < count; i++)
			keys[i] = pattern_key(pattern, i, count);
		sort_intro(keys, count, splits);
		assert_memory_equal(keys, expected, count * sizeof(*keys));
	}
}

static void test_sorts_sort(void **state)
{
	for (unsigned pattern = 0; pattern < PATTERNS; pattern++) {
		for (uint64_t count = 0; count < 70; count++)
			check_sorts(pattern, count);
		check_sorts(pattern, 1000);
		check_sorts(pattern, 5000);
	}
}

static void test_sort_of_many_keys(void **state)
{
	static const uint64_t counts[] = {2, 3, 255, 300000, 1500000};

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {counts[i], SORT_RADIX};

		assert_int_equal(run_spoilt("sort", parameters, 3, NULL), 0);
	}
	assert_true(sort_memory_bytes((const uint64_t[]){1 << 24, 0}, 4) > UINT64_C(8) << 27);
}

static char *text_of(struct job *job, struct arena *arena)
{
	return arena_at(arena, ((struct wordcount_data *)arena_at(arena, job->data_offset))->text_offset);
}

/* The n-th letter of the text. */
static char *letter_of(struct job *job, struct arena *arena, int n)
{
	char *letter = text_of(job, arena);

	while (!isalpha((unsigned char)*letter) || n-- > 0)
		letter++;
	return letter;
}

static void one_letter_changed(struct job *job, struct arena *arena)
{
	char *letter = letter_of(job, arena, 1000);

	*letter = *letter == 'z' ? 'y' : 'z';
}

static void one_word_in_two(struct job *job, struct arena *arena)
{
	char *letter = letter_of(job, arena, 1000);

	while (!isalpha((unsigned char)letter[-1]) || !isalpha((unsigned char)letter[1]))
		letter++;
	*letter = ' ';
}

static void two_words_in_one(struct job *job, struct arena *arena)
{
	*strchr(letter_of(job, arena, 500), ' ') = 'e';
}

/* No error: case does not count. */
static void all_capitals(struct job *job, struct arena *arena)
{
	char *text = text_of(job, arena);

	for (uint64_t i = 0; i < wordcount_text_bytes(job); i++)
		text[i] = (char)toupper((unsigned char)text[i]);
}

static void test_wordcount_errors_are_found(void **state)
{
	assert_int_equal(run_spoilt("wordcount", NULL, 70, NULL), 0);
	assert_int_equal(run_spoilt("wordcount", NULL, 70, all_capitals), 0);
	assert_int_equal(run_spoilt("wordcount", NULL, 1, one_letter_changed), -EBADMSG);
	assert_int_equal(run_spoilt("wordcount", NULL, 70, one_word_in_two), -EBADMSG);
	assert_int_equal(run_spoilt("wordcount", NULL, 70, two_words_in_one), -EBADMSG);
}

/* Chunks of any length, longer than the text, or so long that tables have to grow. */
static void test_wordcount_of_any_size(void **state)
{
	static const uint64_t sizes[][3] = {{1, 1, 1},    {1, 100, 10000},   {3, 2, 9},          {100, 1, 5000},
					    {77, 13, 10}, {600, 600, 10000}, {1500, 1000, 10000}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {sizes[i][0], sizes[i][1], sizes[i][2]};

		assert_int_equal(run_spoilt("wordcount", parameters, 2 * sizes[i][0] / sizes[i][1] + 1, NULL), 0);
	}
}

/* How often the word occurs in what was counted last. */
static uint32_t counted(const struct wordcount_table *table, const char *chunk, const char *word)
{
	for (uint32_t i = 0; i < table->used; i++)
		if (table->entries[i].letters == strlen(word) &&
		    strncasecmp(chunk + table->entries[i].begin, word, strlen(word)) == 0)
			return table->entries[i].count;
	return 0;
}

static void test_wordcount_finds_words(void **state)
{
	static const char text[] = "The cat, the CAT.tHe\ncatt zz@[`{a_z \377\300 x  ";
	static const struct {
		const char *word;
		uint32_t count;
	} words[] = {{"the", 3}, {"cat", 2}, {"catt", 1}, {"zz", 1}, {"a", 1}, {"z", 1}, {"x", 1}, {"t", 0}};
	const uint64_t length = sizeof(text) - 1;
	struct worker worker = {0};
	uint64_t whole = 0;

	assert_int_equal(wordcount_worker_init(&worker), 0);
	assert_int_equal(wordcount_chunk(worker.state, text, 0, length, &whole), 0);
	assert_int_equal(((struct wordcount_table *)worker.state)->used, 7);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_int_equal(counted(worker.state, text, words[i].word), words[i].count);
	/* Wherever the text is cut, each word is in one of the parts. */
	for (uint64_t cut = 1; cut < length; cut++)
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
			uint32_t count;

			assert_int_equal(wordcount_chunk(worker.state, text, 0, cut, &whole), 0);
			count = counted(worker.state, text, words[i].word);
			assert_int_equal(wordcount_chunk(worker.state, text, cut, length, &whole), 0);
			assert_int_equal(count + counted(worker.state, text + cut, words[i].word), words[i].count);
		}
	wordcount_worker_exit(&worker);
}

/* Two words are two, even if their hashes are the same. They are so many that the table has to grow. */
static void test_wordcount_with_equal_hashes(void **state)
{
	enum { WORDS = 26 * 26 };
	char text[WORDS * 2];
	struct worker worker = {0};
	struct wordcount_table *table;

	assert_int_equal(wordcount_worker_init(&worker), 0);
	table = worker.state;
	for (int i = 0; i < WORDS; i++) {
		text[2 * i] = (char)('a' + i / 26);
		text[2 * i + 1] = (char)('a' + i % 26);
	}
	for (int round = 0; round < 3; round++)
		for (uint32_t i = 0; i < WORDS; i++)
			assert_int_equal(wordcount_add(table, text, 2 * i, 2, 42), 0);
	assert_int_equal(table->used, WORDS);
	for (uint32_t i = 0; i < WORDS; i++)
		assert_int_equal(table->entries[i].count, 3);
	/* Nor is a part of a word that word. */
	assert_int_equal(wordcount_add(table, text, 0, 1, 42), 0);
	assert_int_equal(table->used, WORDS + 1);
	assert_true(UINT32_C(1) << table->bits >= 2 * WORDS);
	wordcount_worker_exit(&worker);
}

static int compare_words(const void *a, const void *b)
{
	return memcmp(a, b, WORD_LETTERS_MAX);
}

/* No two numbers have the same word, and each has its share of the chances: those of the first by its number. */
static void test_wordcount_vocabulary(void **state)
{
	static char spelt[VOCABULARY_MAX][WORD_LETTERS_MAX];
	static uint32_t chances[VOCABULARY_MAX];
	struct wordcount_writer *writer = calloc(1, sizeof(*writer));

	assert_non_null(writer);
	for (uint64_t i = 0; i < VOCABULARY_MAX; i++) {
		wordcount_spell(writer, i);
		assert_in_range(writer->words[i].length, 1, WORD_LETTERS_MAX);
		memcpy(spelt[i], writer->words[i].letters, writer->words[i].length);
	}
	qsort(spelt, VOCABULARY_MAX, sizeof(*spelt), compare_words);
	for (size_t i = 1; i < VOCABULARY_MAX; i++)
		assert_int_not_equal(compare_words(spelt[i - 1], spelt[i]), 0);
	wordcount_hand_out(writer, VOCABULARY_MAX);
	for (size_t i = 0; i < CHANCES; i++)
		chances[writer->chances[i]]++;
	for (uint32_t i = 0; i < VOCABULARY_MAX; i++)
		assert_true(fabs((double)chances[0] / (i + 1) - chances[i]) < 1.5);
	free(writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort_errors_are_found),
		cmocka_unit_test(test_sort_sums_tell_the_order),
		cmocka_unit_test(test_sorts_sort),
		cmocka_unit_test(test_sort_of_many_keys),
		cmocka_unit_test(test_wordcount_errors_are_found),
		cmocka_unit_test(test_wordcount_of_any_size),
		cmocka_unit_test(test_wordcount_finds_words),
		cmocka_unit_test(test_wordcount_with_equal_hashes),
		cmocka_unit_test(test_wordcount_vocabulary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
