/* SPDX-License-Identifier: MIT */
/* How a user ends a run early. */
#include "measure/signals.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t signals_seen;

static void on_signal(int signal_number)
{
	static const char text[] = "\nFinishing the block in hand; press Ctrl-C again to stop at once.\n";

	if (signals_seen++ == 0 && write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		return; /* nobody to tell */
}

/* The signals are let in only while the conductor sleeps, so that none comes between a look and the sleep. */
void signals_catch(void)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++) {
		sigaction(caught[i], &action, NULL);
		sigaddset(&set, caught[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* What cannot be written is an error to be reported, not the end: the temporary files want removing. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

bool signals_at_once(void)
{
	return signals_seen > 1;
}

/* Also lets in what arrived while no measurer ran. */
bool signals_soon(void)
{
	sigset_t none, before;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return signals_seen > 0;
}
