/* show_capabilities.c
 * What a GetCACaps answer lists: keyword by keyword, and as bits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show_capabilities.h"

#include "fields.h"
#include "show_items.h"

/* Name of the bit, end of the field's name, title. */
#define CAPABILITIES(ROW)                                \
    ROW(AES, "aes", "AES")                               \
    ROW(DES3, "des3", "Triple DES")                      \
    ROW(GETNEXTCACERT, "getnextcacert", "GetNextCACert") \
    ROW(POSTPKIOPERATION, "post", "POST")                \
    ROW(RENEWAL, "renewal", "Renewal")                   \
    ROW(SHA1, "sha1", "SHA-1")                           \
    ROW(SHA224, "sha224", "SHA-224")                     \
    ROW(SHA256, "sha256", "SHA-256")                     \
    ROW(SHA384, "sha384", "SHA-384")                     \
    ROW(SHA512, "sha512", "SHA-512")                     \
    ROW(SCEPSTANDARD, "standard", "SCEPStandard")        \
    ROW(UPDATE, "update", "Update")

enum {
#define ROW(bit, name, title) CAPABILITY_##bit,
    CAPABILITIES(ROW)
#undef ROW
        CAPABILITY_COUNT
};

static int hf_capabilities = -1;
static int capability_fields[CAPABILITY_COUNT];
static int ett_capabilities = -1;

static hf_register_info hf[] = {
    { &hf_capabilities,
      { "Capabilities", "scep.capabilities", FT_UINT32, BASE_HEX, NULL, 0,
        "What the keywords amount to: SCEPStandard stands for AES, POST and SHA-256", HFILL } },
#define ROW(bit, name, title)                                                                                   \
    { &capability_fields[CAPABILITY_##bit],                                                                     \
      { title, "scep.capabilities." name, FT_BOOLEAN, 32, NULL, SCEP_CAP_##bit, "Whether the server offers it", \
        HFILL } },
    CAPABILITIES(ROW)
#undef ROW
};

void show_capabilities_register(int proto)
{
    static int *ett[] = { &ett_capabilities };

    for (unsigned i = 0; i < CAPABILITY_COUNT; i++)
        capability_fields[i] = -1;
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
}

static void show_bits(proto_tree *parent, const ScepHttpPdu *pdu)
{
    const uint32_t bits = scep_capabilities_effective(pdu->capabilities->bits);
    const int size = (int)pdu->size;
    proto_item *item = proto_tree_add_uint(parent, hf_capabilities, pdu->tvb, pdu->offset, size, bits);
    proto_tree *tree = proto_item_add_subtree(item, ett_capabilities);

    proto_item_set_generated(item);
    for (unsigned i = 0; i < CAPABILITY_COUNT; i++)
        proto_item_set_generated(proto_tree_add_boolean(tree, capability_fields[i], pdu->tvb, pdu->offset, size, bits));
}

void show_capabilities(proto_tree *tree, packet_info *pinfo, const ScepHttpPdu *pdu)
{
    const ScepCapabilities *list = pdu->capabilities;

    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const ScepCapability *line = &list->line[i];
        const char *text = wmem_strndup(pinfo->pool, (const char *)pdu->bytes + line->span.offset, line->span.length);
        proto_item *item =
            proto_tree_add_string(tree, hf_scep_capability, pdu->tvb, pdu->offset + (int)line->span.offset,
                                  (int)line->span.length, scep_show_text(pinfo, text));
        if (line->bit == 0)
            proto_item_append_text(item, " (unknown keyword)");
    }
    if (list != NULL && !list->looks_like_markup)
        show_bits(tree, pdu);
}
