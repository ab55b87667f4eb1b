package sidecar

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// An Error is one about a key of a profile.
type Error struct {
	// Line is where the key stands, from 1 on.
	Line int
	// Key is its whole name: settings[0].grammar.
	Key string
	Err error
}

func (e *Error) Error() string { return fmt.Sprintf("%d: %s: %s", e.Line, e.Key, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// decoder reads a document strictly, and remembers where its keys stand.
type decoder struct {
	lines map[string]int
}

// decode sets target, a pointer, from node. A key that target has no field for,
// and one that stands twice, is an error.
func (d *decoder) decode(node *yaml.Node, target reflect.Value, key string) error {
	d.lines[key] = node.Line
	if text, ok := reflect.TypeAssert[encoding.TextUnmarshaler](target); ok {
		word, err := scalar(node)
		if err == nil {
			err = text.UnmarshalText([]byte(word))
		}
		return d.fail(key, err)
	}
	switch value := target.Elem(); value.Kind() {
	case reflect.Struct:
		return d.decodeStruct(node, value, key)
	case reflect.Slice:
		return d.decodeList(node, value, key)
	case reflect.Map:
		return d.decodeMap(node, value, key)
	default:
		return d.fail(key, decodeScalar(node, value))
	}
}

func (d *decoder) decodeStruct(node *yaml.Node, value reflect.Value, key string) error {
	fields := fieldsOf(value)
	return d.eachPair(node, key, func(name, child string, node *yaml.Node) error {
		field, ok := fields[name]
		if !ok {
			return d.fail(child, errors.New("unknown key"))
		}
		return d.decode(node, field.Addr(), child)
	})
}

// fieldsOf returns the fields of a struct, and of those that are embedded in it, by
// their keys.
func fieldsOf(value reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if name := field.Tag.Get("json"); name != "" {
			fields[name] = value.Field(i)
		}
		if field.Anonymous {
			maps.Copy(fields, fieldsOf(value.Field(i)))
		}
	}
	return fields
}

func (d *decoder) decodeList(node *yaml.Node, value reflect.Value, key string) error {
	if node.Kind != yaml.SequenceNode {
		return d.fail(key, errors.New("not a list"))
	}
	value.Set(reflect.MakeSlice(value.Type(), len(node.Content), len(node.Content)))
	for i, item := range node.Content {
		if err := d.decode(item, value.Index(i).Addr(), fmt.Sprintf("%s[%d]", key, i)); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) decodeMap(node *yaml.Node, value reflect.Value, key string) error {
	value.Set(reflect.MakeMap(value.Type()))
	return d.eachPair(node, key, func(name, child string, node *yaml.Node) error {
		item := reflect.New(value.Type().Elem())
		if err := d.decode(node, item, child); err != nil {
			return err
		}
		value.SetMapIndex(reflect.ValueOf(name), item.Elem())
		return nil
	})
}

// eachPair calls do for each pair of a mapping.
func (d *decoder) eachPair(node *yaml.Node, key string, do func(name, child string, node *yaml.Node) error) error {
	if node.Kind != yaml.MappingNode {
		return d.fail(key, errors.New("not a mapping"))
	}
	for i := 0; i < len(node.Content); i += 2 {
		name := node.Content[i].Value
		child := strings.TrimPrefix(key+"."+name, ".")
		_, twice := d.lines[child]
		d.lines[child] = node.Content[i].Line
		if twice {
			return d.fail(child, errors.New("stands twice"))
		}
		if err := do(name, child, node.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// decodeScalar sets a field of a basic type. Numbers and booleans are no texts:
// YAML reads them, and where a text is wanted they need quotes.
func decodeScalar(node *yaml.Node, value reflect.Value) error {
	word, err := scalar(node)
	if err != nil {
		return err
	}
	switch value.Kind() {
	case reflect.String:
		if node.Tag != "!!str" {
			return fmt.Errorf("not a text: write %q", word)
		}
		value.SetString(word)
	case reflect.Bool:
		on, err := strconv.ParseBool(word)
		if err != nil || node.Tag != "!!bool" {
			return fmt.Errorf("%q is not true or false", word)
		}
		value.SetBool(on)
	default:
		number, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", word)
		}
		value.SetInt(number)
	}
	return nil
}

func scalar(node *yaml.Node) (string, error) {
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		return "", errors.New("not a value")
	}
	return node.Value, nil
}

// fail returns err with the place of the key, or of the nearest key around it that
// is there; nil if there is no error.
func (d *decoder) fail(key string, err error) error {
	if err == nil {
		return nil
	}
	around := key
	for around != "" && d.lines[around] == 0 {
		around = around[:max(0, strings.LastIndexAny(around, ".["))]
	}
	return &Error{Line: max(1, d.lines[around]), Key: strings.TrimPrefix(key, "."), Err: err}
}
