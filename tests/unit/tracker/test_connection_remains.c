/* test_connection_remains.c
 * Connections that are over and of which there is nothing to say: what is left of them, and what must be kept.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_scene.h"
#include "tracker/connection.h"

static const SceneHosts to_ndes = { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, NULL };
static const SceneHosts to_policy = { SCEP_HOST_POLICY, SCEP_HOST_NDES, NULL };

#define PLAIN "s S p200 P200 F f"

static void test_what_is_kept(void **state)
{
    static const struct {
        const char *script;
        bool is_over;
    } rows[] = {
        { PLAIN, true },
        { "s S p200 P200 R", true },
        { "s S F f", true },
        { "s S p200 P200 F", false },
        { "s S p200 P200 f", false },
        { "s S p200 P200", false },
        { "s R", false },
        { "s S p200 F f", false },
        { "s S h H12 d124 D224 F f", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene scene;
        scene_open(&scene, to_ndes, 1000);
        scene_play(&scene, rows[i].script);
        const ScepConnection *remains = scep_connection_remains(scene.tracker, scene.connection);
        if ((remains != NULL) != rows[i].is_over)
            fail_msg("%s", rows[i].script);
        scene_close(&scene);
    }
}

/* One object for all, with what a frame is labeled by. */
static void test_one_for_all(void **state)
{
    Scene scene;

    (void)state;
    scene_open_unheard(&scene, to_policy, 1000);
    scene_play(&scene, PLAIN);
    const ScepConnection *first = scep_connection_remains(scene.tracker, scene.connection);
    scene_play(&scene, "N " PLAIN);
    assert_ptr_equal(scep_connection_remains(scene.tracker, scene.connection), first);
    assert_string_equal(first->server, scene.server);
    assert_int_equal(first->port, 443);
    assert_int_equal(first->stage, 3);
    assert_int_equal(first->server_role, SCEP_HOST_POLICY);
    assert_int_equal(first->client_role, SCEP_HOST_NDES);
    const ScepConnectionSeen seen = scep_connection_seen(first, SCEP_CONNECTION_CONNECT);
    char *line = scep_connection_new_summary(first, &seen, 1);
    assert_string_equal(line, "connecting to 203.0.113.50");
    g_free(line);
    scene_play(&scene, "M " PLAIN);
    assert_ptr_not_equal(scep_connection_remains(scene.tracker, scene.connection), first);
    scene_close(&scene);
}

static void test_release(void **state)
{
    Scene scene;

    (void)state;
    scene_open_unheard(&scene, to_ndes, 1000);
    scene_play(&scene, "s R N " PLAIN " N s S");
    const GPtrArray *all = scep_tracker_get0_connections(scene.tracker);
    assert_int_equal(all->len, 3);
    ScepConnection *over = g_ptr_array_index(all, 1);
    ScepPlace place = scene_place(&scene);
    place.stream = over->stream;
    assert_true(scep_connection_release(scene.tracker, over));
    assert_int_equal(all->len, 2);
    /* Nothing is read on it any longer. */
    scep_connection_read(scene.tracker, &place, NULL);
    scene_conclude(&scene);
    assert_int_equal(all->len, 2);
    scene_close(&scene);
}

static bool is_followed(const Scene *scene, uint32_t stream)
{
    return g_hash_table_contains(scene->tracker->connections_by_stream, GUINT_TO_POINTER(stream + 1));
}

/* The table by streams knows nothing of memory that is gone. It is asked itself: reading on such a stream would crash
 * on some days only. */
static void test_release_forgets_the_stream(void **state)
{
    Scene scene;

    (void)state;
    scene_open_unheard(&scene, to_ndes, 1000);
    scene_play(&scene, PLAIN);
    ScepConnection *over = scene.connection;
    const uint32_t stream = over->stream;
    scene_play(&scene, "N s S");
    assert_true(is_followed(&scene, stream));
    assert_true(scep_connection_release(scene.tracker, over));
    assert_false(is_followed(&scene, stream));
    assert_true(is_followed(&scene, scene.connection->stream));
    scene_close(&scene);
}

/* A stream that a newer connection has taken over stays that one's. */
static void test_release_of_a_stream_taken_over(void **state)
{
    Scene scene;

    (void)state;
    scene_open_unheard(&scene, to_ndes, 1000);
    scene_play(&scene, PLAIN);
    ScepConnection *over = scene.connection;
    scene.is_started = false;
    scene_play(&scene, "s S");
    assert_int_equal(scene.connection->stream, over->stream);
    assert_true(scep_connection_release(scene.tracker, over));
    const ScepPlace place = scene_place(&scene);
    scep_connection_read(scene.tracker, &place, NULL);
    assert_true(scene.connection->is_opened);
    scene_close(&scene);
}

static void test_too_far_back(void **state)
{
    enum { LOOKED_AT = 1024 };
    Scene scene;

    (void)state;
    scene_open_unheard(&scene, to_ndes, 1000);
    scene_play(&scene, PLAIN);
    ScepConnection *over = scene.connection;
    for (unsigned i = 0; i < LOOKED_AT; i++)
        scene_play(&scene, "N s");
    assert_false(scep_connection_release(scene.tracker, over));
    assert_int_equal(scep_tracker_get0_connections(scene.tracker)->len, LOOKED_AT + 1);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_one_for_all),
        cmocka_unit_test(test_release),
        cmocka_unit_test(test_release_forgets_the_stream),
        cmocka_unit_test(test_release_of_a_stream_taken_over),
        cmocka_unit_test(test_too_far_back),
    };

    return cmocka_run_group_tests(tests, make_scene, free_scene);
}
