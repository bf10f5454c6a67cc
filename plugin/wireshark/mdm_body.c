/* mdm_body.c
 * SyncML bodies and Apple's profiles: noted here, shown by Wireshark's own dissectors as ever.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mdm_body.h"

#include "frame_state.h"
#include "scep/catalogue.h"

#define MEDIA_TYPES "media_type"

static dissector_handle_t xml_handle, wbxml_handle, profile_handle;

static int hand_on(dissector_handle_t handle, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    frame_state_claim_mdm(pinfo);
    if (handle != NULL)
        return call_dissector_with_data(handle, tvb, pinfo, tree, data);
    return call_data_dissector(tvb, pinfo, tree);
}

static int dissect_xml(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return hand_on(xml_handle, tvb, pinfo, tree, data);
}

static int dissect_wbxml(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return hand_on(wbxml_handle, tvb, pinfo, tree, data);
}

static int dissect_profile(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return hand_on(profile_handle, tvb, pinfo, tree, data);
}

/* Whoever has the media type, else the dissector of that name. */
static dissector_handle_t owner(const char *media_type, const char *name)
{
    dissector_handle_t handle = dissector_get_string_handle(find_dissector_table(MEDIA_TYPES), media_type);

    return handle != NULL ? handle : find_dissector(name);
}

void scep_register_mdm_body(void)
{
    xml_handle = owner(SCEP_SYNCML_XML, "xml");
    wbxml_handle = owner(SCEP_SYNCML_WBXML, "wbxml");
    profile_handle = owner(SCEP_APPLE_PROFILE, "media");
    /* Without a protocol of their own, so that switching off SCEP does not take the XML away; 4.6 then wants a
     * description. */
    dissector_add_string(MEDIA_TYPES, SCEP_SYNCML_XML,
                         create_dissector_handle_with_name_and_description(dissect_xml, -1, "scep_syncml_xml",
                                                                           "SyncML, looked through for SCEP"));
    dissector_add_string(MEDIA_TYPES, SCEP_SYNCML_WBXML,
                         create_dissector_handle_with_name_and_description(dissect_wbxml, -1, "scep_syncml_wbxml",
                                                                           "SyncML in WBXML, looked at for SCEP"));
    dissector_add_string(MEDIA_TYPES, SCEP_APPLE_PROFILE,
                         create_dissector_handle_with_name_and_description(dissect_profile, -1, "scep_apple_profile",
                                                                           "Apple profile, looked through for SCEP"));
}
