/* SPDX-License-Identifier: MIT */
/*
 * The server of the workload echo: one thread with epoll, which answers every message with its complement, at once or after
 * a while.
 */
#ifndef TVP_WORKLOAD_ECHO_SERVER_H
#define TVP_WORKLOAD_ECHO_SERVER_H

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/server.h"
#include "core/workload.h"

/* The workload's parameters. */
enum { ECHO_BYTES, ECHO_PORT, ECHO_DELAY_US };

/* What epoll tells at a time. */
enum { ECHO_EVENTS = 64 };

/* In the arena. */
struct echo_data {
	struct sockaddr_in address;
};

static inline uint64_t echo_bytes(const struct job *job)
{
	return job->parameters[ECHO_BYTES];
}

/* The server's end of a connection. */
struct echo_peer {
	int fd;
	enum { PEER_READS, PEER_WAITS, PEER_WRITES } state;
	bool gone;              /* while it waited */
	size_t at;              /* bytes of the message that have come, or of the answer that have gone */
	uint64_t answer_ns;     /* when a waiting one is answered */
	struct echo_peer *next; /* to be answered after it */
	unsigned char message[];
};

/* All wait equally long, so who comes first is answered first. */
struct echo_server {
	struct server *server;
	int listening, epoll_fd, timer_fd;
	struct echo_peer *first_waiting, **end_waiting;
	uint64_t timer_ns; /* what it is set to; 0: to nothing */
};

static inline int echo_watch(int epoll_fd, int how, int fd, uint32_t events, void *subject)
{
	struct epoll_event event = {.events = events, .data.ptr = subject};

	return epoll_ctl(epoll_fd, how, fd, &event) < 0 ? -errno : 0;
}

static inline void echo_drop(struct echo_peer *peer)
{
	close(peer->fd);
	free(peer);
}

