/* The action's program: notes its alert, when it was started, and the CPU time that this has cost, in one line.
 *
 *     started FILE MESSAGEID
 *
 * prelude-manager's script plugin starts it for heartbeats as well, without a messageid: there is nothing to note. */

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv) {
    long long now = nanoseconds(CLOCK_REALTIME);
    if (argc < 3 || argv[2][0] == '\0')
        return 0;
    int file = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0)
        return 1;
    char line[160];
    int length = snprintf(line, sizeof line, "%.64s %lld %lld\n", argv[2], now, nanoseconds(CLOCK_PROCESS_CPUTIME_ID));
    return write(file, line, length) == length ? 0 : 1;
}
