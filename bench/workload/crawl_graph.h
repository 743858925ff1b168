/* SPDX-License-Identifier: MIT */
/*
 * The pages that the workload crawl fetches: their links, their text, and how long a server takes to answer; all of it in
 * the arena and the same in every run.
 */
#ifndef TVP_WORKLOAD_CRAWL_GRAPH_H
#define TVP_WORKLOAD_CRAWL_GRAPH_H

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/mix.h"
#include "core/workload.h"

/* In the order of the descriptor's list. */
enum { CRAWL_PAGES, CRAWL_SEEDS, CRAWL_LINKS, CRAWL_BYTES, CRAWL_DELAY, CRAWL_LATENCY, CRAWL_PORT };
enum crawl_latency { CRAWL_FIXED, CRAWL_EXPONENTIAL, CRAWL_LOGNORMAL };

#define CRAWL_PATH "/page/"
#define CRAWL_LINK "<a href=\"" CRAWL_PATH

enum {
	CRAWL_PAGES_MAX = 100000,
	CRAWL_LEVELS = 64,
	CRAWL_WORDS_BYTES = 4096,
	/* More than what surrounds the text of a page, and a link in it. */
	CRAWL_FRAME_BYTES = 128,
	CRAWL_LINK_BYTES = 64
};

/* What it must be like when it is fetched; and, by the server alone, how often it was. */
struct crawl_page {
	uint64_t text_offset;
	uint64_t bytes;
	uint64_t hash;
	uint64_t delay_ns;
	_Atomic uint64_t served;
};

/* In the arena. */
struct crawl_data {
	uint64_t pages, seeds; /* the first pages are those that a crawl begins with */
	uint64_t pages_offset; /* pages × struct crawl_page */
	uint64_t seen_offset;  /* pages × _Atomic uint64_t: see crawl_frontier.h */
	uint64_t queue_offset; /* (pages - seeds) × _Atomic uint64_t */
	uint16_t port;         /* the server's; before it is ready */

	/* The frontier's. */
	_Alignas(128) _Atomic uint64_t taken;
	_Alignas(128) _Atomic uint64_t found;
	_Alignas(128) _Atomic uint32_t changes;
	_Atomic uint32_t sleepers;
	_Atomic uint32_t failed; /* 1: somebody cannot go on; 2: and `reason` is written */
	char reason[REASON_BYTES];
};

static inline struct crawl_data *crawl_data(const struct job *job, const struct arena *arena)
{
	return arena_at(arena, job->data_offset);
}

static inline struct crawl_page *crawl_pages(const struct crawl_data *data, const struct arena *arena)
{
	return arena_at(arena, data->pages_offset);
}

/* No page is longer. */
static inline uint64_t crawl_page_most(const uint64_t *parameters)
{
	return parameters[CRAWL_BYTES] + parameters[CRAWL_LINKS] * CRAWL_LINK_BYTES + CRAWL_FRAME_BYTES;
}

static inline uint64_t crawl_graph_bytes(const uint64_t *parameters)
{
	uint64_t page = sizeof(struct crawl_page) + 2 * sizeof(uint64_t) + crawl_page_most(parameters);

	return sizeof(struct crawl_data) + parameters[CRAWL_PAGES] * page + 5 * 128;
}

