/* A CUDA runtime library of our own for tests: "device" memory is host memory that is watched.

   Copies must lie within one allocation of their kind, whole and on a stream that lives; anything else is the error
   that CUDA gives. Work on a stream is done at once. Any function can be told to fail on its next calls. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICE = 1, PINNED = 2, STREAM = 3, EVENT = 4, SLOTS = 4096 };
typedef struct { char *at; size_t size; int kind; double time_ms; } Slot;
static Slot slots[SLOTS];
static char failing[64];
static int fail_after, fail_code, devices = 1;
static double clock_ms;
static char calls[1 << 20];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int enter(const char *name, size_t size) {
    pthread_mutex_lock(&lock);
    size_t used = strlen(calls);
    snprintf(calls + used, sizeof calls - used, "%s %zu\n", name, size);
    int code = strcmp(name, failing) == 0 && fail_after-- <= 0 ? fail_code : 0;
    pthread_mutex_unlock(&lock);
    return code;
}

static void *take(size_t size, int kind) {
    char *at = malloc(size ? size : 1);
    memset(at, 0xA5, size ? size : 1);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < SLOTS; i++)
        if (!slots[i].at) {
            slots[i] = (Slot){at, size, kind, -1};
            break;
        }
    pthread_mutex_unlock(&lock);
    return at;
}

static Slot *find(const void *at, size_t size, int kind) {
    for (int i = 0; i < SLOTS; i++) {
        const char *begin = slots[i].at;
        if (begin && slots[i].kind == kind && (const char *)at >= begin && (const char *)at + size <= begin + slots[i].size)
            return &slots[i];
    }
    return NULL;
}

static int give_back(void *at, int kind) {
    Slot *slot = find(at, 0, kind);
    if (!slot || slot->at != at) return 1;
    memset(slot->at, 0x5A, slot->size);
    free(slot->at);
    slot->at = NULL;
    return 0;
}

/* for the tests */
void fake_reset(int count) {
    for (int i = 0; i < SLOTS; i++) { free(slots[i].at); slots[i].at = NULL; }
    failing[0] = calls[0] = 0;
    clock_ms = 0;
    devices = count;
}
void fake_fail(const char *name, int after, int code) {
    snprintf(failing, sizeof failing, "%s", name);
    fail_after = after;
    fail_code = code;
}
void fake_pass_time(double ms) { clock_ms += ms; }
int fake_live(int kind) {
    int count = 0;
    for (int i = 0; i < SLOTS; i++) count += slots[i].at != NULL && slots[i].kind == kind;
    return count;
}
int fake_holds(const void *at, size_t size) { return find(at, size, DEVICE) != NULL; }
const char *fake_calls(void) { return calls; }

/* CUDA's own */
int cudaGetDeviceCount(int *count) {
    int code = enter("cudaGetDeviceCount", 0);
    *count = devices;
    return code ? code : devices ? 0 : 100;
}
int cudaGetDeviceProperties(void *out, int device) {
    int code = enter("cudaGetDeviceProperties", device);
    strcpy(out, "Fake Orin");
    return code;
}
int cudaDeviceGetAttribute(int *value, int attribute, int device) {
    (void)device;
    *value = attribute == 75 ? 8 : attribute == 76 ? 7 : attribute == 18;
    return enter("cudaDeviceGetAttribute", attribute);
}
int cudaDriverGetVersion(int *version) { *version = 12060; return enter("cudaDriverGetVersion", 0); }
int cudaMemGetInfo(size_t *free_bytes, size_t *total) {
    *free_bytes = 3000000000u;
    *total = 8000000000u;
    return enter("cudaMemGetInfo", 0);
}
static int make(void **out, const char *name, size_t size, int kind) {
    int code = enter(name, size);
    if (!code) *out = take(size, kind);
    return code;
}
int cudaMalloc(void **out, size_t size) { return make(out, "cudaMalloc", size, DEVICE); }
int cudaHostAlloc(void **out, size_t size, unsigned flags) { (void)flags; return make(out, "cudaHostAlloc", size, PINNED); }
int cudaStreamCreateWithFlags(void **out, unsigned flags) {
    int code = make(out, "cudaStreamCreateWithFlags", 8, STREAM);
    return code ? code : flags == 1 ? 0 : 1;
}
int cudaEventCreate(void **out) { return make(out, "cudaEventCreate", 8, EVENT); }
int cudaFree(void *at) { int code = enter("cudaFree", 0); return code ? code : give_back(at, DEVICE); }
int cudaFreeHost(void *at) { int code = enter("cudaFreeHost", 0); return code ? code : give_back(at, PINNED); }
int cudaStreamDestroy(void *at) { int code = enter("cudaStreamDestroy", 0); return code ? code : give_back(at, STREAM); }
int cudaEventDestroy(void *at) { int code = enter("cudaEventDestroy", 0); return code ? code : give_back(at, EVENT); }
int cudaMemcpyAsync(void *to, const void *from, size_t size, int kind, void *stream) {
    int code = enter(kind == 1 ? "cudaMemcpyToDevice" : "cudaMemcpyToHost", size);
    if (code) return code;
    if (!find(stream, 0, STREAM)) return 400;
    if (!find(to, size, kind == 1 ? DEVICE : PINNED) || !find(from, size, kind == 1 ? PINNED : DEVICE)) return 700;
    memcpy(to, from, size);
    clock_ms += 1;
    return 0;
}
int cudaStreamSynchronize(void *stream) {
    int code = enter("cudaStreamSynchronize", 0);
    return code ? code : find(stream, 0, STREAM) ? 0 : 400;
}
int cudaEventRecord(void *event, void *stream) {
    int code = enter("cudaEventRecord", 0);
    Slot *slot = find(event, 0, EVENT);
    if (code || !slot || !find(stream, 0, STREAM)) return code ? code : 400;
    slot->time_ms = clock_ms;
    return 0;
}
int cudaEventElapsedTime(float *ms, void *begin, void *end) {
    Slot *one = find(begin, 0, EVENT), *two = find(end, 0, EVENT);
    int code = enter("cudaEventElapsedTime", 0);
    if (code || !one || !two || one->time_ms < 0 || two->time_ms < 0) return code ? code : 400;
    *ms = (float)(two->time_ms - one->time_ms);
    return 0;
}
const char *cudaGetErrorName(int code) {
    return code == 2 ? "cudaErrorMemoryAllocation" : code == 35 ? "cudaErrorInsufficientDriver"
         : code == 100 ? "cudaErrorNoDevice" : code == 400 ? "cudaErrorInvalidResourceHandle"
         : code == 700 ? "cudaErrorIllegalAddress" : code == 719 ? "cudaErrorLaunchFailure" : "cudaErrorInvalidValue";
}
const char *cudaGetErrorString(int code) {
    return code == 2 ? "out of memory" : code == 35 ? "CUDA driver version is insufficient for CUDA runtime version"
         : code == 100 ? "no CUDA-capable device is detected" : code == 400 ? "invalid resource handle"
         : code == 700 ? "an illegal memory access was encountered" : code == 719 ? "unspecified launch failure" : "invalid argument";
}
