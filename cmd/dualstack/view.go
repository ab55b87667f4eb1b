package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/dualstack-dev/webhook/manifest"
)

// view decodes what is at a JSON Pointer below the object. Names that stand
// twice are manifest's to find.
func view[V any](object manifest.Object, pointer string) (*V, error) {
	data, err := object.JSON(pointer)
	if err != nil {
		return nil, err
	}
	v := new(V)
	if err := json.Unmarshal(data, v, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, wrongType(object, pointer, err)
	}
	return v, nil
}

// wrongType says which field is of a type that Kubernetes does not know it by.
func wrongType(object manifest.Object, pointer string, err error) error {
	e, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return fmt.Errorf("line %d: %s: %w", object.Line, describe(object.Kind, object.Namespace, object.Name), err)
	}
	field := pointer + string(e.JSONPointer)
	return fmt.Errorf("line %d: %s: %s: %s, must be %s", object.LineAt(field),
		describe(object.Kind, object.Namespace, object.Name), field, jsonKind(e.JSONKind), goKind(e.GoType))
}

// describe names an object; one that has no name yet by its kind.
func describe(kind, namespace, name string) string {
	if namespace != "" {
		name = namespace + "/" + name
	}
	return strings.TrimSpace(kind + " " + name)
}

func jsonKind(kind jsontext.Kind) string {
	words := map[jsontext.Kind]string{
		'"': "a string", '0': "a number", 't': "a boolean", 'f': "a boolean", '[': "a list", '{': "an object",
	}
	if word, ok := words[kind]; ok {
		return word
	}
	return "a value of another type"
}

func goKind(t reflect.Type) string {
	if t == nil {
		return "of another type"
	}
	words := map[reflect.Kind]string{
		reflect.String: "a string", reflect.Bool: "a boolean", reflect.Slice: "a list",
	}
	if word, ok := words[t.Kind()]; ok {
		return word
	}
	return "an object"
}
