/* ndr_orpc.c
 * The prefix that DCOM puts in front of every call and answer, and the words for what is wrong with a stub.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/limits.h"
#include "rpc/ndr.h"

#define ORPC_MAJOR 5
#define ORPC_FLAGS 0x1f /* ORPCF_LOCAL and the four reserved bits, MS-DCOM 2.2.13.3 */

static const ScepNdrProblemInfo problems[] = {
    [SCEP_NDR_TRUNCATED] = { "cut", SCEP_SEVERITY_NOTE, false, "The capture lacks the rest of the call" },
    [SCEP_NDR_SHORT] = { "short", SCEP_SEVERITY_ERROR, true, "The call ends before its parameters do" },
    [SCEP_NDR_COUNT_TOO_LARGE] = { "count_too_large", SCEP_SEVERITY_ERROR, true,
                                   "A count goes beyond the end of the call" },
    [SCEP_NDR_COUNT_DIFFERS] = { "count_differs", SCEP_SEVERITY_WARNING, true,
                                 "The size of a blob (cb) is not that of its array" },
    [SCEP_NDR_NULL_WITH_SIZE] = { "null_with_size", SCEP_SEVERITY_WARNING, true,
                                  "A blob has a size, but its pointer is null" },
    [SCEP_NDR_STRING_OFFSET] = { "string_offset", SCEP_SEVERITY_WARNING, true,
                                 "A string does not begin at its first character" },
    [SCEP_NDR_STRING_COUNT] = { "string_count", SCEP_SEVERITY_WARNING, true,
                                "A string has more characters than room for them" },
    [SCEP_NDR_OUT_OF_RANGE] = { "out_of_range", SCEP_SEVERITY_WARNING, true,
                                "A string is longer than the interface allows" },
    [SCEP_NDR_NOT_TERMINATED] = { "not_terminated", SCEP_SEVERITY_NOTE, true, "A string has no null at its end" },
    [SCEP_NDR_BAD_TEXT] = { "bad_text", SCEP_SEVERITY_NOTE, true, "A text is no UTF-16" },
    [SCEP_NDR_ODD_TEXT] = { "odd_text", SCEP_SEVERITY_WARNING, true,
                            "A blob that holds text has an odd number of bytes" },
    [SCEP_NDR_ORPC_VERSION] = { "orpc_version", SCEP_SEVERITY_ERROR, true, "The call does not begin with ORPCTHIS" },
    [SCEP_NDR_ORPC_FLAGS] = { "orpc_flags", SCEP_SEVERITY_WARNING, true, "DCOM does not know these ORPC flags" },
    [SCEP_NDR_ORPC_EXTENTS] = { "orpc_extents", SCEP_SEVERITY_ERROR, true, "The list of ORPC extensions cannot be" },
    [SCEP_NDR_PART_SHORT] = { "part_short", SCEP_SEVERITY_WARNING, true, "A structure is longer than its blob" },
    [SCEP_NDR_PART_OUTSIDE] = { "part_outside", SCEP_SEVERITY_WARNING, true, "An offset leads out of its blob" },
    [SCEP_NDR_TOO_MANY] = { "too_many", SCEP_SEVERITY_NOTE, false, "Only the first of many are shown" },
};

const ScepNdrProblemInfo *scep_ndr_problem_info(ScepNdrProblemCode code)
{
    return &problems[code];
}

char *scep_ndr_new_problem_text(const ScepNdrProblem *problem)
{
    const ScepNdrProblemInfo *info = &problems[problem->code];
    GString *text = g_string_new(info->text);

    if (problem->parameter != NULL)
        g_string_append_printf(text, ": %s", problem->parameter);
    if (problem->code == SCEP_NDR_TRUNCATED || problem->code == SCEP_NDR_SHORT)
        g_string_append_printf(text, ", %" G_GUINT64_FORMAT " bytes missing", problem->number);
    else if (problem->number != 0 && problem->expected != 0)
        g_string_append_printf(text, ", %" G_GUINT64_FORMAT " against %" G_GUINT64_FORMAT, problem->number,
                               problem->expected);
    else if (problem->number != 0 || problem->expected != 0)
        g_string_append_printf(text, ", %" G_GUINT64_FORMAT, problem->number);
    return g_string_free(text, FALSE);
}

