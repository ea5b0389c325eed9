// What makes the generated bindings pleasant: texts as C has them, and outcomes in one line each.
//
// Nothing is ever freed: an instance lives for one call, and its memory goes with it.

#ifndef PRELUDE_H
#define PRELUDE_H

#include <stdbool.h>

#include "bindings/action.h"

typedef exports_prelude_trigger_handler_context_t prelude_context;
typedef exports_prelude_trigger_handler_outcome_t prelude_outcome;
typedef exports_prelude_trigger_handler_action_error_t prelude_error;
typedef exports_prelude_trigger_handler_list_config_issue_t prelude_issues;
typedef exports_prelude_trigger_handler_own_message_t prelude_alert;

// A text that crossed the boundary, ended by a NUL. A NUL inside of it, which an attacker may have put there, becomes a space.
char *prelude_text(action_string_t text);

// A text made as by printf.
char *prelude_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The first value at a path as text; NULL when the alert has none. A path that is none ends the job: check those of a
// configuration with prelude_check_path when it is validated.
char *prelude_get(prelude_alert alert, const char *path);

// All values at a path as text, and how many; the same holds for the path.
char **prelude_get_all(prelude_alert alert, const char *path, size_t *count);

// Whether a path leads to values; if it does not, `*why` says why not.
bool prelude_check_path(const char *path, char **why);

// Writes one line into the daemon's log. The levels are PRELUDE_TRIGGER_LOG_LEVEL_INFO and its siblings.
void prelude_log(prelude_trigger_log_level_t level, const char *line);

// How `run` ends well: `return prelude_done(ret, "blocked %s", address);`
bool prelude_done(prelude_outcome *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool prelude_skipped(prelude_outcome *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool prelude_simulated(prelude_outcome *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A particular worth keeping, beside the summary; called after one of the three above.
void prelude_output(prelude_outcome *ret, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));

// How `run` fails: it may work later; it will not work for this alert; it will not work until the configuration is changed.
bool prelude_transient(prelude_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool prelude_permanent(prelude_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool prelude_misconfigured(prelude_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Something wrong with a configuration, at a JSON pointer such as "/prefix". `validate` returns false when there is any.
void prelude_issue(prelude_issues *issues, const char *pointer, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
