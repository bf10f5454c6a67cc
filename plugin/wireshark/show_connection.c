/* show_connection.c
 * What a frame of TCP, TLS or DNS is to an enrollment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture_file.h"
#include "fields.h"
#include "followed_frames.h"
#include "show.h"

static bool is_from_server(ScepConnectionEvent event, const packet_info *pinfo, const ScepConnection *connection)
{
    return connection->is_lookup ? event == SCEP_CONNECTION_NAME : pinfo->srcport == connection->port;
}

/* The role of an address counts where there is one: it may have been learned since. */
static const char *role_at(const char *address, ScepHostRole otherwise)
{
    const ScepHost *host = scep_tracker_get0_host(capture_tracker(), address);

    return scep_host_role_name(host != NULL && host->role != SCEP_HOST_UNKNOWN ? host->role : otherwise);
}

static void show_roles(proto_tree *tree, tvbuff_t *tvb, const ScepConnection *connection, bool from_server)
{
    const char *client = role_at(connection->client, connection->client_role);
    const char *server = role_at(connection->server, connection->server_role);

    if (connection->is_lookup)
        server = "";
    else if (scep_connection_is_policy(connection)) /* it may run on the host of NDES */
        server = scep_host_role_name(SCEP_HOST_POLICY);
    scep_show_generated(tree, hf_scep_role_src, tvb, from_server ? server : client);
    scep_show_generated(tree, hf_scep_role_dst, tvb, from_server ? client : server);
}

static void show_connection(packet_info *pinfo, proto_tree *root, const ScepConnection *connection,
                            const ScepConnectionSeen *seen)
{
    tvbuff_t *tvb = get_data_source_tvb(pinfo->data_src->data);
    const bool is_data = seen->event == SCEP_CONNECTION_REQUEST || seen->event == SCEP_CONNECTION_ANSWER;
    proto_item *item;

    /* What is read says more than what can be guessed; at Intune not everything is known that can be read. */
    if (is_data && seen->is_opened &&
        (connection->server_role != SCEP_HOST_INTUNE || frame_state_get(pinfo->num, 0) != NULL))
        return;
    const char *summary = scep_show_take(pinfo, scep_connection_new_summary(connection, seen, pinfo->num));
    const char *words = scep_show_text(pinfo, summary);
    col_append_fstr(pinfo->cinfo, COL_INFO, " [SCEP: %s]", words);
    if (root == NULL)
        return;
    proto_tree *tree = proto_tree_add_subtree_format(root, tvb, 0, 0, ett_scep, &item, "Enrollment, %s", words);
    proto_item_set_generated(item);
    if (seen->stage != 0)
        proto_item_set_generated(proto_tree_add_uint(tree, hf_scep_stage, tvb, 0, 0, seen->stage));
    scep_show_generated(tree, hf_scep_step, tvb, seen->step);
    proto_item_set_generated(
        proto_tree_add_boolean(tree, hf_scep_link_guess, tvb, 0, 0, is_data || connection->is_guess));
    scep_show_generated(tree, hf_scep_link_host, tvb, connection->host);
    show_roles(tree, tvb, connection, is_from_server(seen->event, pinfo, connection));
    scep_show_findings(pinfo, tree, tvb, scep_connection_get0_findings(capture_diagnosis(), connection));
}

void scep_show_connections(packet_info *pinfo, proto_tree *root)
{
    const FollowedFrame *followed;

    for (unsigned i = 0; (followed = followed_frames_get(pinfo->num, i)) != NULL; i++)
        show_connection(pinfo, root, followed->connection, &followed->seen);
}
