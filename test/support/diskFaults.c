/*
 * A disk that fails on request, for LD_PRELOAD. It sees what a process does to the file that HQ_FAULTS_FILE names, to SQLite's log and
 * journal beside it, and to their folder (only its syncs). The index (-shm) is mapped into memory, and no part of what is durable.
 *
 * HQ_FAULTS_PLAN: path of a file "kind at act repeat", looked at before each call. Calls are counted from the moment when the file was made.
 *   kind    open, write, sync, truncate, unlink, or any
 *   at      number of the call of that kind, from 1 on
 *   act     pass (does nothing), kill-before, kill-after, torn (writes a part, then is killed), short (writes a part, returns its length), EIO, ENOSPC
 *   repeat  once, or always: at each later call, too
 * Each time it acts, it adds a line "kind name" to the file of that path with ".hits".
 *
 * HQ_FAULTS_JOURNAL: path of a file to which every call that succeeded is added, and every write to standard output, in their order over all
 * processes. diskJournal.ts reads it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPEN, WRITE, SYNC, TRUNCATE, UNLINK, KINDS, OUTPUT = KINDS };
enum act { NONE, KILL_BEFORE, KILL_AFTER, TORN, SHORT, FAIL };

static const char *const kinds[] = {"open", "write", "sync", "truncate", "unlink"};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static int counts[KINDS];
static int total;
static struct stat known_plan;

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (real == NULL) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int real_open(const char *path, int flags) {
  REAL(int, "open", const char *, int, ...);
  return real(path, flags | O_CLOEXEC, 0600);
}

static ssize_t real_write(int fd, const void *data, size_t size) {
  REAL(ssize_t, "write", int, const void *, size_t);
  return real(fd, data, size);
}

/* What follows the database's path in the name of its log or journal; "/" for their folder; NULL for any other file. */
static const char *name_of(const char *path) {
  const char *file = getenv("HQ_FAULTS_FILE");
  if (file == NULL) return NULL;
  size_t length = strlen(file);
  if (strncmp(path, file, length) == 0) {
    static const char *const names[] = {"", "-wal", "-journal"};
    for (int at = 0; at < 3; at++) {
      const char *rest = path + length;
      size_t known = strlen(names[at]);
      if (strncmp(rest, names[at], known) == 0 && (rest[known] == 0 || strcmp(rest + known, " (deleted)") == 0))
        return names[at];
    }
  }
  const char *end = strrchr(file, '/');
  size_t folder = end == NULL ? 0 : (size_t)(end - file);
  return strlen(path) == folder && strncmp(path, file, folder) == 0 ? "/" : NULL;
}

static const char *name_of_descriptor(int fd) {
  char link[32], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return NULL;
  path[length] = 0;
  return name_of(path);
}

/* Takes a turn among all threads and processes, so that the journal has the order in which things happened. */
static void lock(void) {
  pthread_mutex_lock(&mutex);
  const char *path = getenv("HQ_FAULTS_JOURNAL");
  if (path != NULL && journal < 0) journal = real_open(path, O_WRONLY | O_APPEND | O_CREAT);
  if (journal >= 0) flock(journal, LOCK_EX);
}

static void unlock(void) {
  if (journal >= 0) flock(journal, LOCK_UN);
  pthread_mutex_unlock(&mutex);
}

static void record(enum kind kind, const char *name, uint64_t offset, const void *data, size_t size) {
  if (journal < 0) return;
  struct { uint32_t kind, pid, name, size; uint64_t offset; } head = {kind, getpid(), strlen(name), size, offset};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)name, head.name}, {(void *)data, size}};
  for (int at = 0; at < 3; at++)
    if (real_write(journal, parts[at].iov_base, parts[at].iov_len) != (ssize_t)parts[at].iov_len) abort();
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* What is to happen at this call; `failure` is the error of FAIL. */
static enum act planned(enum kind kind, const char *name, int *failure) {
  const char *path = getenv("HQ_FAULTS_PLAN");
  struct stat plan;
  if (path == NULL || stat(path, &plan) != 0) return NONE;
  if (plan.st_ino != known_plan.st_ino || plan.st_mtim.tv_nsec != known_plan.st_mtim.tv_nsec ||
      plan.st_mtim.tv_sec != known_plan.st_mtim.tv_sec) {
    known_plan = plan;
    memset(counts, 0, sizeof counts);
    total = 0;
  }
  total++;
  counts[kind]++;
  char text[128] = "", of[16], act[16], repeat[16];
  int at;
  int fd = real_open(path, O_RDONLY);
  if (fd < 0) return NONE;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0 || sscanf(text, "%15s %d %15s %15s", of, &at, act, repeat) != 4) abort();
  int isAny = strcmp(of, "any") == 0;
  if (!isAny && strcmp(of, kinds[kind]) != 0) return NONE;
  int count = isAny ? total : counts[kind];
  if (strcmp(repeat, "always") == 0 ? count < at : count != at) return NONE;
  // Only writes have parts.
  if (kind != WRITE && strcmp(act, "short") == 0) return NONE;
  char hits[4096], line[64];
  snprintf(hits, sizeof hits, "%s.hits", path);
  snprintf(line, sizeof line, "%s %s\n", kinds[kind], name);
  fd = real_open(hits, O_WRONLY | O_APPEND | O_CREAT);
  if (fd < 0 || real_write(fd, line, strlen(line)) < 0) abort();
  close(fd);
  if (strcmp(act, "pass") == 0) return NONE;
  if (strcmp(act, "kill-before") == 0) return KILL_BEFORE;
  if (strcmp(act, "kill-after") == 0) return KILL_AFTER;
  if (strcmp(act, "torn") == 0) return kind == WRITE ? TORN : KILL_BEFORE;
  if (strcmp(act, "short") == 0) return SHORT;
  *failure = strcmp(act, "ENOSPC") == 0 ? ENOSPC : EIO;
  return FAIL;
}

