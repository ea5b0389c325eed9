#include "prelude.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *enough(void *memory) {
    if (memory == NULL) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return memory;
}

static char *formatted(const char *format, va_list arguments) {
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0) enough(NULL);
    return text;
}

// `text` becomes what was formatted from here on.
#define FORMAT(text, format)            \
    char *text;                         \
    do {                                \
        va_list arguments;              \
        va_start(arguments, format);    \
        text = formatted(format, arguments); \
        va_end(arguments);              \
    } while (0)

static action_string_t given(const char *text) {
    action_string_t string;
    action_string_dup(&string, text);
    return string;
}

char *prelude_text(action_string_t text) {
    char *copy = enough(malloc(text.len + 1));
    for (size_t i = 0; i < text.len; i++) copy[i] = text.ptr[i] == 0 ? ' ' : (char)text.ptr[i];
    copy[text.len] = '\0';
    return copy;
}

char *prelude_format(const char *format, ...) {
    FORMAT(text, format);
    return text;
}

static char *reason(const prelude_trigger_idmef_path_error_t *error) {
    if (error->tag == PRELUDE_TRIGGER_IDMEF_PATH_ERROR_OTHER) return prelude_text(error->val.other);
    const prelude_trigger_idmef_invalid_path_t *invalid = &error->val.invalid;
    if (!invalid->suggestion.is_some) return prelude_text(invalid->message);
    return prelude_format("%s; did you mean `%s`?", prelude_text(invalid->message), prelude_text(invalid->suggestion.val));
}

static _Noreturn void bad_path(const char *path, const prelude_trigger_idmef_path_error_t *error) {
    fprintf(stderr, "path `%s`: %s\n", path, reason(error));
    abort();
}

char *prelude_get(prelude_alert alert, const char *path) {
    action_string_t asked = given(path);
    action_option_string_t found;
    prelude_trigger_idmef_path_error_t error;
    if (!prelude_trigger_idmef_method_message_get_text(prelude_trigger_idmef_borrow_message(alert), &asked, &found, &error))
        bad_path(path, &error);
    return found.is_some ? prelude_text(found.val) : NULL;
}

char **prelude_get_all(prelude_alert alert, const char *path, size_t *count) {
    action_string_t asked = given(path);
    action_list_string_t found;
    prelude_trigger_idmef_path_error_t error;
    if (!prelude_trigger_idmef_method_message_get_all_text(prelude_trigger_idmef_borrow_message(alert), &asked, &found, &error))
        bad_path(path, &error);
    char **texts = enough(calloc(found.len + 1, sizeof *texts));
    for (size_t i = 0; i < found.len; i++) texts[i] = prelude_text(found.ptr[i]);
    *count = found.len;
    return texts;
}

bool prelude_check_path(const char *path, char **why) {
    action_string_t asked = given(path);
    prelude_trigger_idmef_path_info_t info;
    prelude_trigger_idmef_path_error_t error;
    if (!prelude_trigger_idmef_describe(&asked, &info, &error)) {
        *why = reason(&error);
        return false;
    }
    *why = "it leads to a class, which has no value";
    return info.value_type != PRELUDE_TRIGGER_IDMEF_VALUE_TYPE_CLASS;
}

void prelude_log(prelude_trigger_log_level_t level, const char *line) {
    action_string_t message = given(line);
    prelude_trigger_log_list_named_text_t fields = {0};
    prelude_trigger_log_log(level, &message, &fields);
}

static bool ended(prelude_outcome *ret, uint8_t status, char *summary) {
    *ret = (prelude_outcome){.status = status, .summary = {.is_some = true, .val = given(summary)}};
    return true;
}

bool prelude_done(prelude_outcome *ret, const char *format, ...) {
    FORMAT(summary, format);
    return ended(ret, PRELUDE_TRIGGER_TYPES_STATUS_DONE, summary);
}

bool prelude_skipped(prelude_outcome *ret, const char *format, ...) {
    FORMAT(summary, format);
    return ended(ret, PRELUDE_TRIGGER_TYPES_STATUS_SKIPPED, summary);
}

bool prelude_simulated(prelude_outcome *ret, const char *format, ...) {
    FORMAT(summary, format);
    return ended(ret, PRELUDE_TRIGGER_TYPES_STATUS_SIMULATED, summary);
}

void prelude_output(prelude_outcome *ret, const char *name, const char *format, ...) {
    FORMAT(text, format);
    size_t count = ret->outputs.len + 1;
    ret->outputs.ptr = enough(realloc(ret->outputs.ptr, count * sizeof *ret->outputs.ptr));
    ret->outputs.ptr[count - 1] = (prelude_trigger_types_named_text_t){.name = given(name), .text = given(text)};
    ret->outputs.len = count;
}

static bool failed(prelude_error *err, uint8_t tag, char *message) {
    *err = (prelude_error){.tag = tag};
    // The three cases hold the same record.
    err->val.permanent.message = given(message);
    return false;
}

bool prelude_transient(prelude_error *err, const char *format, ...) {
    FORMAT(message, format);
    return failed(err, PRELUDE_TRIGGER_TYPES_ACTION_ERROR_TRANSIENT, message);
}

bool prelude_permanent(prelude_error *err, const char *format, ...) {
    FORMAT(message, format);
    return failed(err, PRELUDE_TRIGGER_TYPES_ACTION_ERROR_PERMANENT, message);
}

bool prelude_misconfigured(prelude_error *err, const char *format, ...) {
    FORMAT(message, format);
    return failed(err, PRELUDE_TRIGGER_TYPES_ACTION_ERROR_MISCONFIGURED, message);
}

void prelude_issue(prelude_issues *issues, const char *pointer, const char *format, ...) {
    FORMAT(message, format);
    size_t count = issues->len + 1;
    issues->ptr = enough(realloc(issues->ptr, count * sizeof *issues->ptr));
    issues->ptr[count - 1] =
        (exports_prelude_trigger_handler_config_issue_t){.pointer = given(pointer), .message = given(message)};
    issues->len = count;
}
