/* test_hosts.c
 * Roles of hosts: by their names, by what they do, by what the user says, and which of these counts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"

#include "scep/tracker.h"
#include "scep/wire.h"
#include "tracker/hosts.h"
#include "scep/limits.h"
#include "tls_builder.h"

static const char host[] = "198.51.100.7";

/* ---- names of roles ---------------------------------------------------------------------------------------------- */

static void test_role_names(void **state)
{
    (void)state;
    for (unsigned role = 1; role < SCEP_HOST_ROLE_COUNT; role++) {
        const char *name = scep_host_role_name((ScepHostRole)role);
        assert_true(name[0] != '\0');
        for (unsigned other = 1; other < role; other++)
            assert_string_not_equal(scep_host_role_name((ScepHostRole)other), name);
    }
    assert_string_equal(scep_host_role_name(SCEP_HOST_UNKNOWN), "");
    assert_string_equal(scep_host_role_name(SCEP_HOST_ROLE_COUNT), "");
    assert_string_equal(scep_host_role_name((ScepHostRole)-1), "");
}

/* ---- names of hosts ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    ScepHostRole role;
    ScepHostSource source;
} known_names[] = {
    { "manage.microsoft.com", SCEP_HOST_INTUNE, SCEP_HOST_NAMED },
    { "Manage.Microsoft.COM", SCEP_HOST_INTUNE, SCEP_HOST_NAMED },
    { "fef.msub05.manage.microsoft.com", SCEP_HOST_INTUNE, SCEP_HOST_NAMED },
    { "r.manage.microsoft.us", SCEP_HOST_INTUNE, SCEP_HOST_NAMED },
    { "manage.microsoft.us", SCEP_HOST_INTUNE, SCEP_HOST_NAMED },
    { "xmanage.microsoft.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "manage.microsoft.com.example.org", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "microsoft.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { ".manage.microsoft.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "ndes-contoso.msappproxy.net", SCEP_HOST_PROXY, SCEP_HOST_NAMED },
    { "ndes-contoso.msappproxy.us", SCEP_HOST_PROXY, SCEP_HOST_NAMED },
    { "1.registration.msappproxy.net", SCEP_HOST_PUBLISHER, SCEP_HOST_NAMED },
    { "1.bootstrap.msappproxy.net", SCEP_HOST_PUBLISHER, SCEP_HOST_NAMED },
    { "msappproxy.net", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "g1-prod.servicebus.windows.net", SCEP_HOST_RELAY, SCEP_HOST_NAMED },
    { "login.microsoftonline.com", SCEP_HOST_SIGN_IN, SCEP_HOST_NAMED },
    { "login.microsoftonline.us", SCEP_HOST_SIGN_IN, SCEP_HOST_NAMED },
    { "login.windows.net", SCEP_HOST_SIGN_IN, SCEP_HOST_NAMED },
    { "graph.microsoft.com", SCEP_HOST_SIGN_IN, SCEP_HOST_NAMED },
    { "x.graph.microsoft.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "amd-keyid-1.microsoftaik.azure.net", SCEP_HOST_AIK, SCEP_HOST_NAMED },
    { "ndes.contoso.com", SCEP_HOST_NDES, SCEP_HOST_GUESSED },
    { "ndes", SCEP_HOST_NDES, SCEP_HOST_GUESSED },
    { "NDES01.contoso.com", SCEP_HOST_NDES, SCEP_HOST_GUESSED },
    { "pki.scep.contoso.com", SCEP_HOST_NDES, SCEP_HOST_GUESSED },
    { "contoso-mscep-2.example", SCEP_HOST_NDES, SCEP_HOST_GUESSED },
    { "scep7", SCEP_HOST_NDES, SCEP_HOST_GUESSED },
    { "andes.contoso.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "undescribed.contoso.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "scepter.contoso.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "scep1x.contoso.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "1scep.contoso.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "desktop.contoso.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "x_scep.contoso.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { ".", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    { "...", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
};

static ScepHostRole role_of(const ScepTracker *tracker, const char *name, ScepHostSource *source)
{
    char *copy = g_strdup(name);
    const ScepHostRole role = scep_tracker_role_of_name(tracker, copy, source);

    assert_int_equal(scep_tracker_role_of_name(tracker, copy, NULL), role);
    g_free(copy);
    return role;
}

static void test_names(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(known_names); i++) {
        ScepHostSource source;
        if (role_of(tracker, known_names[i].name, &source) != known_names[i].role || source != known_names[i].source)
            fail_msg("%s: source %d", known_names[i].name, (int)source);
        assert_int_equal(scep_known_host_find(known_names[i].name) != NULL, known_names[i].source == SCEP_HOST_NAMED);
    }
    scep_tracker_free(tracker);
}

/* The catalogue's rows are found by the shortcut that leaves most names out. */
static void test_every_row_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < scep_known_host_count; i++) {
        const ScepKnownHost *row = &scep_known_hosts[i];
        char *name = g_strdup_printf("%s%s", row->name[0] == '*' ? "x" : "", row->name + (row->name[0] == '*'));
        const ScepKnownHost *found = scep_known_host_find(name);
        assert_non_null(found);
        assert_int_equal(found->role, row->role);
        assert_int_equal(row->length, strlen(row->name));
        g_free(name);
    }
}

