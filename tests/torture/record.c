/* Writes down, in their real order, the calls by which a process changes the files of one folder:
   loaded before libc (LD_PRELOAD). MIAOHUI_RECORD_DIR is the folder, MIAOHUI_RECORD_LOG the log.

   A record: op, 3 bytes of nothing, length of the path (u32), length of the data (u32), offset (u64),
   path, data. A write is noted before it happens, a sync after it succeeded: what the log calls
   durable was durable. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 4096
static char *paths[FDS];
static int log_fd = -1;
static const char *folder;
static size_t folder_length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("MIAOHUI_RECORD_LOG");
    folder = getenv("MIAOHUI_RECORD_DIR");
    if (!log || !folder) return;
    folder_length = strlen(folder);
    log_fd = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(char op, const char *path, uint64_t offset, const void *data, uint32_t size) {
    struct { char op, pad[3]; uint32_t path, data; uint64_t offset; } __attribute__((packed)) head;
    memset(&head, 0, sizeof head);
    head.op = op;
    head.path = strlen(path);
    head.data = size;
    head.offset = offset;
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)data, size}};
    pthread_mutex_lock(&lock);
    if (writev(log_fd, parts, size ? 3 : 2) < 0) abort();
    pthread_mutex_unlock(&lock);
}

static int ours(const char *path) {
    return log_fd >= 0 && path && !strncmp(path, folder, folder_length);
}

static const char *of(int fd) { return fd >= 0 && fd < FDS ? paths[fd] : NULL; }

static int opened(int fd, const char *path, int flags, int was_there) {
    if (fd >= 0 && fd < FDS && ours(path)) {
        free(paths[fd]);
        paths[fd] = strdup(path);
        if (flags & O_CREAT && !was_there) note('C', path, 0, NULL, 0);
        else if (flags & O_TRUNC) note('T', path, 0, NULL, 0);
    }
    return fd;
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...) {                                                   \
        va_list rest; va_start(rest, flags);                                                       \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                    \
        va_end(rest);                                                                              \
        int there = ours(path) && !access(path, F_OK);                                             \
        return opened(REAL(name)(path, flags, mode), path, flags, there);                          \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                               \
    int name(int at, const char *path, int flags, ...) {                                           \
        va_list rest; va_start(rest, flags);                                                       \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                    \
        va_end(rest);                                                                              \
        int there = ours(path) && !access(path, F_OK);                                             \
        return opened(REAL(name)(at, path, flags, mode), path, flags, there);                      \
    }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
    if (of(fd)) { free(paths[fd]); paths[fd] = NULL; }
    return REAL(close)(fd);
}

ssize_t write(int fd, const void *data, size_t size) {
    if (of(fd)) note('W', of(fd), lseek(fd, 0, SEEK_CUR), data, size);
    return REAL(write)(fd, data, size);
}

#define PWRITE(name, kind)                                                                         \
    ssize_t name(int fd, const void *data, size_t size, kind offset) {                             \
        if (of(fd)) note('W', of(fd), offset, data, size);                                         \
        return REAL(name)(fd, data, size, offset);                                                 \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SYNC(name)                                                                                 \
    int name(int fd) {                                                                             \
        int done = REAL(name)(fd);                                                                 \
        if (!done && of(fd)) note('S', of(fd), 0, NULL, 0);                                        \
        return done;                                                                               \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, kind)                                                                       \
    int name(int fd, kind size) {                                                                  \
        if (of(fd)) note('T', of(fd), size, NULL, 0);                                              \
        return REAL(name)(fd, size);                                                               \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int unlink(const char *path) {
    if (ours(path)) note('U', path, 0, NULL, 0);
    return REAL(unlink)(path);
}

int rename(const char *from, const char *to) {
    if (ours(from)) note('R', from, 0, to, strlen(to));
    return REAL(rename)(from, to);
}
