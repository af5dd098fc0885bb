package plan

import (
	"io"
	"reflect"
)

// UnknownIn reports the first fact that a built input still waits for: a placeholder in any string of it, at any
// depth, in keys of maps, documents and bodies too. The executor refuses to send such an input.
func UnknownIn(input any) (key string, found bool) {
	return findIn(reflect.ValueOf(input), Unknown)
}

// inText looks for something in a text.
type inText func(string) (key string, found bool)

// findIn looks in every string of a value.
func findIn(v reflect.Value, find inText) (string, bool) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return "", false
		}
		if v.CanInterface() {
			if key, found := findInside(v.Interface(), find); found {
				return key, true
			}
		}
		return findIn(v.Elem(), find)
	case reflect.String:
		return find(v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if key, found := findIn(v.Field(i), find); found {
				return key, true
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return find(string(v.Bytes()))
		}
		for i := range v.Len() {
			if key, found := findIn(v.Index(i), find); found {
				return key, true
			}
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if key, found := findIn(entries.Key(), find); found {
				return key, true
			}
			if key, found := findIn(entries.Value(), find); found {
				return key, true
			}
		}
	}
	return "", false
}

// findInside looks into documents and bodies, which hide their text from reflection. What cannot be read is left
// to the fingerprint, which fails on it.
func findInside(x any, find inText) (string, bool) {
	if text, ok, err := documentText(x); ok && err == nil {
		return find(string(text))
	}
	if r, ok := x.(io.Reader); ok {
		if b, err := peek(r); err == nil {
			return find(string(b))
		}
	}
	return "", false
}
