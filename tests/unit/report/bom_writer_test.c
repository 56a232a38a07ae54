/* SPDX-License-Identifier: Apache-2.0 */
#include "report/bom_writer.h"

#include "tests/unit/test.h"

static void write_tree(struct bom_writer *writer)
{
    bom_begin_item(writer, "bom");
    bom_attribute(writer, "id", view_text("a\"<1>&"));
    bom_begin(writer, "head");
    bom_text(writer, "name", view_text("x < y & z\n\x01"));
    bom_text_optional(writer, "none", view_text(""));
    bom_text(writer, "empty", view_text(""));
    bom_end(writer);
    bom_begin_list(writer, "items");
    bom_begin_item(writer, "item");
    bom_attribute(writer, "name", view_text("n"));
    bom_content(writer, "value", view_text("v"));
    bom_end(writer);
    bom_item_reference(writer, "item", "ref", view_text("r"));
    bom_end_list(writer);
    bom_begin_list(writer, "nothing");
    bom_end_list(writer);
    bom_end(writer);
}

static void writes_one_tree_as_json_and_as_xml(void **state)
{
    static const char *const expected[] = {
        "{\"id\":\"a\\\"<1>&\",\"head\":{\"name\":\"x < y & z\\n\\u0001\",\"empty\":\"\"},"
        "\"items\":[{\"name\":\"n\",\"value\":\"v\"},\"r\"],\"nothing\":[]}",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<bom id=\"a&quot;&lt;1&gt;&amp;\"><head><name>x &lt; y &amp; z?\?</name><empty></empty></head>"
        "<items><item name=\"n\">v</item><item ref=\"r\"/></items><nothing/></bom>",
    };
    (void)state;
    for (int is_xml = 0; is_xml < 2; is_xml++) {
        AUTO_BUFFER out;
        struct bom_writer writer;
        buffer_init(&out, 4096);
        bom_writer_init(&writer, &out, is_xml);
        write_tree(&writer);
        assert_view_equal(buffer_view(&out), expected[is_xml]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(writes_one_tree_as_json_and_as_xml)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