/* Questions to DNS are looked through by first letters: none of these names is missed. */
static void test_initials(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const char *letters = scep_tracker_get0_host_initials(tracker);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(known_names); i++) {
        char **labels = g_strsplit(known_names[i].name, ".", -1);
        GByteArray *bytes = tls_zeros(12);
        for (char **label = labels; known_names[i].role != SCEP_HOST_UNKNOWN && *label != NULL; label++)
            der_add(bytes, tls_vector(1, der_raw(*label, strlen(*label))));
        bytes = der_join(bytes, tls_zeros(5), END);
        if (known_names[i].role != SCEP_HOST_UNKNOWN && !scep_dns_has_initial(bytes->data, bytes->len, letters))
            fail_msg("%s", known_names[i].name);
        g_byte_array_unref(bytes);
        g_strfreev(labels);
    }
    scep_tracker_free(tracker);
}

/* ---- the user's table -------------------------------------------------------------------------------------------- */

static void test_told_names(void **state)
{
    static const ScepConfiguredHost rows[] = {
        { "graph.microsoft.com", SCEP_HOST_INTUNE },
        { "*.contoso.com", SCEP_HOST_PROXY },
        { "ndes.fabrikam.com", SCEP_HOST_CA },
        { "ndes.quiet.example", SCEP_HOST_UNKNOWN },
    };
    static const struct {
        const char *name;
        ScepHostRole role;
        ScepHostSource source;
    } cases[] = {
        { "graph.microsoft.com", SCEP_HOST_INTUNE, SCEP_HOST_CONFIGURED },
        { "GRAPH.microsoft.com", SCEP_HOST_INTUNE, SCEP_HOST_CONFIGURED },
        { "a.b.contoso.com", SCEP_HOST_PROXY, SCEP_HOST_CONFIGURED },
        { "contoso.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
        { "xcontoso.com", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
        { "ndes.fabrikam.com", SCEP_HOST_CA, SCEP_HOST_CONFIGURED },
        { "ndes.quiet.example", SCEP_HOST_UNKNOWN, SCEP_HOST_CONFIGURED },
        { "manage.microsoft.com", SCEP_HOST_INTUNE, SCEP_HOST_NAMED },
        { "", SCEP_HOST_UNKNOWN, SCEP_HOST_GUESSED },
    };
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    assert_non_null(scep_tracker_get0_host_initials(tracker));
    scep_tracker_configure_hosts(tracker, rows, G_N_ELEMENTS(rows));
    assert_null(scep_tracker_get0_host_initials(tracker));
    assert_true(scep_tracker_has_hosts(tracker));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        ScepHostSource source;
        assert_int_equal(role_of(tracker, cases[i].name, &source), cases[i].role);
        assert_int_equal(source, cases[i].source);
    }
    scep_tracker_free(tracker);
}

/* What people write into a table: everything, nothing, a star without a dot. */
static void test_odd_told_names(void **state)
{
    static const struct {
        const char *pattern;
        const char *name;
        bool covered;
    } cases[] = {
        { "*", "contoso.com", true },
        { "*", "x", true },
        { "*", "", false },
        { "", "contoso.com", false },
        { "", "", false },
        { "*x", "ax", true },
        { "*x", "x", false },
        { "*.", "contoso.com", false },
        { "a*", "a*", true },
        { "a*", "ab", false },
        { "192.0.2.1", "192.0.2.1", true },
        { "192.0.2.1", "192.0.2.10", false },
        { "192.0.2.10", "192.0.2.1", false },
        { "2001:DB8::1", "2001:db8::1", true },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *pattern = g_strdup(cases[i].pattern);
        const ScepConfiguredHost row = { pattern, SCEP_HOST_CA };
        ScepTracker *tracker = scep_tracker_new();
        scep_tracker_configure_hosts(tracker, &row, 1);
        g_free(pattern); /* it is copied */
        if ((role_of(tracker, cases[i].name, NULL) == SCEP_HOST_CA) != cases[i].covered)
            fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].name);
        scep_tracker_free(tracker);
    }
}

