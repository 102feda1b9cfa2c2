// emulator NEAR FAR: a link between two TUN devices, which it makes and which vanish when it ends.
//
// Standard input takes lines of five numbers: rate in bit/s, delay in us, loss from near to far and from far to near in
// millionths, queue in bytes. Each is answered by "ok" once it holds; a loss of 1000000 is a black hole, and takes what
// is on its way too. It ends with its input, or when one of the devices is gone.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define PACKETS 8192u
#define PACKET_BYTES 1600
#define BATCH 64
#define MILLION 1000000

struct packet {
    double due_s;
    ssize_t bytes;
    unsigned char data[PACKET_BYTES];
};

struct direction {
    int in, out;
    atomic_long loss_ppm;
    unsigned seed;
};

static _Atomic double rate_bps = 1e9;
static atomic_long delay_us = 500, queue_bytes = 4000000;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int open_tun(const char *name) {
    struct ifreq request = {0};
    int handle = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (handle < 0) {
        perror("/dev/net/tun");
        exit(1);
    }
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (ioctl(handle, TUNSETIFF, &request) < 0) {
        perror(name);
        exit(1);
    }
    return handle;
}

static int is_lost(struct direction *way) {
    long loss = atomic_load(&way->loss_ppm);
    return loss > 0 && (long)(rand_r(&way->seed) % MILLION) < loss;
}

// Write what is due; a black hole swallows it. Returns the seconds until the next packet, at most 20 ms.
static double deliver(struct direction *way, struct packet *queue, unsigned head, unsigned *tail) {
    double now = now_s();
    while (*tail != head && queue[*tail % PACKETS].due_s <= now) {
        struct packet *packet = &queue[*tail % PACKETS];
        if (atomic_load(&way->loss_ppm) < MILLION && write(way->out, packet->data, (size_t)packet->bytes) < 0 &&
            errno == EBADFD)
            exit(0); // the far device is gone; one that is down loses packets and comes back
        ++*tail;
    }
    double wait = *tail == head ? 0.02 : queue[*tail % PACKETS].due_s - now;
    return wait > 0.02 ? 0.02 : wait < 0 ? 0 : wait;
}

static void *carry(void *argument) {
    struct direction *way = argument;
    struct packet *queue = malloc(sizeof(struct packet) * PACKETS);
    unsigned head = 0, tail = 0;
    double busy = 0;
    if (queue == NULL)
        exit(1);
    prctl(PR_SET_TIMERSLACK, 1000);
    for (;;) {
        double wait = deliver(way, queue, head, &tail);
        int got = 0;
        while (head - tail < PACKETS - 1 && got < BATCH) {
            struct packet *packet = &queue[head % PACKETS];
            packet->bytes = read(way->in, packet->data, PACKET_BYTES);
            if (packet->bytes <= 0) {
                if (packet->bytes < 0 && errno != EAGAIN && errno != EINTR && errno != EIO)
                    exit(0);
                break;
            }
            got++;
            double now = now_s(), rate = atomic_load(&rate_bps), free_s = busy > now ? busy : now;
            if (is_lost(way) || (free_s - now) * rate / 8 > (double)atomic_load(&queue_bytes))
                continue;
            busy = free_s + (double)packet->bytes * 8 / rate;
            packet->due_s = busy + (double)atomic_load(&delay_us) * 1e-6;
            head++;
        }
        if (got == 0) {
            struct timespec pause = {0, (long)(wait * 1e9)};
            struct pollfd ready = {way->in, POLLIN, 0};
            ppoll(&ready, 1, &pause, NULL);
            if (ready.revents & POLLERR) // a device that is down cannot be read: do not spin
                nanosleep(&pause, NULL);
        }
    }
    return NULL;
}

int main(int count, char **words) {
    if (count != 3) {
        fprintf(stderr, "usage: emulator NEAR FAR\n");
        return 2;
    }
    int near = open_tun(words[1]), far = open_tun(words[2]);
    static struct direction out, back;
    out = (struct direction){near, far, 0, 1};
    back = (struct direction){far, near, 0, 2};
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, carry, &out);
    pthread_create(&threads[1], NULL, carry, &back);
    printf("ok\n");
    fflush(stdout);
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL) {
        double rate;
        long delay, loss_out, loss_back, queue;
        if (sscanf(line, "%lf %ld %ld %ld %ld", &rate, &delay, &loss_out, &loss_back, &queue) != 5 || rate <= 0) {
            printf("five numbers are expected\n");
        } else {
            atomic_store(&rate_bps, rate);
            atomic_store(&delay_us, delay);
            atomic_store(&out.loss_ppm, loss_out);
            atomic_store(&back.loss_ppm, loss_back);
            atomic_store(&queue_bytes, queue);
            printf("ok\n");
        }
        fflush(stdout);
    }
    return 0;
}
