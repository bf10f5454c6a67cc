/* test_events.c
 * What the tracker tells whoever listens: each thing that it books, once, in order, and with what it is about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ca_calls.h"
#include "connection_scene.h"

#include "tracker/events.h"

static const char *const kinds[] = {
    [SCEP_ON_REQUEST] = "request",
    [SCEP_ON_ANSWER] = "answer",
    [SCEP_ON_CA_REQUEST] = "ca-request",
    [SCEP_ON_CA_ANSWER] = "ca-answer",
    [SCEP_ON_CA_STEP] = "ca-step",
    [SCEP_ON_CA_STEP_ANSWER] = "ca-step-answer",
    [SCEP_ON_SERVICE_REQUEST] = "service-request",
    [SCEP_ON_SERVICE_ANSWER] = "service-answer",
    [SCEP_ON_CONNECTION_REFUSED] = "refused",
    [SCEP_ON_CONNECTION_HELLO] = "hello",
    [SCEP_ON_CONNECTION_CERTIFICATE] = "certificate",
    [SCEP_ON_CONNECTION_WISH] = "wish",
    [SCEP_ON_CONNECTION_GIVEN] = "given",
    [SCEP_ON_CONNECTION_ALERT] = "alert",
    [SCEP_ON_CONNECTION_REQUEST] = "data",
    [SCEP_ON_CONNECTION_CLOSE] = "close",
    [SCEP_ON_CONNECTION_NAME] = "name",
    [SCEP_AT_END] = "end",
};

/* What was told. */
typedef struct {
    ScepTracker *tracker;
    GString *heard; /* "request 5, answer 6<5": the frames where it happened and where it began */
    ScepEvent last;
    ScepConnectionFacts seen; /* of the last one */
    bool notes;               /* has something to say of each connection that ends */
} Ears;

/* One thing at a time, and what was found of it only where it belongs. */
static void assert_subject(const ScepEvent *event)
{
    const bool of_exchange = event->kind <= SCEP_ON_ANSWER;
    const bool of_ca = event->kind >= SCEP_ON_CA_REQUEST && event->kind <= SCEP_ON_CA_STEP_ANSWER;
    const bool of_service = event->kind == SCEP_ON_SERVICE_REQUEST || event->kind == SCEP_ON_SERVICE_ANSWER;
    const bool of_connection = event->kind >= SCEP_ON_CONNECTION_REFUSED && event->kind <= SCEP_ON_CONNECTION_NAME;

    assert_int_equal(event->exchange != NULL, of_exchange);
    assert_int_equal(event->ca_call != NULL, of_ca);
    assert_int_equal(event->service_call != NULL, of_service);
    assert_int_equal(event->connection != NULL, of_connection);
    assert_int_equal(event->request != NULL, event->kind == SCEP_ON_REQUEST);
    assert_int_equal(event->response != NULL, event->kind == SCEP_ON_ANSWER);
    assert_int_equal(event->ca_message != NULL, event->kind == SCEP_ON_CA_REQUEST || event->kind == SCEP_ON_CA_ANSWER);
    assert_int_equal(event->ca_step != NULL, event->kind == SCEP_ON_CA_STEP_ANSWER);
    assert_int_equal(event->service_message != NULL, of_service);
    assert_int_equal(event->seen != NULL, of_connection);
    assert_int_equal(event->frame != 0, event->kind != SCEP_AT_END);
}

static void hear(const ScepEvent *event, void *user_data)
{
    Ears *ears = user_data;

    assert_ptr_equal(event->tracker, ears->tracker);
    assert_true((unsigned)event->kind < SCEP_EVENT_COUNT);
    assert_subject(event);
    g_string_append_printf(ears->heard, "%s%s", ears->heard->len > 0 ? ", " : "", kinds[event->kind]);
    if (event->frame != 0)
        g_string_append_printf(ears->heard, " %u", event->frame);
    if (event->other_frame != 0)
        g_string_append_printf(ears->heard, "<%u", event->other_frame);
    ears->last = *event;
    if (event->seen != NULL)
        ears->seen = *event->seen;
    if (ears->notes && event->kind == SCEP_ON_CONNECTION_CLOSE)
        event->connection->is_noted = true;
}

static void open_ears(Ears *ears, ScepTracker *tracker)
{
    *ears = (Ears){ .tracker = tracker, .heard = g_string_new(NULL) };
    scep_tracker_listen(tracker, hear, ears);
}