static void test_told_addresses(void **state)
{
    const ScepConfiguredHost row = { host, SCEP_HOST_PROXY };
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    scep_tracker_configure_hosts(tracker, &row, 1);
    const ScepHost *found = scep_tracker_get0_host(tracker, host);
    assert_non_null(found);
    assert_int_equal(found->role, SCEP_HOST_PROXY);
    assert_int_equal(found->source, SCEP_HOST_CONFIGURED);
    assert_ptr_equal(scep_tracker_get0_host(tracker, host), found);
    assert_null(scep_tracker_get0_host(tracker, "198.51.100.8"));
    assert_null(scep_tracker_get0_host(tracker, NULL));
    scep_tracker_free(tracker);
}

/* ---- which counts ------------------------------------------------------------------------------------------------ */

/* One thing that tells of a host. */
typedef struct {
    enum { NOTHING, LEARN, NAME } how;
    ScepHostRole role; /* LEARN */
    const char *name;  /* NAME */
} Claim;

#define LEARNS(role)      \
    {                     \
        LEARN, role, NULL \
    }
#define IS_CALLED(name) \
    {                   \
        NAME, 0, name   \
    }

static const struct {
    ScepHostRole told; /* of the address; SCEP_HOST_UNKNOWN: nothing */
    Claim claims[3];
    ScepHostRole role;
    ScepHostSource source;
    const char *name;
} precedence[] = {
    { 0, { IS_CALLED("ndes.contoso.com") }, SCEP_HOST_NDES, SCEP_HOST_GUESSED, "ndes.contoso.com" },
    { 0, { IS_CALLED("manage.microsoft.com") }, SCEP_HOST_INTUNE, SCEP_HOST_NAMED, "manage.microsoft.com" },
    { 0, { LEARNS(SCEP_HOST_CA) }, SCEP_HOST_CA, SCEP_HOST_LEARNED, NULL },
    /* named > guessed, whichever comes first; the first name stays. */
    { 0,
      { IS_CALLED("ndes.contoso.com"), IS_CALLED("manage.microsoft.com") },
      SCEP_HOST_INTUNE,
      SCEP_HOST_NAMED,
      "ndes.contoso.com" },
    { 0,
      { IS_CALLED("manage.microsoft.com"), IS_CALLED("ndes.contoso.com") },
      SCEP_HOST_INTUNE,
      SCEP_HOST_NAMED,
      "manage.microsoft.com" },
    /* learned > named */
    { 0,
      { IS_CALLED("manage.microsoft.com"), LEARNS(SCEP_HOST_NDES) },
      SCEP_HOST_NDES,
      SCEP_HOST_LEARNED,
      "manage.microsoft.com" },
    { 0,
      { LEARNS(SCEP_HOST_CA), IS_CALLED("manage.microsoft.com") },
      SCEP_HOST_CA,
      SCEP_HOST_LEARNED,
      "manage.microsoft.com" },
    /* learned > guessed, with the same role too */
    { 0,
      { IS_CALLED("ndes.contoso.com"), LEARNS(SCEP_HOST_NDES) },
      SCEP_HOST_NDES,
      SCEP_HOST_LEARNED,
      "ndes.contoso.com" },
    /* told > all */
    { SCEP_HOST_CA,
      { LEARNS(SCEP_HOST_NDES), IS_CALLED("manage.microsoft.com") },
      SCEP_HOST_CA,
      SCEP_HOST_CONFIGURED,
      "manage.microsoft.com" },
    { SCEP_HOST_NDES, { LEARNS(SCEP_HOST_PROXY) }, SCEP_HOST_NDES, SCEP_HOST_CONFIGURED, NULL },
    { SCEP_HOST_PROXY, { LEARNS(SCEP_HOST_NDES) }, SCEP_HOST_PROXY, SCEP_HOST_CONFIGURED, NULL },
    /* The first of equals stands. */
    { 0, { LEARNS(SCEP_HOST_POLICY), LEARNS(SCEP_HOST_NDES) }, SCEP_HOST_POLICY, SCEP_HOST_LEARNED, NULL },
    { 0,
      { IS_CALLED("manage.microsoft.com"), IS_CALLED("login.windows.net") },
      SCEP_HOST_INTUNE,
      SCEP_HOST_NAMED,
      "manage.microsoft.com" },
    /* But what stands in front of NDES speaks like it. */
    { 0,
      { LEARNS(SCEP_HOST_NDES), LEARNS(SCEP_HOST_PROXY), LEARNS(SCEP_HOST_NDES) },
      SCEP_HOST_PROXY,
      SCEP_HOST_LEARNED,
      NULL },
    { 0,
      { IS_CALLED("ndes.msappproxy.net"), LEARNS(SCEP_HOST_NDES) },
      SCEP_HOST_PROXY,
      SCEP_HOST_NAMED,
      "ndes.msappproxy.net" },
    { 0,
      { IS_CALLED("ndes.msappproxy.net"), LEARNS(SCEP_HOST_CA) },
      SCEP_HOST_CA,
      SCEP_HOST_LEARNED,
      "ndes.msappproxy.net" },
    { 0, { IS_CALLED("told.example"), LEARNS(SCEP_HOST_NDES) }, SCEP_HOST_AIK, SCEP_HOST_CONFIGURED, "told.example" },
    { 0,
      { LEARNS(SCEP_HOST_PROXY), IS_CALLED("ndes.told.example") },
      SCEP_HOST_NDES,
      SCEP_HOST_CONFIGURED,
      "ndes.told.example" },
};

