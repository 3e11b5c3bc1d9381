package ownapi

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// schema is a JSON Schema of draft 2020-12, which is what OpenAPI 3.1 has.
type schema map[string]any

// refined is a type whose schema says more than its fields tell.
type refined interface{ refine(schema) }

// schemas makes schemas of Go types as encoding/json writes them. Structs become components.
//
// Of a field the tags tell the rest: about (its description), format, enum (the texts that it
// may be, with | between them), min and max.
type schemas struct {
	components map[string]schema
	types      map[string]reflect.Type // of the components
	clashes    []string                // names that two types would have
}

func newSchemas() *schemas {
	return &schemas{components: map[string]schema{}, types: map[string]reflect.Type{}}
}

var (
	rawJSON  = reflect.TypeFor[json.RawMessage]()
	instants = reflect.TypeFor[time.Time]()
)

// of is the schema of a type. What encoding/json takes, and this does not know, is anything.
func (s *schemas) of(t reflect.Type) schema {
	made := schema{}
	switch {
	case t == rawJSON:
	case t == instants:
		made["type"], made["format"] = "string", "date-time"
	case t.Kind() == reflect.Pointer:
		return orNull(s.of(t.Elem()))
	case t.Kind() == reflect.Struct:
		return s.component(t)
	case t.Kind() == reflect.Slice:
		made["type"], made["items"] = "array", s.of(t.Elem())
	case t.Kind() == reflect.Map:
		made["type"], made["additionalProperties"] = "object", s.of(t.Elem())
	case t.Kind() == reflect.String:
		made["type"] = "string"
	case t.Kind() == reflect.Bool:
		made["type"] = "boolean"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		made["type"] = "integer"
	}
	refine(t, made)
	return made
}

func refine(t reflect.Type, made schema) {
	if r, ok := reflect.Zero(t).Interface().(refined); ok {
		r.refine(made)
	}
}

// orNull is a schema that null follows too.
func orNull(s schema) schema {
	kind, ok := s["type"].(string)
	if !ok {
		return schema{"anyOf": []schema{s, {"type": "null"}}}
	}
	s["type"] = []string{kind, "null"}
	return s
}

// component refers to the schema of a struct, which is made once.
func (s *schemas) component(t reflect.Type) schema {
	name := componentName(t)
	if other, made := s.types[name]; made && other != t {
		s.clashes = append(s.clashes, fmt.Sprintf("%s and %s", t, other))
	}
	if _, made := s.components[name]; !made {
		s.components[name] = nil // so that one that has itself inside ends
		s.types[name] = t
		s.components[name] = s.object(t)
	}
	return schema{"$ref": "#/components/schemas/" + name}
}

// componentName is a type's name as others see it: of entitlementShown, Entitlement.
func componentName(t reflect.Type) string {
	name := strings.TrimSuffix(t.Name(), "Shown")
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}

func (s *schemas) object(t reflect.Type) schema {
	f := fields{properties: map[string]schema{}, required: []string{}}
	s.addFields(&f, t, true)
	made := schema{"type": "object", "properties": f.properties, "required": f.required}
	refine(t, made)
	return made
}

// fields are those of an object.
type fields struct {
	properties map[string]schema
	required   []string
}

// addFields takes in a struct's fields, and those of what is embedded. Where that is a
// pointer, its fields may all be missing.
func (s *schemas) addFields(f *fields, t reflect.Type, always bool) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Pointer:
			s.addFields(f, field.Type.Elem(), false)
			continue
		case field.Anonymous && name == "":
			s.addFields(f, field.Type, always)
			continue
		case !field.IsExported() || name == "-":
			continue
		case name == "":
			name = field.Name
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		if always && !optional {
			f.required = append(f.required, name)
		}
		f.properties[name] = s.field(field)
	}
}

// field is the schema of a field, with what its tags say.
func (s *schemas) field(field reflect.StructField) schema {
	made := s.of(field.Type)
	if about := field.Tag.Get("about"); about != "" {
		made["description"] = about
	}
	if format := field.Tag.Get("format"); format != "" {
		made["format"] = format
	}
	if words := field.Tag.Get("enum"); words != "" {
		made["enum"] = enum(words, field.Type.Kind() == reflect.Pointer)
	}
	for tag, keyword := range map[string]string{"min": "minimum", "max": "maximum"} {
		if bound, err := strconv.Atoi(field.Tag.Get(tag)); err == nil {
			made[keyword] = bound
		}
	}
	return made
}

func enum(words string, orNull bool) []any {
	var values []any
	for word := range strings.SplitSeq(words, "|") {
		values = append(values, word)
	}
	if orNull {
		values = append(values, nil)
	}
	return values
}
