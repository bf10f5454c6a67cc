/* plist.h
 * Property lists of Apple as XML (plist(5), PropertyList-1.0.dtd); private to the room.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_SERVICES_PLIST_H
#define SCEP_CORE_SERVICES_PLIST_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    SCEP_PLIST_DICT = 0,
    SCEP_PLIST_ARRAY,
    SCEP_PLIST_STRING,
    SCEP_PLIST_NUMBER, /**< integer or real, as text */
    SCEP_PLIST_DATA,   /**< base64 */
    SCEP_PLIST_OTHER   /**< date, true, false, or what no list has */
} ScepPlistType;

/** A value. Owned by the list that it is part of. */
typedef struct ScepPlist {
    ScepPlistType type;
    char *key;  /**< in a dictionary; else NULL */
    char *text; /**< as it stands there; NULL in a dictionary or an array */
    struct ScepPlist *parent;
    struct ScepPlist *first; /**< of its children, list by next */
    struct ScepPlist *last;
    struct ScepPlist *next;
} ScepPlist;

/** Reads at most SCEP_PLIST_MAX_VALUES, no deeper than SCEP_XML_MAX_DEPTH, up to where the list is broken.
 * @param is_whole  set to false where it is broken or cut
 * @return scep_plist_free(); NULL when there is no value in it */
ScepPlist *scep_plist_new(const uint8_t *xml, size_t size, bool *is_whole);

/** Wipes it: some values are secret. NULL is fine. */
void scep_plist_free(ScepPlist *list);

/** The first child of a dictionary with this key, of this type; NULL for none. @param list  may be NULL */
const ScepPlist *scep_plist_get0(const ScepPlist *list, const char *key, ScepPlistType type);

/** Text of that child, as string. NULL for none */
const char *scep_plist_text(const ScepPlist *list, const char *key);

#endif
