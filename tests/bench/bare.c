/* A bare libprelude reader, the baseline for the daemon's throughput: receives and decodes, and does nothing with it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * bare PROFILE ADDRESS COUNT: ends when COUNT alerts were decoded. */
#include <libprelude/prelude.h>
#include <stdio.h>
#include <stdlib.h>

static void must(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, prelude_strerror(result));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    prelude_client_t *client;
    long left;

    if (argc != 4)
        return 2;
    left = atol(argv[3]);
    must(prelude_init(NULL, NULL), "init");
    must(prelude_client_new(&client, argv[1]), "client");
    prelude_client_set_flags(client, PRELUDE_CLIENT_FLAGS_CONNECT);
    must(prelude_connection_pool_set_connection_string(prelude_client_get_connection_pool(client), argv[2]), "address");
    prelude_client_set_required_permission(client,
        PRELUDE_CONNECTION_PERMISSION_IDMEF_READ | PRELUDE_CONNECTION_PERMISSION_IDMEF_WRITE);
    must(prelude_client_start(client), "start");
    while (left > 0) {
        prelude_msg_t *wire = NULL;
        idmef_message_t *message;
        int result = prelude_client_recv_msg(client, 1000, &wire);

        must(result, "receive");
        if (result == 0)
            continue;
        must(idmef_message_new(&message), "message");
        must(idmef_message_read(message, wire), "decode");
        idmef_message_set_pmsg(message, wire);
        if (idmef_message_get_type(message) == IDMEF_MESSAGE_TYPE_ALERT)
            left--;
        idmef_message_destroy(message);
    }
    prelude_client_destroy(client, PRELUDE_CLIENT_EXIT_STATUS_SUCCESS);
    prelude_deinit();
    return 0;
}
