/* SPDX-License-Identifier: MIT */
/* The client of the peers, against made-up programs that misbehave and the real ones; and the table of peers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "core/beside.h"
#include "core/clock.h"
#include "core/executor.h"
#include "core/farm.h"
#include "measure/peer.h"
#include "resources.h"
#include "scratch.h"

enum { WORKERS = 2 };

/* A peer that is a shell script; it reads a request into $entry $tasks $chunk with `hear`. */
static const char *made_up(const char *script)
{
	static char path[PATH_MAX + 16];
	FILE *file;

	snprintf(path, sizeof(path), "%s/made-up", scratch);
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\nhear() { read -r entry tasks chunk; }\n%s\n", script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0700), 0);
	return path;
}

static void open_well(struct peer *peer, const char *path)
{
	char reason[REASON_BYTES] = "";
	int error = peer_open(peer, path, WORKERS, reason);

	if (error)
		fail_msg("%s: %d, %s", path, error, reason);
}

/* The script refuses to open, with this error and a reason that has `part` in it. */
static void assert_unopened(const char *path, int error, const char *part)
{
	int descriptors = resources_descriptors();
	char reason[REASON_BYTES] = "";
	struct peer peer;

	assert_int_equal(peer_open(&peer, path, WORKERS, reason), error);
	if (!strstr(reason, part))
		fail_msg("\"%s\" has no \"%s\"", reason, part);
	assert_true(resources_no_children());
	assert_int_equal(resources_descriptors(), descriptors);
}

/* The script opens well and fails its first batch; afterwards nothing is left of it. */
static void assert_unanswered(const char *script, int error, const char *part)
{
	int descriptors = resources_descriptors();
	char reason[REASON_BYTES] = "";
	uint64_t wall_ns = 77;
	struct peer peer;

	open_well(&peer, made_up(script));
	assert_int_equal(peer_batch(&peer, "map", 4, 1, &wall_ns, reason), error);
	if (!strstr(reason, part))
		fail_msg("\"%s\" has no \"%s\"", reason, part);
	assert_int_equal(wall_ns, 77);
	peer_close(&peer);
	assert_true(resources_no_children());
	assert_int_equal(resources_descriptors(), descriptors);
}

static void test_programs_that_do_not_open(void **state)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/nothing", scratch);
	assert_unopened(path, -ENOENT, "nothing: No such file");
	assert_unopened("/dev/null", -EACCES, "Permission denied");
	assert_unopened(made_up("exit 3"), -ECHILD, "made-up exited with status 3");
	assert_unopened(made_up("kill -9 $$"), -ECHILD, "made-up was killed by signal 9");
	assert_unopened(made_up("echo error no room for $1 workers; sleep 0.1"), -EREMOTEIO,
			"made-up: no room for 2 workers");
	assert_unopened(made_up("echo hello; exec sleep 60"), -EPROTO, "said \"hello\" instead of \"ready\"");
	assert_unopened(made_up("printf 'ready\\nready\\n'; exec sleep 60"), -EPROTO, "instead of \"ready\"");
	assert_unopened(made_up("head -c 100000 /dev/zero | tr '\\0' x; exec sleep 60"), -EPROTO, "said \"xxxx");
}

static void test_answers_that_are_none(void **state)
{
	assert_unanswered("echo ready; hear; exit 4", -ECHILD, "made-up exited with status 4");
	assert_unanswered("echo ready; hear; kill -11 $$", -ECHILD, "made-up was killed by signal 11");
	assert_unanswered("echo ready; hear; printf '100 1'", -ECHILD, "made-up exited with status 0 and no answer");
	assert_unanswered("echo ready; hear; echo good morning; exec sleep 60", -EPROTO, "said \"good morning\"");
	assert_unanswered("echo ready; hear; echo; exec sleep 60", -EPROTO, "said \"\"");
	assert_unanswered("echo ready; hear; echo 0 14; exec sleep 60", -EPROTO, "said \"0 14\"");
	assert_unanswered("echo ready; hear; echo -5 14; exec sleep 60", -EPROTO, "said \"-5 14\"");
	assert_unanswered("echo ready; hear; echo 100 14 1; exec sleep 60", -EPROTO, "said \"100 14 1\"");
	assert_unanswered("echo ready; hear; echo 99999999999999999999 14; exec sleep 60", -EPROTO, "said \"9999");
	assert_unanswered("echo ready; hear; echo 100 15", -EBADMSG, "computed 15 instead of 14 as the sum of 4");
	assert_unanswered("echo ready; hear; echo error out of breath", -EREMOTEIO, "made-up: out of breath");
}

