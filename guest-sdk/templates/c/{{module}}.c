// {{name}}: an action for Prelude Trigger. Says in the daemon's log what happened, and from where.

#include "json.h"
#include "prelude.h"

#include <string.h>

struct config {
    const char *prefix;  // what each line begins with
};

// Reads the configuration, and tells `issues`, if any, of what is wrong with it.
static struct config read_config(action_string_t *text, prelude_issues *issues) {
    struct config config = {.prefix = "alert"};
    const struct json *json = json_read((const char *)text->ptr, text->len);
    if (json == NULL || json->type != JSON_OBJECT) {
        prelude_issue(issues, "", "expected a mapping, found %s", json == NULL ? "no JSON" : json_type_name(json));
        return config;
    }
    for (const struct json *member = json->first; member != NULL; member = member->next) {
        if (strcmp(member->key, "prefix") != 0) {
            prelude_issue(issues, prelude_format("/%s", member->key), "there is no such key; the only one is `prefix`");
        } else if (member->type != JSON_TEXT) {
            prelude_issue(issues, "/prefix", "expected a string, found %s", json_type_name(member));
        } else {
            config.prefix = member->text;
        }
    }
    return config;
}

bool exports_prelude_trigger_handler_validate(action_string_t *text, prelude_issues *err) {
    *err = (prelude_issues){0};
    read_config(text, err);
    return err->len == 0;
}

bool exports_prelude_trigger_handler_run(prelude_context *context, action_string_t *text, prelude_alert alert,
                                         prelude_outcome *ret, prelude_error *err) {
    prelude_issues issues = {0};
    struct config config = read_config(text, &issues);
    if (issues.len > 0) return prelude_misconfigured(err, "%s", prelude_text(issues.ptr[0].message));

    char *what = prelude_get(alert, "alert.classification.text");
    if (what == NULL) return prelude_skipped(ret, "the alert does not say what happened");
    size_t count;
    char **addresses = prelude_get_all(alert, "alert.source(*).node.address(*).address", &count);
    char *from = count == 0 ? "unknown" : addresses[0];
    for (size_t i = 1; i < count; i++) from = prelude_format("%s, %s", from, addresses[i]);

    if (context->mode == PRELUDE_TRIGGER_TYPES_MODE_OBSERVE)
        return prelude_simulated(ret, "would say %s from %s", what, from);
    prelude_log(PRELUDE_TRIGGER_LOG_LEVEL_INFO, prelude_format("%s: %s from %s", config.prefix, what, from));
    prelude_done(ret, "%s from %s", what, from);
    prelude_output(ret, "addresses", "%zu", count);
    return true;
}
