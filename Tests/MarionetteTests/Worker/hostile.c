/*
 * A slave that greets its master as a real one does and then misbehaves, in the way that its first
 * argument names. What it says is written out here by hand: it shares no code with a real slave.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t message[1024];
static size_t words;

static void put(uint32_t word)
{
    message[words++] = htonl(word);
}

static void put_text(const char *text)
{
    size_t size = strlen(text);
    put((uint32_t)size);
    memset(&message[words], 0, size + 4);
    memcpy(&message[words], text, size);
    words += (size + 3) / 4;
}

static void say(const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t count = write(1, at, size);
        if (count <= 0)
            exit(0); /* the master does not listen any more */
        at += count;
        size -= (size_t)count;
    }
}

static void hear(void *bytes, size_t size)
{
    char *at = bytes;
    while (size > 0) {
        ssize_t count = read(0, at, size);
        if (count <= 0)
            exit(0);
        at += count;
        size -= (size_t)count;
    }
}

/* A record of the words that were put. */
static void send_message(void)
{
    uint32_t header = htonl(0x80000000u | (uint32_t)(words * 4));
    say(&header, 4);
    say(message, words * 4);
    words = 0;
}

static void put_reply(uint32_t xid)
{
    put(xid);
    put(1); /* a reply */
    put(0); /* accepted */
    put(0); /* no verifier */
    put(0);
    put(0); /* success */
}

/* Takes one record; returns its xid. */
static uint32_t hear_call(void)
{
    uint32_t header;
    uint32_t xid;
    char *body;
    hear(&header, 4);
    size_t size = ntohl(header) & 0x7fffffffu;
    body = malloc(size);
    if (body == NULL || size < 4)
        exit(3);
    hear(body, size);
    memcpy(&xid, body, 4);
    free(body);
    return ntohl(xid);
}

static void greet(const char *build)
{
    put_reply(hear_call());
    put(SLAVE_PROTOCOL);
    put(0x01020300u);
    for (int i = 0; i < 7; i++)
        put(0);
    put_text(build);
    put_text("hostile");
    put_text("unknown");
    put(1);  /* little-endian */
    put(64); /* bits */
    put(2);  /* cores */
    put(2);  /* workers */
    put((uint32_t)getpid());
    send_message();
}

static void flood(const void *bytes, size_t size)
{
    for (;;)
        say(bytes, size);
}

static void misbehave(const char *how)
{
    const uint32_t oversized = htonl(0xffffffffu);
    const uint32_t empty = 0;
    uint32_t xid = 0;
    if (strcmp(how, "other-build") != 0)
        xid = hear_call(); /* the first operation */
    if (strcmp(how, "garbage") == 0) {
        char bytes[64];
        memset(bytes, 0x55, sizeof bytes);
        bytes[0] = (char)0x80;
        bytes[1] = bytes[2] = 0;
        bytes[3] = 60;
        say(bytes, sizeof bytes);
    } else if (strcmp(how, "text") == 0) {
        flood("Segmentation fault\n", 19);
    } else if (strcmp(how, "truncated") == 0) {
        put_reply(xid);
        words = 3;
        send_message();
    } else if (strcmp(how, "cut-off") == 0) {
        put(0x80000100u);
        put(xid);
        say(message, 8);
        exit(0);
    } else if (strcmp(how, "oversized") == 0) {
        say(&oversized, 4);
    } else if (strcmp(how, "empty-fragments") == 0) {
        flood(&empty, 4);
    } else if (strcmp(how, "stranger") == 0) {
        put_reply(987654321);
        send_message();
    } else if (strcmp(how, "caller") == 0) {
        put(1);
        put(0); /* a call */
        put(2);
        put(0x20000001u);
        put(1);
        put(7);
        for (int i = 0; i < 4; i++)
            put(0);
        send_message();
    } else if (strcmp(how, "long-verifier") == 0) {
        put(xid);
        put(1);
        put(0);
        put(1297239553u);
        put(401);
        send_message();
    } else if (strcmp(how, "log") == 0) {
        static char line[65536];
        memset(line, 'x', sizeof line);
        for (int i = 0; i < 64; i++)
            if (write(2, line, sizeof line) < 0)
                exit(0);
        exit(9);
    }
    for (;;)
        (void)pause(); /* "mute" */
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "mute";
    greet(strcmp(how, "other-build") == 0 ? "of yesterday" : "");
    misbehave(how);
    return 0;
}
