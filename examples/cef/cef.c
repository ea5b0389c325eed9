// SPDX-License-Identifier: MIT OR Apache-2.0

// cef: an alert as one line of ArcSight's Common Event Format (version 0, ArcSight's "Implementing ArcSight CEF"), which nearly
// every SIEM reads, in the daemon's log: syslog or journald carry it on. Addresses can be made anonymous on the way.
// README.md shows a configuration.

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "prelude.h"

enum {
    MOST_FIELDS = 64,       // in an extension
    LONGEST_VALUE = 1023,   // bytes of a value, as CEF has it for most
    LONGEST_LINE = 4000,    // bytes; the daemon cuts a line after 4,096
    V4_BITS = 32,
    V6_BITS = 128,
};

struct field {
    const char *key, *path;
};

struct config {
    const char *vendor, *product, *version;
    struct field fields[MOST_FIELDS];
    size_t field_count;
    int keep_v4, keep_v6;  // bits of an address that are not made 0
};

// Keys as ArcSight's dictionary has them.
static const struct field standard[] = {
    {"externalId", "alert.messageid"},
    {"start", "alert.create_time"},
    {"src", "alert.source(0).node.address(0).address"},
    {"shost", "alert.source(0).node.name"},
    {"spt", "alert.source(0).service.port"},
    {"suser", "alert.source(0).user.user_id(0).name"},
    {"dst", "alert.target(0).node.address(0).address"},
    {"dhost", "alert.target(0).node.name"},
    {"dpt", "alert.target(0).service.port"},
    {"duser", "alert.target(0).user.user_id(0).name"},
    {"outcome", "alert.assessment.impact.completion"},
    {"msg", "alert.assessment.impact.description"},
};

// ---- Configuration

static bool is_key(const char *text) {
    size_t length = strlen(text);
    return length > 0 && length <= 63 && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == length;
}

static void read_text(const struct json *member, const char **text, prelude_issues *issues) {
    if (member->type != JSON_TEXT || *member->text == '\0')
        prelude_issue(issues, prelude_format("/%s", member->key), "expected a text, found %s", json_type_name(member));
    else
        *text = member->text;
}

static void read_fields(struct config *config, const struct json *fields, prelude_issues *issues) {
    if (fields->type != JSON_OBJECT) {
        prelude_issue(issues, "/extension", "expected a mapping, found %s", json_type_name(fields));
        return;
    }
    config->field_count = 0;
    for (const struct json *field = fields->first; field != NULL; field = field->next) {
        char *pointer = prelude_format("/extension/%s", field->key), *why;
        if (!is_key(field->key))
            prelude_issue(issues, pointer, "a key of CEF has letters and digits only");
        else if (field->type != JSON_TEXT)
            prelude_issue(issues, pointer, "expected an IDMEF path, found %s", json_type_name(field));
        else if (!prelude_check_path(field->text, &why))
            prelude_issue(issues, pointer, "path `%s`: %s", field->text, why);
        else if (config->field_count == MOST_FIELDS)
            prelude_issue(issues, pointer, "there are more than %d fields", MOST_FIELDS);
        else
            config->fields[config->field_count++] = (struct field){field->key, field->text};
    }
}

static int read_bits(const struct json *member, int most, prelude_issues *issues) {
    char *pointer = prelude_format("/anonymise/%s", member->key);
    if (member->type == JSON_NUMBER && member->number >= 0 && member->number <= most && member->number == (int)member->number)
        return (int)member->number;
    prelude_issue(issues, pointer, "expected the number of bits to keep, 0 to %d", most);
    return most;
}

static void read_anonymise(struct config *config, const struct json *anonymise, prelude_issues *issues) {
    if (anonymise->type != JSON_OBJECT)
        prelude_issue(issues, "/anonymise", "expected a mapping, found %s", json_type_name(anonymise));
    for (const struct json *member = anonymise->first; anonymise->type == JSON_OBJECT && member != NULL; member = member->next) {
        if (strcmp(member->key, "v4") == 0)
            config->keep_v4 = read_bits(member, V4_BITS, issues);
        else if (strcmp(member->key, "v6") == 0)
            config->keep_v6 = read_bits(member, V6_BITS, issues);
        else
            prelude_issue(issues, prelude_format("/anonymise/%s", member->key), "there is no such key; there are: v4, v6");
    }
}

static struct config read_config(action_string_t *text, prelude_issues *issues) {
    struct config config = {.vendor = "Prelude", .product = "Prelude Trigger", .version = "1", .keep_v4 = V4_BITS, .keep_v6 = V6_BITS};
    memcpy(config.fields, standard, sizeof standard);
    config.field_count = sizeof standard / sizeof *standard;
    const struct json *json = json_read((const char *)text->ptr, text->len);
    if (json == NULL || json->type != JSON_OBJECT) {
        prelude_issue(issues, "", "expected a mapping, found %s", json == NULL ? "no JSON" : json_type_name(json));
        return config;
    }
    for (const struct json *member = json->first; member != NULL; member = member->next) {
        if (strcmp(member->key, "vendor") == 0)
            read_text(member, &config.vendor, issues);
        else if (strcmp(member->key, "product") == 0)
            read_text(member, &config.product, issues);
        else if (strcmp(member->key, "version") == 0)
            read_text(member, &config.version, issues);
        else if (strcmp(member->key, "extension") == 0)
            read_fields(&config, member, issues);
        else if (strcmp(member->key, "anonymise") == 0)
            read_anonymise(&config, member, issues);
        else
            prelude_issue(issues, prelude_format("/%s", member->key),
                          "there is no such key; there are: vendor, product, version, extension, anonymise");
    }
    return config;
}