static void test_precedence(void **state)
{
    const ScepConfiguredHost always[] = { { "told.example", SCEP_HOST_AIK },
                                          { "*.told.example", SCEP_HOST_NDES },
                                          { host, 0 } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(precedence); i++) {
        ScepTracker *tracker = scep_tracker_new();
        ScepConfiguredHost told[G_N_ELEMENTS(always)];
        memcpy(told, always, sizeof told);
        told[2].role = precedence[i].told;
        scep_tracker_configure_hosts(tracker, told, precedence[i].told != 0 ? 3 : 2);
        for (size_t k = 0; k < G_N_ELEMENTS(precedence[i].claims); k++) {
            const Claim *claim = &precedence[i].claims[k];
            if (claim->how == LEARN)
                scep_tracker_learn_host(tracker, host, claim->role);
            else if (claim->how == NAME)
                assert_non_null(scep_tracker_name_host(tracker, host, claim->name));
        }
        const ScepHost *found = scep_tracker_get0_host(tracker, host);
        assert_non_null(found);
        if (found->role != precedence[i].role || found->source != precedence[i].source)
            fail_msg("row %zu: %s, source %d", i, scep_host_role_name(found->role), (int)found->source);
        assert_string_equal(found->address, host);
        assert_int_equal(found->name != NULL, precedence[i].name != NULL);
        if (found->name != NULL)
            assert_string_equal(found->name, precedence[i].name);
        scep_tracker_free(tracker);
    }
}