/* The next request goes to nobody: an error, not a SIGPIPE. */
static void test_one_that_has_died_meanwhile(void **state)
{
	char reason[REASON_BYTES];
	uint64_t wall_ns;
	siginfo_t info;
	struct peer peer;

	open_well(&peer, made_up("echo ready"));
	assert_int_equal(waitid(P_PID, (id_t)peer.pid, &info, WEXITED | WNOWAIT), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(peer_batch(&peer, "map", 4, 1, &wall_ns, reason), -ECHILD);
	assert_non_null(strstr(reason, "has ended before"));
	peer_close(&peer);
	peer_close(&peer);
	assert_true(resources_no_children());
}

/* It gets the entry, the numbers and its workers as they were given, and is asked again after an error. */
static void test_a_conversation(void **state)
{
	char reason[REASON_BYTES];
	uint64_t wall_ns = 0;
	struct peer peer;

	open_well(&peer, made_up("echo ready; hear; echo \"$((chunk * 100 + $1)) 14\"; hear; echo error \"no $entry\"\n"
				 "hear; echo 7 0; hear || exit 0; echo more"));
	assert_int_equal(peer_batch(&peer, "map", 4, 13, &wall_ns, reason), 0);
	assert_int_equal(wall_ns, 1300 + WORKERS);
	assert_int_equal(peer_batch(&peer, "apply", 4, 1, &wall_ns, reason), -EREMOTEIO);
	assert_string_equal(reason, "made-up: no apply");
	assert_int_equal(peer_batch(&peer, "map", 1, 1, &wall_ns, reason), 0);
	assert_int_equal(wall_ns, 7);
	peer_close(&peer);
	assert_true(resources_no_children());
}

/* Whole, however many tasks there are: no intermediate value of the checksum may overflow. */
static void test_checksums(void **state)
{
	static const struct {
		const char *tasks, *checksum;
	} known[] = {{"2", "1"},
		     {"3", "5"},
		     {"65536", "93822844764160"},
		     {"1000000", "333332833333500000"},
		     {"1000000000", "3338615082255021824"},
		     {"4294967296", "15372286728807120896"}};
	char script[256], reason[REASON_BYTES] = "";
	uint64_t wall_ns;
	struct peer peer;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		snprintf(script, sizeof(script), "echo ready; hear; echo 1 %s", known[i].checksum);
		open_well(&peer, made_up(script));
		if (peer_batch(&peer, "map", strtoull(known[i].tasks, NULL, 10), 1, &wall_ns, reason))
			fail_msg("%s", reason);
		peer_close(&peer);
	}
}

static void on_alarm(int number)
{
}

static void test_answers_in_pieces_between_signals(void **state)
{
	const struct sigaction on = {.sa_handler = on_alarm}, off = {.sa_handler = SIG_DFL};
	const struct itimerval often = {{0, 2000}, {0, 2000}}, never = {0};
	char reason[REASON_BYTES] = "";
	uint64_t wall_ns = 0;
	struct peer peer;
	int error;

	sigaction(SIGALRM, &on, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	error = peer_open(&peer,
			  made_up("printf rea; sleep 0.05; echo dy; hear\n"
				  "for part in 12 3 ' ' 1; do printf '%s' \"$part\"; sleep 0.02; done; echo 4; hear"),
			  WORKERS, reason);
	if (!error)
		error = peer_batch(&peer, "map", 4, 1, &wall_ns, reason);
	peer_close(&peer);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &off, NULL);
	if (error)
		fail_msg("%s", reason);
	assert_int_equal(wall_ns, 123);
	assert_true(resources_no_children());
}

static void test_one_that_does_not_end(void **state)
{
	int descriptors = resources_descriptors();
	struct peer peer;

	open_well(&peer, made_up("trap '' HUP INT TERM; echo ready; while :; do sleep 0.2; done"));
	peer_close(&peer);
	assert_true(resources_no_children());
	assert_int_equal(resources_descriptors(), descriptors);
}

/* This program as a peer of its own: the answer's time has a digit for everything that it should not have inherited. */
static int be_a_peer(void)
{
	struct sigaction on_pipe;
	sigset_t blocked;
	char line[64];

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigaction(SIGPIPE, NULL, &on_pipe);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		printf("%d%d%d%d 14\n", 1, sigismember(&blocked, SIGTERM), on_pipe.sa_handler != SIG_DFL,
		       getenv("OMP_NUM_THREADS") || !getenv("OMPS"));
		fflush(stdout);
	}
	return 0;
}

