/* findings.c
 * Lists of findings, in blocks of memory that are only ever freed as a whole.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/findings.h"

#include <string.h>

enum { BLOCK_SIZE = 32 * 1024 };

/* Memory that grows by blocks. */
typedef struct {
    GPtrArray *blocks;
    size_t used; /* of the last one */
} Arena;

struct ScepFindings {
    GArray *first; /* by list: of ScepFinding*, NULL for an empty one */
    Arena observed;
    Arena concluded;
    GStringChunk *details;
};

static void arena_open(Arena *arena)
{
    arena->blocks = g_ptr_array_new_with_free_func(g_free);
    arena->used = BLOCK_SIZE;
}

static void *arena_take(Arena *arena, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if (arena->used + size > BLOCK_SIZE) {
        g_ptr_array_add(arena->blocks, g_malloc(BLOCK_SIZE));
        arena->used = 0;
    }
    char *block = g_ptr_array_index(arena->blocks, arena->blocks->len - 1);
    void *taken = block + arena->used;
    arena->used += size;
    return taken;
}

static void arena_clear(Arena *arena)
{
    g_ptr_array_set_size(arena->blocks, 0);
    arena->used = BLOCK_SIZE;
}

ScepFindings *scep_findings_new(void)
{
    ScepFindings *findings = g_new0(ScepFindings, 1);

    findings->first = g_array_new(FALSE, TRUE, sizeof(ScepFinding *));
    findings->details = g_string_chunk_new(4096);
    arena_open(&findings->observed);
    arena_open(&findings->concluded);
    return findings;
}

void scep_findings_free(ScepFindings *findings)
{
    g_array_unref(findings->first);
    g_string_chunk_free(findings->details);
    g_ptr_array_unref(findings->observed.blocks);
    g_ptr_array_unref(findings->concluded.blocks);
    g_free(findings);
}

ScepFinding *scep_findings_get0(const ScepFindings *findings, uint32_t list)
{
    return list < findings->first->len ? g_array_index(findings->first, ScepFinding *, list) : NULL;
}

static unsigned put_frames(uint32_t frames[SCEP_FINDING_FRAMES], uint32_t frame, const ScepEvidence *evidence)
{
    unsigned count = 0;

    for (unsigned i = 0; i <= evidence->also_count; i++) {
        const uint32_t next = i == 0 ? frame : evidence->also[i - 1];
        bool known = next == 0;
        for (unsigned k = 0; k < count && !known; k++)
            known = frames[k] == next;
        if (!known && count < SCEP_FINDING_FRAMES)
            frames[count++] = next;
    }
    return count;
}

ScepFinding *scep_findings_add(ScepFindings *findings, uint32_t list, ScepHintId hint, uint32_t frame,
                               ScepEvidence *evidence, bool is_conclusion)
{
    uint32_t frames[SCEP_FINDING_FRAMES];
    const unsigned count = put_frames(frames, frame, evidence);
    ScepFinding *finding = arena_take(is_conclusion ? &findings->concluded : &findings->observed,
                                      sizeof *finding + count * sizeof frames[0]);

    if (list >= findings->first->len)
        g_array_set_size(findings->first, list + 1);
    ScepFinding **link = &g_array_index(findings->first, ScepFinding *, list);
    while (*link != NULL)
        link = &(*link)->next;
    *link = finding;
    finding->next = NULL;
    finding->hint = (uint16_t)hint;
    finding->severity = (uint8_t)scep_hints[hint].severity;
    finding->is_conclusion = is_conclusion;
    finding->frame_count = (uint8_t)count;
    memcpy(finding->frames, frames, count * sizeof frames[0]);
    finding->detail =
        evidence->detail != NULL ? g_string_chunk_insert_const(findings->details, evidence->detail) : NULL;
    g_clear_pointer(&evidence->detail, g_free);
    return finding;
}

void scep_findings_drop_conclusions(ScepFindings *findings)
{
    if (findings->concluded.blocks->len == 0)
        return;
    for (guint i = 0; i < findings->first->len; i++) {
        ScepFinding **link = &g_array_index(findings->first, ScepFinding *, i);
        while (*link != NULL) {
            if ((*link)->is_conclusion)
                *link = (*link)->next;
            else
                link = &(*link)->next;
        }
    }
    arena_clear(&findings->concluded);
}

const ScepFinding *scep_findings_get0_of(const ScepFinding *list, ScepHintId hint)
{
    while (list != NULL && list->hint != hint)
        list = list->next;
    return list;
}

void scep_findings_settle(ScepFinding *list)
{
    for (; list != NULL; list = list->next)
        list->severity = SCEP_SEVERITY_NOTE;
}
