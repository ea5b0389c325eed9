// Nothing is ever freed: an instance lives for one call.

#include "json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32 };

struct reader {
    const char *at, *end;
    int depth;
};

static struct json *value(struct reader *reader);

static void *allocate(size_t bytes) {
    void *memory = calloc(1, bytes);
    if (memory == NULL) abort();
    return memory;
}

static void skip_space(struct reader *reader) {
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL && *reader->at != '\0') reader->at++;
}

static bool take(struct reader *reader, char expected) {
    skip_space(reader);
    if (reader->at >= reader->end || *reader->at != expected) return false;
    reader->at++;
    return true;
}

static bool take_word(struct reader *reader, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0) return false;
    reader->at += length;
    return true;
}

// The four digits of a \u escape; -1 when there are not four.
static int32_t escaped_unit(struct reader *reader) {
    int32_t unit = 0;
    if (reader->end - reader->at < 4) return -1;
    for (int digit = 0; digit < 4; digit++) {
        char c = *reader->at++;
        if (c >= '0' && c <= '9') unit = unit * 16 + (c - '0');
        else if (c >= 'a' && c <= 'f') unit = unit * 16 + (c - 'a' + 10);
        else if (c >= 'A' && c <= 'F') unit = unit * 16 + (c - 'A' + 10);
        else return -1;
    }
    return unit;
}

// The character of a \u escape, two of them for those beyond U+FFFF; -1 when it is none.
static int32_t escaped_character(struct reader *reader) {
    int32_t first = escaped_unit(reader);
    if (first < 0xd800 || first > 0xdfff) return first;
    if (first > 0xdbff || !take_word(reader, "\\u")) return -1;
    int32_t second = escaped_unit(reader);
    if (second < 0xdc00 || second > 0xdfff) return -1;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

static char *put_utf8(char *to, int32_t character) {
    if (character < 0x80) {
        *to++ = (char)character;
    } else if (character < 0x800) {
        *to++ = (char)(0xc0 | character >> 6);
        *to++ = (char)(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        *to++ = (char)(0xe0 | character >> 12);
        *to++ = (char)(0x80 | (character >> 6 & 0x3f));
        *to++ = (char)(0x80 | (character & 0x3f));
    } else {
        *to++ = (char)(0xf0 | character >> 18);
        *to++ = (char)(0x80 | (character >> 12 & 0x3f));
        *to++ = (char)(0x80 | (character >> 6 & 0x3f));
        *to++ = (char)(0x80 | (character & 0x3f));
    }
    return to;
}

// A text; NULL when it is none.
static const char *text(struct reader *reader) {
    static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (!take(reader, '"')) return NULL;
    // No escape is shorter than what it stands for.
    const char *quote = reader->at;
    while (quote < reader->end && *quote != '"') quote += *quote == '\\' ? 2 : 1;
    if (quote >= reader->end) return NULL;
    char *start = allocate((size_t)(quote - reader->at) + 1), *to = start;
    while (*reader->at != '"') {
        char c = *reader->at++;
        if ((unsigned char)c < 0x20) return NULL;
        if (c != '\\') {
            *to++ = c;
            continue;
        }
        c = *reader->at++;
        const char *escape = strchr(escapes, c);
        if (c == 'u') {
            int32_t character = escaped_character(reader);
            if (character <= 0) return NULL;
            to = put_utf8(to, character);
        } else if (c != '\0' && escape != NULL) {
            *to++ = meant[escape - escapes];
        } else {
            return NULL;
        }
    }
    reader->at++;
    *to = '\0';
    return start;
}

static struct json *number(struct reader *reader) {
    char digits[64];
    size_t length = 0;
    while (reader->at < reader->end && strchr("+-.0123456789eE", *reader->at) != NULL && *reader->at != '\0') {
        if (length == sizeof digits - 1) return NULL;
        digits[length++] = *reader->at++;
    }
    digits[length] = '\0';
    char *end;
    struct json *read = allocate(sizeof *read);
    read->type = JSON_NUMBER;
    read->number = strtod(digits, &end);
    return length > 0 && *end == '\0' ? read : NULL;
}

// What stands between brackets: elements, or members with their keys.
static struct json *list(struct reader *reader, enum json_type type) {
    char close = type == JSON_OBJECT ? '}' : ']';
    struct json *read = allocate(sizeof *read), **end = &read->first;
    read->type = type;
    if (take(reader, close)) return read;
    do {
        const char *key = NULL;
        if (type == JSON_OBJECT && ((key = text(reader)) == NULL || !take(reader, ':'))) return NULL;
        struct json *element = value(reader);
        if (element == NULL) return NULL;
        element->key = key;
        *end = element;
        end = &element->next;
    } while (take(reader, ','));
    return take(reader, close) ? read : NULL;
}

static struct json *value(struct reader *reader) {
    struct json *read = NULL;
    skip_space(reader);
    if (reader->at >= reader->end || reader->depth >= DEEPEST) return NULL;
    reader->depth++;
    switch (*reader->at) {
    case '{':
        reader->at++;
        read = list(reader, JSON_OBJECT);
        break;
    case '[':
        reader->at++;
        read = list(reader, JSON_ARRAY);
        break;
    case '"': {
        const char *found = text(reader);
        if (found == NULL) break;
        read = allocate(sizeof *read);
        read->type = JSON_TEXT;
        read->text = found;
        break;
    }
    case 't':
    case 'f':
    case 'n': {
        char first = *reader->at;
        if (!take_word(reader, first == 't' ? "true" : first == 'f' ? "false" : "null")) break;
        read = allocate(sizeof *read);
        read->type = first == 'n' ? JSON_NULL : JSON_BOOLEAN;
        read->boolean = first == 't';
        break;
    }
    default:
        read = number(reader);
    }
    reader->depth--;
    return read;
}

struct json *json_read(const char *text, size_t length) {
    struct reader reader = {.at = text, .end = text + length};
    struct json *read = value(&reader);
    skip_space(&reader);
    return reader.at == reader.end ? read : NULL;
}

const struct json *json_member(const struct json *object, const char *key) {
    const struct json *found = NULL;
    for (const struct json *member = object->first; member != NULL; member = member->next) {
        if (object->type == JSON_OBJECT && strcmp(member->key, key) == 0) found = member;
    }
    return found;
}

const char *json_type_name(const struct json *value) {
    static const char *const names[] = {"null", "a boolean", "a number", "a text", "an array", "an object"};
    return names[value->type];
}