/* ORPC_EXTENT: a conformant structure, so its array's count comes first. */
static bool read_extent(ScepNdr *ndr)
{
    uint32_t max_count, size;
    ScepSpan octets;

    return scep_ndr_u32(ndr, &max_count, NULL) && scep_ndr_octets(ndr, 16, &octets) && scep_ndr_u32(ndr, &size, NULL) &&
           scep_ndr_octets(ndr, max_count, &octets);
}

/* ORPC_EXTENT_ARRAY, MS-DCOM 2.2.13.2: size, reserved, and a pointer to an array of pointers, some of them null. */
static bool read_extents(ScepNdr *ndr)
{
    uint32_t size, reserved, array, count, present = 0;
    ScepSpan where;

    if (!scep_ndr_u32(ndr, &size, NULL) || !scep_ndr_u32(ndr, &reserved, NULL) || !scep_ndr_u32(ndr, &array, NULL))
        return false;
    if (array == 0)
        return true;
    if (!scep_ndr_u32(ndr, &count, &where))
        return false;
    if (count > SCEP_NDR_MAX_EXTENTS) {
        scep_ndr_add_problem(ndr, SCEP_NDR_ORPC_EXTENTS, where, count, SCEP_NDR_MAX_EXTENTS);
        ndr->stopped = true;
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t referent;
        if (!scep_ndr_u32(ndr, &referent, NULL))
            return false;
        present += referent != 0;
    }
    while (present-- > 0) {
        scep_ndr_align(ndr, 4);
        if (!read_extent(ndr))
            return false;
    }
    return true;
}

/* What both prefixes end with. */
static bool read_extensions(ScepNdr *ndr)
{
    uint32_t referent;

    return scep_ndr_u32(ndr, &referent, NULL) && (referent == 0 || read_extents(ndr));
}

static bool read_flags(ScepNdr *ndr)
{
    uint32_t flags;
    ScepSpan where;

    if (!scep_ndr_u32(ndr, &flags, &where))
        return false;
    if ((flags & ~(uint32_t)ORPC_FLAGS) != 0)
        scep_ndr_add_problem(ndr, SCEP_NDR_ORPC_FLAGS, where, flags, 0);
    return true;
}

static bool finish(const ScepNdr *ndr, bool good, ScepSpan *whole)
{
    whole->offset = 0;
    whole->length = MIN(ndr->stopped ? ndr->size : ndr->offset, ndr->size);
    return good;
}

bool scep_ndr_orpcthis(ScepNdr *ndr, ScepSpan *whole)
{
    uint16_t major, minor;
    uint32_t reserved;
    ScepSpan where, causality;

    ndr->parameter = "ORPCTHIS";
    if (!scep_ndr_u16(ndr, &major, &where))
        return finish(ndr, false, whole);
    if (major != ORPC_MAJOR) {
        scep_ndr_add_problem(ndr, SCEP_NDR_ORPC_VERSION, where, major, ORPC_MAJOR);
        ndr->stopped = true;
        return finish(ndr, false, whole);
    }
    return finish(ndr,
                  scep_ndr_u16(ndr, &minor, NULL) && read_flags(ndr) && scep_ndr_u32(ndr, &reserved, NULL) &&
                      scep_ndr_octets(ndr, 16, &causality) && read_extensions(ndr),
                  whole);
}

bool scep_ndr_orpcthat(ScepNdr *ndr, ScepSpan *whole)
{
    ndr->parameter = "ORPCTHAT";
    return finish(ndr, read_flags(ndr) && read_extensions(ndr), whole);
}
