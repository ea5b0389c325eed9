package prelude

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"local/prelude/bindings/types"
)

// Issue is one mistake in a configuration: where, as a JSON pointer, and what was expected there.
type Issue = types.ConfigIssue

// Problem is an Issue: `prelude.Problem("/size", "expected at most %d", most)`.
func Problem(pointer, format string, values ...any) Issue {
	return Issue{Pointer: pointer, Message: fmt.Sprintf(format, values...)}
}

// read reads JSON into what config points to, and tells of everything in it that has no place there. encoding/json does this
// too, but stops at the first mistake, and does not say where an unknown key is.
func read(text string, config any) []Issue {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var found any
	if err := decoder.Decode(&found); err != nil {
		return []Issue{Problem("", "this is no JSON: %v", err)}
	}
	var reader reader
	reader.fill(reflect.ValueOf(config).Elem(), found, "")
	return reader.issues
}

type reader struct {
	issues []Issue
}

func (r *reader) expected(what string, found any, pointer string) {
	r.issues = append(r.issues, Problem(pointer, "expected %s, found %s", what, kind(found)))
}

// fill puts what was found into its place, which a pointer into the configuration names.
func (r *reader) fill(place reflect.Value, found any, pointer string) {
	switch place.Kind() {
	case reflect.Struct:
		r.fields(place, found, pointer)
	case reflect.Map:
		members, fits := found.(map[string]any)
		if !fits {
			r.expected("a mapping", found, pointer)
			return
		}
		filled := reflect.MakeMap(place.Type())
		for _, name := range sorted(members) {
			value := reflect.New(place.Type().Elem()).Elem()
			r.fill(value, members[name], pointer+"/"+escaped(name))
			filled.SetMapIndex(reflect.ValueOf(name).Convert(place.Type().Key()), value)
		}
		place.Set(filled)
	case reflect.Slice:
		elements, fits := found.([]any)
		if !fits {
			r.expected("a list", found, pointer)
			return
		}
		filled := reflect.MakeSlice(place.Type(), len(elements), len(elements))
		for index, element := range elements {
			r.fill(filled.Index(index), element, pointer+"/"+strconv.Itoa(index))
		}
		place.Set(filled)
	case reflect.Pointer:
		value := reflect.New(place.Type().Elem())
		r.fill(value.Elem(), found, pointer)
		place.Set(value)
	default:
		r.scalar(place, found, pointer)
	}
}

func (r *reader) fields(place reflect.Value, found any, pointer string) {
	members, fits := found.(map[string]any)
	if !fits {
		r.expected("a mapping", found, pointer)
		return
	}
	fields := map[string]reflect.Value{}
	for index := range place.NumField() {
		name, _, _ := strings.Cut(place.Type().Field(index).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields[name] = place.Field(index)
		}
	}
	for _, name := range sorted(members) {
		field, known := fields[name]
		if !known {
			there := "there are: " + strings.Join(sorted(fields), ", ")
			if len(fields) == 1 {
				there = "the only one is `" + sorted(fields)[0] + "`"
			}
			r.issues = append(r.issues, Problem(pointer+"/"+escaped(name), "there is no such key; %s", there))
			continue
		}
		r.fill(field, members[name], pointer+"/"+escaped(name))
	}
}

func (r *reader) scalar(place reflect.Value, found any, pointer string) {
	switch place.Kind() {
	case reflect.String:
		if text, fits := found.(string); fits {
			place.SetString(text)
			return
		}
		r.expected("a string", found, pointer)
	case reflect.Bool:
		if truth, fits := found.(bool); fits {
			place.SetBool(truth)
			return
		}
		r.expected("a boolean", found, pointer)
	case reflect.Float32, reflect.Float64:
		if number, fits := found.(json.Number); fits {
			if value, err := number.Float64(); err == nil {
				place.SetFloat(value)
				return
			}
		}
		r.expected("a number", found, pointer)
	default:
		// Integers of all sizes; a type that is none of JSON's has no place in a configuration.
		if number, fits := found.(json.Number); fits {
			if json.Unmarshal([]byte(number), place.Addr().Interface()) == nil {
				return
			}
		}
		r.expected("an integer that fits", found, pointer)
	}
}

func sorted[T any](members map[string]T) []string {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// escaped is a name as a JSON pointer has it.
func escaped(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func kind(found any) string {
	switch found.(type) {
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case nil:
		return "null"
	default:
		return "a number"
	}
}
