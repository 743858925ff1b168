/* SPDX-License-Identifier: MIT */
/* Zero copy: tasks work in memory that all processes share, and follow references within it. */
#include <stdio.h>
#include <string.h>

#include <tvp/pool.h>

enum { WIDTH = 1024, HEIGHT = 768 };

/* What a row's task needs to know. An address means nothing in another process; an offset does. */
struct row {
	uint64_t image;
	uint32_t y;
};

struct image {
	uint64_t brightness; /* for a second kind of reference: everybody looks it up */
	unsigned char pixels[HEIGHT][WIDTH];
};

static int brighten(struct tvp_worker *worker, const struct row *row, uint64_t *sum)
{
	struct image *image = (struct image *)tvp_worker_at(worker, row->image);
	unsigned char *pixels = image->pixels[row->y];

	*sum = 0;
	for (int x = 0; x < WIDTH; x++) {
		unsigned value = pixels[x] + (unsigned)image->brightness;

		pixels[x] = value > 255 ? 255 : (unsigned char)value;
		*sum += pixels[x];
	}
	return 0;
}

TVP_TASK(brighten, struct row, uint64_t);

static const struct tvp_task *const tasks[] = {&brighten_task, NULL};
static const struct tvp_registry registry = {.tasks = tasks};

static int process(struct tvp_pool *pool)
{
	void *memory[3];
	struct image *image;
	struct row *rows;
	uint64_t *sums, total = 0;
	struct tvp_map map = {.task = "brighten",
			      .count = HEIGHT,
			      .input_bytes = sizeof(*rows),
			      .output_bytes = sizeof(*sums),
			      /* Refuse rather than copy if something lies elsewhere. */
			      .payload = TVP_PAYLOAD_SHARED};

	if (tvp_pool_alloc(pool, sizeof(*image), &memory[0]) ||
	    tvp_pool_alloc(pool, HEIGHT * sizeof(*rows), &memory[1]) ||
	    tvp_pool_alloc(pool, HEIGHT * sizeof(*sums), &memory[2]))
		return 1;
	image = memory[0];
	map.inputs = rows = memory[1];
	map.outputs = sums = memory[2];

	image->brightness = 100;
	memset(image->pixels, 50, sizeof(image->pixels));
	memset(image->pixels[0], 200, WIDTH);
	for (uint32_t y = 0; y < HEIGHT; y++)
		rows[y] = (struct row){tvp_pool_offset(pool, image), y};
	if (tvp_pool_map(pool, &map) != 0)
		return 1;
	for (int y = 0; y < HEIGHT; y++)
		total += sums[y];
	printf("first row: %d, others: %d, mean: %.2f\n", image->pixels[0][0], image->pixels[1][0],
	       (double)total / (WIDTH * HEIGHT));
	for (int i = 0; i < 3; i++)
		tvp_pool_free(pool, memory[i]);
	return total != (uint64_t)WIDTH * (255 + 150 * (HEIGHT - 1));
}

int main(int argc, char **argv)
{
	struct tvp_pool_options options = {0};
	char reason[TVP_REASON_BYTES];
	struct tvp_pool *pool;
	int failed;

	tvp_pool_worker(argc, argv, &registry);
	options.executor = argc > 1 ? argv[1] : "spawn";
	options.registry = &registry;
	if (tvp_pool_create(&pool, &options, reason)) {
		fprintf(stderr, "payload: %s\n", reason);
		return 1;
	}
	failed = process(pool);
	tvp_pool_destroy(pool);
	return failed;
}
