// A small reader of JSON: what an action's configuration arrives as.

#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

enum json_type { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

// A value. Members of objects and elements of arrays are a list, in the order of the text.
struct json {
    enum json_type type;
    const char *key;     // of a member of an object
    const char *text;    // of a text; UTF-8, ended by a NUL
    double number;       // of a number
    bool boolean;        // of a boolean
    struct json *first;  // of an array or an object: its first element or member
    struct json *next;   // the next one beside this
};

// Reads a text. NULL when it is not JSON, is nested more than 32 deep, or has a text with a NUL in it.
struct json *json_read(const char *text, size_t length);

// The member of this name, the last one if there are several; NULL when there is none.
const struct json *json_member(const struct json *object, const char *key);

// "a text", "an object": for telling what was found.
const char *json_type_name(const struct json *value);

#endif