// ---- The line

struct line {
    char text[LONGEST_LINE + 1];
    size_t length;
    bool full;
};

// How many bytes the character that begins here has.
static size_t character(const char *at) {
    size_t bytes = (unsigned char)*at < 0x80 ? 1 : (unsigned char)*at < 0xe0 ? 2 : (unsigned char)*at < 0xf0 ? 3 : 4;
    return bytes < strlen(at) ? bytes : strlen(at);
}

static void put(struct line *line, const char *bytes, size_t count) {
    if (line->full || line->length + count > LONGEST_LINE) {
        line->full = true;
        return;
    }
    memcpy(line->text + line->length, bytes, count);
    line->length += count;
    line->text[line->length] = '\0';
}

// A value with these characters escaped by `\`. A line break becomes `\n`, or a space where `breaks` says that there can be
// none; what else cannot be seen becomes a space.
static void put_escaped(struct line *line, const char *value, const char *special, bool breaks) {
    size_t written = 0;
    while (*value != '\0' && written < LONGEST_VALUE) {
        size_t bytes = character(value);
        if (*value == '\n' || *value == '\r')
            put(line, breaks ? (*value == '\n' ? "\\n" : "\\r") : " ", breaks ? 2 : 1);
        else if ((unsigned char)*value < 0x20 || *value == 0x7f)
            put(line, " ", 1);
        else {
            if (strchr(special, *value) != NULL) put(line, "\\", 1);
            put(line, value, bytes);
        }
        value += bytes;
        written += bytes;
    }
}

static void put_header(struct line *line, const char *value) {
    put_escaped(line, value, "\\|", false);
    put(line, "|", 1);
}

// The address with all bits but the first made 0; what is no address comes back as it is.
static const char *anonymous(const char *value, const struct config *config) {
    static char text[INET6_ADDRSTRLEN];
    uint8_t address[16];
    int family = AF_INET, keep = config->keep_v4, bits = V4_BITS;
    if (inet_pton(family, value, address) != 1) {
        family = AF_INET6, keep = config->keep_v6, bits = V6_BITS;
        if (inet_pton(family, value, address) != 1) return value;
        // IPv4 in IPv6's clothes keeps what an IPv4 address would.
        static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
        if (memcmp(address, mapped, sizeof mapped) == 0) keep = V6_BITS - V4_BITS + config->keep_v4;
    }
    for (int bit = keep; bit < bits; bit++) address[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
    return inet_ntop(family, address, text, sizeof text) == NULL ? "" : text;
}

// CEF's severity, 0 to 10.
static const char *severity(const char *idmef) {
    if (idmef == NULL) return "0";
    return strcmp(idmef, "high") == 0 ? "9" : strcmp(idmef, "medium") == 0 ? "6" : strcmp(idmef, "low") == 0 ? "3" : "1";
}

static void put_extension(struct line *line, const struct config *config, prelude_alert alert) {
    const char *space = "";
    for (size_t i = 0; i < config->field_count; i++) {
        struct line before = *line;
        const char *value = prelude_get(alert, config->fields[i].path);
        if (value == NULL) continue;
        put(line, space, strlen(space));
        put(line, config->fields[i].key, strlen(config->fields[i].key));
        put(line, "=", 1);
        put_escaped(line, anonymous(value, config), "\\=", true);
        if (line->full) {
            // Better without this field than with half of it.
            *line = before;
            line->full = false;
            continue;
        }
        space = " ";
    }
}

// ---- What the daemon calls

bool exports_prelude_trigger_handler_validate(action_string_t *text, prelude_issues *err) {
    *err = (prelude_issues){0};
    read_config(text, err);
    return err->len == 0;
}

bool exports_prelude_trigger_handler_run(prelude_context *context, action_string_t *text, prelude_alert alert,
                                         prelude_outcome *ret, prelude_error *err) {
    prelude_issues issues = {0};
    struct config config = read_config(text, &issues);
    if (issues.len > 0)
        return prelude_misconfigured(err, "%s: %s", prelude_text(issues.ptr[0].pointer), prelude_text(issues.ptr[0].message));

    const char *what = prelude_get(alert, "alert.classification.text");
    if (what == NULL) return prelude_skipped(ret, "the alert does not say what happened");
    const char *class = prelude_get(alert, "alert.classification.ident");
    struct line line = {.text = ""};
    put(&line, "CEF:0|", strlen("CEF:0|"));
    put_header(&line, config.vendor);
    put_header(&line, config.product);
    put_header(&line, config.version);
    put_header(&line, class == NULL ? what : class);
    put_header(&line, what);
    put_header(&line, severity(prelude_get(alert, "alert.assessment.impact.severity")));
    put_extension(&line, &config, alert);

    if (context->mode == PRELUDE_TRIGGER_TYPES_MODE_OBSERVE) return prelude_simulated(ret, "would write: %s", line.text);
    prelude_log(PRELUDE_TRIGGER_LOG_LEVEL_INFO, line.text);
    prelude_done(ret, "wrote %zu bytes", line.length);
    return true;
}