static inline int echo_accept(struct echo_server *echo)
{
	int fd = accept4(echo->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), yes = 1, error;
	struct echo_peer *peer;

	if (fd < 0) {
		bool nobody = errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;

		return nobody ? 0 : reason_set(echo->server->reason, -errno, "accept: %s", strerror(errno));
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	peer = malloc(sizeof(*peer) + echo_bytes(echo->server->job));
	error = peer ? echo_watch(echo->epoll_fd, EPOLL_CTL_ADD, fd, EPOLLIN, peer) : -ENOMEM;
	if (!error) {
		*peer = (struct echo_peer){.fd = fd};
		return 0;
	}
	free(peer);
	close(fd);
	return reason_set(echo->server->reason, error, "no memory for a connection");
}

/* Sends as much of the answer as can be sent now. */
static inline void echo_answer(struct echo_server *echo, struct echo_peer *peer)
{
	size_t bytes = echo_bytes(echo->server->job);
	bool waited = peer->state == PEER_WRITES;

	while (peer->at < bytes) {
		ssize_t sent = send(peer->fd, peer->message + peer->at, bytes - peer->at, MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN) {
			peer->state = PEER_WRITES;
			if (waited || !echo_watch(echo->epoll_fd, EPOLL_CTL_MOD, peer->fd, EPOLLOUT, peer))
				return;
		}
		if (sent <= 0) {
			echo_drop(peer);
			return;
		}
		peer->at += (size_t)sent;
	}
	peer->state = PEER_READS;
	peer->at = 0;
	if (waited && echo_watch(echo->epoll_fd, EPOLL_CTL_MOD, peer->fd, EPOLLIN, peer))
		echo_drop(peer);
}

/* All of a message is there. */
static inline void echo_received(struct echo_server *echo, struct echo_peer *peer)
{
	size_t words = echo_bytes(echo->server->job) / sizeof(uint64_t);
	uint64_t delay_us = echo->server->job->parameters[ECHO_DELAY_US], word;

	for (size_t i = 0; i < words; i++) {
		memcpy(&word, peer->message + i * sizeof(word), sizeof(word));
		word = ~word;
		memcpy(peer->message + i * sizeof(word), &word, sizeof(word));
	}
	peer->at = 0;
	if (!delay_us) {
		echo_answer(echo, peer);
		return;
	}
	peer->state = PEER_WAITS;
	peer->answer_ns = clock_now_ns() + delay_us * 1000;
	peer->next = NULL;
	*echo->end_waiting = peer;
	echo->end_waiting = &peer->next;
}

static inline void echo_peer_event(struct echo_server *echo, struct echo_peer *peer)
{
	size_t bytes = echo_bytes(echo->server->job);
	ssize_t got;

	if (peer->state == PEER_WRITES) {
		echo_answer(echo, peer);
		return;
	}
	/* Who has no answer yet says nothing but that he is going: he is dropped when it is his turn. */
	if (peer->state == PEER_WAITS) {
		peer->gone = true;
		echo_watch(echo->epoll_fd, EPOLL_CTL_DEL, peer->fd, 0, NULL);
		return;
	}
	got = recv(peer->fd, peer->message + peer->at, bytes - peer->at, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		echo_drop(peer);
		return;
	}
	peer->at += (size_t)got;
	if (peer->at == bytes)
		echo_received(echo, peer);
}

/* Answers who has waited long enough, and sets the timer for the next. */
static inline int echo_answer_due(struct echo_server *echo)
{
	struct itimerspec timer;
	struct echo_peer *peer;
	uint64_t next_ns;

	while ((peer = echo->first_waiting) && peer->answer_ns <= clock_now_ns()) {
		echo->first_waiting = peer->next;
		if (peer->gone)
			echo_drop(peer);
		else
			echo_answer(echo, peer);
	}
	if (!peer)
		echo->end_waiting = &echo->first_waiting;
	next_ns = peer ? peer->answer_ns : 0;
	if (next_ns == echo->timer_ns)
		return 0;
	echo->timer_ns = next_ns;
	timer = (struct itimerspec){.it_value = {(time_t)(next_ns / NS_PER_S), (long)(next_ns % NS_PER_S)}};
	/* That also makes it forget that it has expired. */
	if (timerfd_settime(echo->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL) < 0)
		return reason_set(echo->server->reason, -errno, "timerfd_settime: %s", strerror(errno));
	return 0;
}

static inline int echo_server_loop(struct echo_server *echo)
{
	struct epoll_event events[ECHO_EVENTS];
	int error = 0;

	while (!error) {
		int count = epoll_wait(echo->epoll_fd, events, ECHO_EVENTS, -1);

		if (count < 0 && errno != EINTR)
			return reason_set(echo->server->reason, -errno, "epoll_wait: %s", strerror(errno));
		for (int i = 0; i < count && !error; i++) {
			if (events[i].data.ptr == &echo->server->stop_fd)
				return 0;
			if (events[i].data.ptr == &echo->listening)
				error = echo_accept(echo);
			else if (events[i].data.ptr != &echo->timer_fd)
				echo_peer_event(echo, events[i].data.ptr);
		}
		/* After the events, which may be of those who are dropped here. */
		if (!error)
			error = echo_answer_due(echo);
	}
	return error;
}

/* What it has goes with its process. */
static inline int echo_serve(struct server *server)
{
	struct echo_data *data = arena_at(server->arena, server->job->data_offset);
	struct echo_server echo = {.server = server, .end_waiting = &echo.first_waiting};
	int error = server_listen(server, server->job->parameters[ECHO_PORT], &echo.listening, &data->address);

	if (error)
		return error;
	echo.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	echo.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (echo.epoll_fd < 0 || echo.timer_fd < 0)
		return reason_set(server->reason, -errno, "no descriptors for epoll and a timer: %s", strerror(errno));
	error = echo_watch(echo.epoll_fd, EPOLL_CTL_ADD, echo.listening, EPOLLIN, &echo.listening);
	if (!error)
		error = echo_watch(echo.epoll_fd, EPOLL_CTL_ADD, echo.timer_fd, EPOLLIN, &echo.timer_fd);
	if (!error)
		error = echo_watch(echo.epoll_fd, EPOLL_CTL_ADD, server->stop_fd, EPOLLIN, &server->stop_fd);
	if (error)
		return reason_set(server->reason, error, "epoll_ctl: %s", strerror(-error));
	server_ready(server);
	return echo_server_loop(&echo);
}

#endif