static void close_ears(Ears *ears)
{
    g_string_free(ears->heard, TRUE);
}

/* Since the last time. */
static void assert_heard(Ears *ears, const char *expected)
{
    assert_string_equal(ears->heard->str, expected);
    g_string_truncate(ears->heard, 0);
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static void test_exchanges(void **state)
{
    const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    const ScepResponse response = { .status = 404 };
    ScepTracker *tracker = scep_tracker_new();
    Ears ears;

    (void)state;
    open_ears(&ears, tracker);
    ScepExchange *exchange = ask(tracker, 5, &request);
    assert_heard(&ears, "request 5");
    assert_ptr_equal(ears.last.exchange, exchange);
    assert_ptr_equal(ears.last.request, &request);
    assert_non_null(exchange->enrollment); /* it is joined by then */
    answer(tracker, exchange, 7, &response);
    assert_heard(&ears, "answer 7<5");
    assert_ptr_equal(ears.last.exchange, exchange);
    assert_ptr_equal(ears.last.response, &response);
    ScepExchange *stray = answer(tracker, NULL, 9, &response);
    assert_heard(&ears, "answer 9");
    assert_ptr_equal(ears.last.exchange, stray);
    assert_int_not_equal(stray->subject, exchange->subject);
    close_ears(&ears);
    scep_tracker_free(tracker);
}

/* The key of a TPM is no enrollment: that it is asked for is told, and no more. */
static void test_key_of_a_tpm(void **state)
{
    const ScepResponse response = { .status = 404 };
    ScepTracker *tracker = scep_tracker_new();
    ScepRequest request = operation_request(SCEP_OP_GETCACAPS);
    Ears ears;

    (void)state;
    open_ears(&ears, tracker);
    request.path_kind = SCEP_PATH_AIK;
    answer(tracker, ask(tracker, 1, &request), 2, &response);
    assert_heard(&ears, "request 1");
    close_ears(&ears);
    scep_tracker_free(tracker);
}

static void test_calls_to_the_ca(void **state)
{
    const ScepPlace asked = ca_place(20), answered = ca_place(21);
    const ScepCaChainAnswer bound = { .has_status = true };
    ScepTracker *tracker = scep_tracker_new();
    Ears ears;

    (void)state;
    open_ears(&ears, tracker);
    ScepCaCall *call = call_ca(tracker, 6, device_key, 0);
    assert_heard(&ears, "ca-request 6");
    assert_ptr_equal(ears.last.ca_call, call);
    answer_call(tracker, call, 8, 77, 3, NULL);
    assert_heard(&ears, "ca-answer 8<6");
    assert_ptr_equal(ears.last.ca_call, call);
    assert_int_equal(call->disposition, 3);
    ScepCaCall *step = scep_tracker_ca_chain_request(tracker, &asked, SCEP_CA_BIND, false, false);
    assert_heard(&ears, "ca-step 20");
    assert_ptr_equal(ears.last.ca_call, step);
    scep_tracker_ca_chain_answer(tracker, step, &answered, &bound);
    assert_heard(&ears, "ca-step-answer 21<20");
    assert_ptr_equal(ears.last.ca_call, step);
    assert_ptr_equal(ears.last.ca_step, &bound);
    assert_int_not_equal(step->subject, call->subject);
    close_ears(&ears);
    scep_tracker_free(tracker);
}

static void test_calls_to_services(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    Ears ears;

    (void)state;
    open_ears(&ears, tracker);
    ScepServiceCall *call = ask_service(tracker, 6, VERIFY, NULL);
    assert_heard(&ears, "service-request 6");
    assert_ptr_equal(ears.last.service_call, call);
    answer_service(tracker, call, 9, 201, NULL);
    assert_heard(&ears, "service-answer 9<6");
    assert_ptr_equal(ears.last.service_call, call);
    assert_int_equal(call->status, 201);
    close_ears(&ears);
    scep_tracker_free(tracker);
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

/* A frame is a step of the script. */
static void test_connections(void **state)
{
    static const struct {
        const char *script;
        const char *heard;
    } rows[] = {
        { "s S", "" },
        { "s R R", "refused 2<1" }, /* it ends once */
        { "s S h H12 C0 W c0 k K", "hello 3, certificate 5<3, wish 6<3, given 7" },
        { "s S h H12 x48", "hello 3, alert 5<3" },
        { "s S h H12 y48", "hello 3" }, /* a warning */
        { "s S h H12 k K d124 D224", "hello 3, data 7<7" },
        { "s S h H12 k K d124 d300 D224 d124", "hello 3, data 7<7, data 8<7, data 10<10" },
        { "s S h H12 f F", "hello 3, close 5<3, close 6<3" },
        { "s S p200 R", "close 4<3" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene scene;
        Ears ears;
        scene_open_unheard(&scene, (SceneHosts){ SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, "ndes.contoso.com" }, 1000);
        open_ears(&ears, scene.tracker);
        scene_play(&scene, rows[i].script);
        assert_heard(&ears, rows[i].heard);
        if (rows[i].heard[0] != '\0')
            assert_ptr_equal(ears.last.connection, scene.connection);
        scep_tracker_listen(scene.tracker, NULL, NULL);
        close_ears(&ears);
        scene_close(&scene);
    }
}

static void test_what_was_seen(void **state)
{
    static const struct {
        const char *script;
        ScepConnectionFacts seen;
    } rows[] = {
        { "s S h H12 x48", { .alert = 48, .by_client = true } },
        { "s S h H12 X112", { .alert = 112 } },
        { "s S f", { .by_client = true } },
        { "s S F", { 0 } },
        { "s S r", { .by_client = true, .is_reset = true } },
        { "s R", { .is_reset = true } },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene scene;
        Ears ears;
        scene_open_unheard(&scene, (SceneHosts){ SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, NULL }, 1000);
        open_ears(&ears, scene.tracker);
        scene_play(&scene, rows[i].script);
        assert_int_equal(ears.seen.alert, rows[i].seen.alert);
        assert_int_equal(ears.seen.by_client, rows[i].seen.by_client);
        assert_int_equal(ears.seen.is_reset, rows[i].seen.is_reset);
        assert_int_equal(ears.seen.time, scene.time);
        scep_tracker_listen(scene.tracker, NULL, NULL);
        close_ears(&ears);
        scene_close(&scene);
    }
}

static void test_names(void **state)
{
    const ScepPlace asked = place_of(3, device_address, "192.0.2.53"), told = place_of(4, device_address, "192.0.2.53");
    ScepTracker *tracker = scep_tracker_new();
    Ears ears;

    (void)state;
    open_ears(&ears, tracker);
    ScepConnection *lookup = scep_tracker_lookup(tracker, &asked, "ndes.contoso.com", false);
    assert_heard(&ears, ""); /* a question alone says nothing */
    scep_lookup_answer(tracker, lookup, &told, 3, false);
    assert_heard(&ears, "name 4<3");
    assert_ptr_equal(ears.last.connection, lookup);
    assert_int_equal(ears.seen.code, 3);
    assert_false(ears.seen.has_address);
    scep_lookup_answer(tracker, lookup, &told, 0, true);
    assert_heard(&ears, "name 4<3");
    assert_true(ears.seen.has_address);
    close_ears(&ears);
    scep_tracker_free(tracker);
}

/* What somebody has something to say of is kept; what has nothing to it, is not. */
static void test_a_note_keeps_a_connection(void **state)
{
    (void)state;
    for (int notes = 0; notes < 2; notes++) {
        Scene scene;
        Ears ears;
        scene_open_unheard(&scene, (SceneHosts){ SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, NULL }, 1000);
        open_ears(&ears, scene.tracker);
        ears.notes = notes != 0;
        scene_play(&scene, "s S p200 P200 F f");
        /* with a note it has ended with the first close */
        assert_heard(&ears, notes ? "close 5" : "close 5, close 6");
        assert_int_equal(scene.connection->is_noted, notes);
        assert_int_equal(scene.connection->is_ended, notes);
        assert_int_equal(scep_connection_remains(scene.tracker, scene.connection) == NULL, notes);
        scep_tracker_listen(scene.tracker, NULL, NULL);
        close_ears(&ears);
        scene_close(&scene);
    }
}

/* ---- the end, and nobody there ----------------------------------------------------------------------------------- */

/* All that there is to book, twice over. */
static void book_all(ScepTracker *tracker)
{
    const ScepPlace asked = ca_place(40), answered = ca_place(41),
                    resolver = place_of(60, device_address, "192.0.2.53");
    const ScepCaChainAnswer fails = { .is_fault = true };

    for (uint32_t again = 0; again < 2; again++) {
        ScepExchange *exchange = submit(tracker, 5 + again, again ? "TWO" : "ONE");
        answer_call(tracker, call_ca(tracker, 10, device_key, 0), 11, 1, 3, NULL);
        scep_tracker_ca_chain_answer(
            tracker, scep_tracker_ca_chain_request(tracker, &asked, SCEP_CA_BIND, false, false), &answered, &fails);
        answer_service(tracker, ask_service(tracker, 50, VERIFY, NULL), 51, 201, NULL);
        certrep(tracker, exchange, 55, "0", NULL);
        ScepConnection *lookup = scep_tracker_lookup(tracker, &resolver, "ndes.contoso.com", false);
        scep_lookup_answer(tracker, lookup, &resolver, 3, false);
    }
}

#define ALL                                                                                  \
    "ca-request 10, ca-answer 11<10, ca-step 40, ca-step-answer 41<40, service-request 50, " \
    "service-answer 51<50, "

static void test_in_order(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    Ears ears;

    (void)state;
    open_ears(&ears, tracker);
    book_all(tracker);
    assert_heard(&ears, "request 5, " ALL "answer 55<5, name 60<60, request 6, " ALL "answer 55<6, name 60<60");
    close_ears(&ears);
    scep_tracker_free(tracker);
}

/* Told once for all that was booked, and again when there is more. */
static void test_the_end(void **state)
{
    const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    ScepTracker *tracker = scep_tracker_new();
    Ears ears;

    (void)state;
    open_ears(&ears, tracker);
    scep_tracker_finish(tracker); /* of nothing */
    assert_heard(&ears, "");
    ask(tracker, 5, &request);
    scep_tracker_finish(tracker);
    scep_tracker_finish(tracker);
    assert_heard(&ears, "request 5, end");
    scep_tracker_clock(tracker, 100 * SECOND);
    scep_tracker_finish(tracker);
    assert_heard(&ears, "");
    ask(tracker, 6, &request);
    scep_tracker_finish(tracker);
    assert_heard(&ears, "request 6, end");
    close_ears(&ears);
    scep_tracker_free(tracker);
}

static void test_nobody_listens(void **state)
{
    ScepTracker *heard = scep_tracker_new(), *unheard = scep_tracker_new();
    Ears ears;

    (void)state;
    open_ears(&ears, heard);
    book_all(heard);
    book_all(unheard);
    scep_tracker_finish(unheard);
    scep_tracker_tell(unheard, (ScepEvent){ .kind = SCEP_AT_END });
    /* the same is known of what was booked */
    assert_int_equal(scep_tracker_get0_enrollments(unheard)->len, scep_tracker_get0_enrollments(heard)->len);
    assert_int_equal(scep_tracker_get0_exchanges(unheard)->len, scep_tracker_get0_exchanges(heard)->len);
    assert_int_equal(scep_tracker_get0_ca_calls(unheard)->len, scep_tracker_get0_ca_calls(heard)->len);
    assert_int_equal(scep_tracker_get0_connections(unheard)->len, scep_tracker_get0_connections(heard)->len);
    /* and whoever stops listening hears no more */
    g_string_truncate(ears.heard, 0);
    scep_tracker_listen(heard, NULL, NULL);
    book_all(heard);
    scep_tracker_finish(heard);
    assert_heard(&ears, "");
    close_ears(&ears);
    scep_tracker_free(heard);
    scep_tracker_free(unheard);
}

/* Every kind has been heard of here. */
static void test_every_kind_has_a_name(void **state)
{
    (void)state;
    assert_int_equal(G_N_ELEMENTS(kinds), SCEP_EVENT_COUNT);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        assert_non_null(kinds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchanges),       cmocka_unit_test(test_key_of_a_tpm),
        cmocka_unit_test(test_calls_to_the_ca), cmocka_unit_test(test_calls_to_services),
        cmocka_unit_test(test_connections),     cmocka_unit_test(test_what_was_seen),
        cmocka_unit_test(test_names),           cmocka_unit_test(test_a_note_keeps_a_connection),
        cmocka_unit_test(test_in_order),        cmocka_unit_test(test_the_end),
        cmocka_unit_test(test_nobody_listens),  cmocka_unit_test(test_every_kind_has_a_name),
    };

    return cmocka_run_group_tests(tests, make_scene, free_scene);
}