static void test_nothing_known(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    assert_false(scep_tracker_has_hosts(tracker));
    assert_null(scep_tracker_name_host(tracker, host, "www.example.com"));
    assert_null(scep_tracker_get0_host(tracker, host));
    scep_tracker_learn_host(tracker, NULL, SCEP_HOST_NDES);
    assert_false(scep_tracker_has_hosts(tracker));
    scep_tracker_learn_host(tracker, host, SCEP_HOST_NDES);
    assert_true(scep_tracker_has_hosts(tracker));
    scep_tracker_free(tracker);
}

static void test_many(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    for (unsigned i = 0; i < SCEP_MAX_HOSTS + 2; i++) {
        char address[16];
        g_snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16, i >> 8 & 0xff, i & 0xff);
        scep_tracker_learn_host(tracker, address, SCEP_HOST_NDES);
        assert_int_equal(scep_tracker_get0_host(tracker, address) != NULL, i < SCEP_MAX_HOSTS);
    }
    assert_null(scep_tracker_name_host(tracker, host, "ndes.contoso.com"));
    scep_tracker_free(tracker);
}

/* ---- proxies ----------------------------------------------------------------------------------------------------- */

static ScepConnection *connect_to(ScepTracker *tracker, const char *client, const char *server, const char *name)
{
    const ScepPlace place = {
        .frame = 1, .time = SECOND, .client = client, .server = server, .server_port = 443, .stream = 1
    };

    return scep_tracker_connection(tracker, &place, name);
}

/* A host that is called as NDES, and that calls another one. */
static void test_proxy_by_its_calls(void **state)
{
    static const char front[] = "198.51.100.20", back[] = "10.0.0.5";

    (void)state;
    for (int told = 0; told < 2; told++) {
        const ScepConfiguredHost row = { front, SCEP_HOST_NDES };
        ScepTracker *tracker = scep_tracker_new();
        scep_tracker_configure_hosts(tracker, &row, told);
        const ScepConnection *outer = connect_to(tracker, device_address, front, "ndes.contoso.com");
        assert_int_equal(outer->server_role, SCEP_HOST_NDES);
        assert_int_equal(outer->client_role, SCEP_HOST_DEVICE);
        const ScepConnection *inner = connect_to(tracker, front, back, "ndes01.contoso.com");
        assert_int_equal(inner->client_role, told ? SCEP_HOST_NDES : SCEP_HOST_PROXY);
        assert_int_equal(scep_tracker_get0_host(tracker, front)->role, told ? SCEP_HOST_NDES : SCEP_HOST_PROXY);
        assert_int_equal(scep_tracker_get0_host(tracker, back)->role, SCEP_HOST_NDES);
        scep_tracker_free(tracker);
    }
}

/* NDES that calls itself is none; what registers itself with the application proxy is a connector. */
static void test_proxy_by_its_registration(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    scep_tracker_learn_host(tracker, host, SCEP_HOST_NDES);
    assert_int_equal(connect_to(tracker, host, host, NULL)->client_role, SCEP_HOST_NDES);
    assert_int_equal(scep_tracker_get0_host(tracker, host)->role, SCEP_HOST_NDES);
    assert_int_equal(connect_to(tracker, "10.0.0.9", "203.0.113.9", "1.registration.msappproxy.net")->client_role,
                     SCEP_HOST_PROXY);
    assert_int_equal(scep_tracker_get0_host(tracker, "10.0.0.9")->role, SCEP_HOST_PROXY);
    assert_int_equal(connect_to(tracker, host, "203.0.113.9", NULL)->client_role, SCEP_HOST_NDES);
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_role_names),         cmocka_unit_test(test_names),
        cmocka_unit_test(test_every_row_is_found), cmocka_unit_test(test_initials),
        cmocka_unit_test(test_told_names),         cmocka_unit_test(test_odd_told_names),
        cmocka_unit_test(test_told_addresses),     cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_nothing_known),      cmocka_unit_test(test_many),
        cmocka_unit_test(test_proxy_by_its_calls), cmocka_unit_test(test_proxy_by_its_registration),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
