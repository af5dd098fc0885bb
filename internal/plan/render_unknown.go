package plan

import (
	"io"
	"reflect"
)

// UnknownIn reports the first fact that a built input still waits for: a placeholder in any string of it, at any
// depth, in keys of maps, documents and bodies too. The executor refuses to send such an input.
func UnknownIn(input any) (key string, found bool) {
	return unknownIn(reflect.ValueOf(input))
}

func unknownIn(v reflect.Value) (string, bool) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return "", false
		}
		if v.CanInterface() {
			if key, found := unknownInside(v.Interface()); found {
				return key, true
			}
		}
		return unknownIn(v.Elem())
	case reflect.String:
		return Unknown(v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if key, found := unknownIn(v.Field(i)); found {
				return key, true
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return Unknown(string(v.Bytes()))
		}
		for i := range v.Len() {
			if key, found := unknownIn(v.Index(i)); found {
				return key, true
			}
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if key, found := unknownIn(entries.Key()); found {
				return key, true
			}
			if key, found := unknownIn(entries.Value()); found {
				return key, true
			}
		}
	}
	return "", false
}

// unknownInside looks into documents and bodies, which hide their text from reflection. What cannot be read is left
// to the fingerprint, which fails on it.
func unknownInside(x any) (string, bool) {
	if text, ok, err := documentText(x); ok && err == nil {
		return Unknown(string(text))
	}
	if r, ok := x.(io.Reader); ok {
		if b, err := peek(r); err == nil {
			return Unknown(string(b))
		}
	}
	return "", false
}