/* Begins a call, which `leave` must end. */
static enum act enter(enum kind kind, const char *name, int *failure) {
  lock();
  enum act act = planned(kind, name, failure);
  if (act == KILL_BEFORE) die();
  return act;
}

static ssize_t leave(enum act act, int failure, ssize_t result) {
  int error = act == FAIL ? failure : errno;
  if (act == KILL_AFTER || act == TORN) die();
  unlock();
  errno = error;
  return result;
}

static size_t allowed(enum act act, size_t size) { return act == TORN || act == SHORT ? size / 2 : size; }

static ssize_t written(int fd, const void *data, size_t size, off_t offset, const char *name) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
  int failure = 0;
  enum act act = enter(WRITE, name, &failure);
  ssize_t done = act == FAIL ? -1 : real(fd, data, allowed(act, size), offset);
  if (done > 0) record(WRITE, name, offset, data, done);
  return leave(act, failure, done);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
  const char *name = name_of_descriptor(fd);
  return name == NULL ? real(fd, data, size, offset) : written(fd, data, size, offset, name);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }

ssize_t write(int fd, const void *data, size_t size) {
  if (fd == STDOUT_FILENO && getenv("HQ_FAULTS_JOURNAL") != NULL) {
    lock();
    ssize_t done = real_write(fd, data, size);
    int error = errno;
    if (done > 0) record(OUTPUT, "", 0, data, done);
    unlock();
    errno = error;
    return done;
  }
  const char *name = name_of_descriptor(fd);
  if (name == NULL) return real_write(fd, data, size);
  ssize_t done = written(fd, data, size, lseek(fd, 0, SEEK_CUR), name);
  if (done > 0) lseek(fd, done, SEEK_CUR);
  return done;
}

/* Callers go on with what was not written. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  int isSeen = fd == STDOUT_FILENO || name_of_descriptor(fd) != NULL;
  return isSeen && count > 0 ? write(fd, parts[0].iov_base, parts[0].iov_len) : real(fd, parts, count);
}

static ssize_t synced(int fd, int (*real)(int)) {
  const char *name = name_of_descriptor(fd);
  if (name == NULL) return real(fd);
  int failure = 0;
  enum act act = enter(SYNC, name, &failure);
  int done = act == FAIL ? -1 : real(fd);
  if (done == 0) record(SYNC, name, 0, "", 0);
  return leave(act, failure, done);
}

int fsync(int fd) {
  REAL(int, "fsync", int);
  return synced(fd, real);
}

int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return synced(fd, real);
}

int ftruncate64(int fd, off_t size) {
  REAL(int, "ftruncate64", int, off_t);
  const char *name = name_of_descriptor(fd);
  if (name == NULL) return real(fd, size);
  int failure = 0;
  enum act act = enter(TRUNCATE, name, &failure);
  int done = act == FAIL ? -1 : real(fd, size);
  if (done == 0) record(TRUNCATE, name, size, "", 0);
  return leave(act, failure, done);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  const char *name = name_of(path);
  if (name == NULL) return real(path);
  int failure = 0;
  enum act act = enter(UNLINK, name, &failure);
  int done = act == FAIL ? -1 : real(path);
  if (done == 0) record(UNLINK, name, 0, "", 0);
  return leave(act, failure, done);
}

int open64(const char *path, int flags, ...) {
  REAL(int, "open64", const char *, int, ...);
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
  va_end(more);
  const char *name = name_of(path);
  if (name == NULL || name[0] == '/') return real(path, flags, mode);
  int failure = 0;
  enum act act = enter(OPEN, name, &failure);
  int isNew = access(path, F_OK) != 0;
  int fd = act == FAIL ? -1 : real(path, flags, mode);
  if (fd >= 0 && isNew) record(OPEN, name, 0, "", 0);
  return leave(act, failure, fd);
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open64(path, flags, mode);
}