/* Every bit of every byte counts: each step is one to one. */
static inline uint64_t crawl_hash(const char *text, size_t bytes)
{
	uint64_t hash = bytes, word;

	for (; bytes >= sizeof(word); bytes -= sizeof(word), text += sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	word = 0;
	memcpy(&word, text, bytes);
	return mix64(hash ^ word);
}

/*
 * Means of 64 equally likely parts, in thousandths: of an exponential distribution of mean 1, 64 (G((k + 1) / 64) - G(k / 64))
 * where G(u) = u + (1 - u) ln(1 - u) is the integral of its quantiles; and of a lognormal one with sigma 1 and mean 1, as in
 * the workload busy.
 */
static const uint16_t crawl_levels[][CRAWL_LEVELS] = {
	[CRAWL_EXPONENTIAL] =
		{
			8,    24,   40,   56,   73,   90,   107,  125,  143,  161,  179,  198,  217,  237,  257,  277,
			298,  319,  341,  363,  386,  409,  433,  458,  483,  508,  535,  562,  589,  618,  647,  678,
			709,  741,  775,  809,  845,  882,  920,  960,  1002, 1045, 1091, 1139, 1189, 1241, 1297, 1356,
			1418, 1485, 1556, 1633, 1717, 1808, 1908, 2019, 2145, 2288, 2456, 2657, 2910, 3249, 3773, 5158,
		},
	[CRAWL_LOGNORMAL] =
		{
			52,   83,   104,  122,  139,  155,  170,  185,  199,  214,  228,  243,  257,  272,  286,  301,
			317,  332,  348,  364,  380,  397,  414,  432,  450,  469,  488,  508,  529,  550,  572,  595,
			619,  643,  669,  696,  724,  754,  785,  817,  852,  888,  927,  967,  1011, 1058, 1108, 1162,
			1221, 1285, 1354, 1432, 1517, 1613, 1722, 1847, 1993, 2167, 2380, 2651, 3014, 3545, 4471, 7953,
		},
};

/* Of 64 pages each has another level, so that any number of whole rounds takes as long on average as fixed delays. */
static inline uint64_t crawl_delay_ns(const uint64_t *parameters, uint64_t page)
{
	uint64_t mean_ns = parameters[CRAWL_DELAY] * 1000, scramble = mix64(page / CRAWL_LEVELS);
	uint64_t level = (page * 37 ^ scramble) % CRAWL_LEVELS;

	if (parameters[CRAWL_LATENCY] == CRAWL_FIXED)
		return mean_ns;
	return mean_ns * crawl_levels[parameters[CRAWL_LATENCY]][level] / 1000;
}

/*
 * Where link `link` of a page leads. From the seeds on, the first half of a page's links are a tree with all pages in it, as
 * wide as that makes it: so all pages are found, and soon. The others lead anywhere.
 */
static inline uint64_t crawl_target(const struct crawl_data *data, uint64_t links, uint64_t page, uint64_t link)
{
	uint64_t children = (links + 1) / 2, child = data->seeds + page * children + link;

	if (link < children && child < data->pages)
		return child;
	return mix64(page * links + link) % data->pages;
}

/* Letters, with a space now and then: what text is cut from. */
static inline void crawl_words(char *words)
{
	for (uint64_t i = 0; i < CRAWL_WORDS_BYTES; i++) {
		uint64_t random = mix64(~i);

		words[i] = random % 6 ? (char)('a' + (random >> 32) % 26) : ' ';
	}
}

static inline char *crawl_write_text(char *to, const char *words, uint64_t from, uint64_t bytes)
{
	while (bytes) {
		uint64_t at = from % CRAWL_WORDS_BYTES, part = CRAWL_WORDS_BYTES - at;

		part = part < bytes ? part : bytes;
		memcpy(to, words + at, part);
		to += part;
		from += part;
		bytes -= part;
	}
	return to;
}

/* Returns its end. */
static inline char *crawl_write_page(char *to, const struct crawl_data *data, const uint64_t *parameters,
				     const char *words, uint64_t page)
{
	uint64_t links = parameters[CRAWL_LINKS], text = parameters[CRAWL_BYTES] / links;

	to += sprintf(to, "<!DOCTYPE html>\n<html><head><title>Page %u</title></head>\n<body>\n", (unsigned)page);
	for (uint64_t link = 0; link < links; link++) {
		unsigned target = (unsigned)crawl_target(data, links, page, link);

		to = crawl_write_text(mempcpy(to, "<p>", 3), words, mix64(page * links + link), text);
		to += sprintf(to, CRAWL_LINK "%u\">page %u</a></p>\n", target, target);
	}
	return to + sprintf(to, "</body></html>\n");
}

static inline int crawl_graph_prepare(struct job *job, struct arena *arena)
{
	const uint64_t *parameters = job->parameters;
	char words[CRAWL_WORDS_BYTES], *to;
	struct crawl_data *data;
	struct crawl_page *pages;
	uint64_t text_offset;
	int error = arena_alloc(arena, sizeof(*data), 128, &job->data_offset);

	if (error)
		return error;
	data = crawl_data(job, arena);
	data->pages = parameters[CRAWL_PAGES];
	data->seeds = parameters[CRAWL_SEEDS] < data->pages ? parameters[CRAWL_SEEDS] : data->pages;
	error = arena_alloc(arena, data->pages * sizeof(*pages), 64, &data->pages_offset);
	if (!error)
		error = arena_alloc(arena, data->pages * sizeof(uint64_t), 64, &data->seen_offset);
	if (!error)
		error = arena_alloc(arena, data->pages * sizeof(uint64_t), 64, &data->queue_offset);
	if (!error)
		error = arena_alloc(arena, data->pages * crawl_page_most(parameters), 64, &text_offset);
	if (error)
		return error;
	crawl_words(words);
	pages = crawl_pages(data, arena);
	to = arena_at(arena, text_offset);
	for (uint64_t page = 0; page < data->pages; page++) {
		char *begin = to;

		to = crawl_write_page(begin, data, parameters, words, page);
		pages[page] = (struct crawl_page){
			.text_offset = text_offset + (uint64_t)(begin - (char *)arena_at(arena, text_offset)),
			.bytes = (uint64_t)(to - begin),
			.hash = crawl_hash(begin, (size_t)(to - begin)),
			.delay_ns = crawl_delay_ns(parameters, page),
		};
	}
	return 0;
}

#endif