/* What the caller blocks or ignores is no concern of the peer's; nor are variables that steer libraries. */
static void test_what_is_inherited(void **state)
{
	char reason[REASON_BYTES] = "";
	uint64_t wall_ns = 0;
	sigset_t terminate;
	struct peer peer;
	int error;

	sigemptyset(&terminate);
	sigaddset(&terminate, SIGTERM);
	sigprocmask(SIG_BLOCK, &terminate, NULL);
	signal(SIGPIPE, SIG_IGN);
	setenv("OMP_NUM_THREADS", "7", 1);
	setenv("OMPS", "8", 1);
	error = peer_open(&peer, "/proc/self/exe", WORKERS, reason);
	if (!error) {
		assert_true(fcntl(peer.fd, F_GETFD) & FD_CLOEXEC);
		error = peer_batch(&peer, "map", 4, 1, &wall_ns, reason);
	}
	peer_close(&peer);
	unsetenv("OMP_NUM_THREADS");
	unsetenv("OMPS");
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &terminate, NULL);
	if (error)
		fail_msg("%s", reason);
	assert_int_equal(wall_ns, 1000);
}

static void test_table(void **state)
{
	const char *last = "";

	assert_non_null(*peer_table);
	assert_null(peer_find("thread"));
	for (const struct executor *const *entry = peer_table; *entry; entry++) {
		const struct executor *peer = *entry;
		char program[64];

		assert_true(strcmp(peer->name, last) > 0);
		last = peer->name;
		assert_ptr_equal(peer_find(peer->name), peer);
		assert_null(executor_find(peer->name));
		snprintf(program, sizeof(program), "tvp-peer-%s", peer->name);
		assert_string_equal(peer->program, program);
		assert_true(*peer->summary);
		assert_int_equal(peer->sharing, SHARING_OUTSIDE);
		assert_non_null(peer->probe);
		assert_non_null(*peer->entries);
		for (const char *const *name = peer->entries; *name; name++) {
			const char *const *known = farm_settings[FARM_ENTRY].names;

			while (*known && strcmp(*known, *name) != 0)
				known++;
			assert_non_null(*known);
		}
	}
}

static void assert_peer_works(const struct executor *peer, const char *path)
{
	static const uint64_t chunks[] = {0, 1, 7, 100000};
	char reason[REASON_BYTES] = "";
	uint64_t wall_ns = 0;
	struct peer client;

	open_well(&client, path);
	for (const char *const *entry = peer->entries; *entry; entry++)
		for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++)
			if (peer_batch(&client, *entry, 1000 + i, chunks[i], &wall_ns, reason) || wall_ns == 0)
				fail_msg("%s, chunk %" PRIu64 ": %s", *entry, chunks[i], reason);
	assert_int_equal(peer_batch(&client, "sing", 10, 1, &wall_ns, reason), -EREMOTEIO);
	assert_int_equal(peer_batch(&client, *peer->entries, 10, 1, &wall_ns, reason), 0);
	peer_close(&client);
}

/* Those in Python have the same client; the behaviour tests run them. */
static void test_real_ones(void **state)
{
	int descriptors = resources_descriptors(), works = 0;

	for (const struct executor *const *entry = peer_table; *entry; entry++) {
		char path[PATH_MAX], reason[REASON_BYTES] = "";

		if (strncmp((*entry)->name, "python", strlen("python")) == 0)
			continue;
		if ((*entry)->probe(reason) == 0) {
			assert_int_equal(beside_find((*entry)->program, path, reason), 0);
			assert_peer_works(*entry, path);
			works++;
		} else {
			print_message("%s: %s\n", (*entry)->name, reason);
			assert_non_null(strstr(reason, "was not found when tvp was built (package "));
		}
	}
	assert_true(resources_no_children());
	assert_int_equal(resources_descriptors(), descriptors);
	if (!works)
		skip();
}

static void test_programs_beside(void **state)
{
	char path[PATH_MAX], reason[REASON_BYTES] = "";

	assert_int_equal(beside_find("test_peer", path, reason), 0);
	assert_int_equal(access(path, X_OK), 0);
	assert_int_equal(beside_find("tvp-peer-of-nobody", path, reason), -ENOENT);
	assert_non_null(strstr(reason, "tvp-peer-of-nobody is missing"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs_that_do_not_open),
		cmocka_unit_test(test_answers_that_are_none),
		cmocka_unit_test(test_one_that_has_died_meanwhile),
		cmocka_unit_test(test_a_conversation),
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_answers_in_pieces_between_signals),
		cmocka_unit_test(test_one_that_does_not_end),
		cmocka_unit_test(test_what_is_inherited),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_real_ones),
		cmocka_unit_test(test_programs_beside),
	};

	if (argc > 1)
		return be_a_peer();
	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
