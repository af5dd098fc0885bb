package run

import (
	"reflect"

	"github.com/aws/smithy-go/middleware"
)

// metadata finds the ResultMetadata field every SDK output struct has.
func metadata(out any) (middleware.Metadata, bool) {
	v := reflect.ValueOf(out)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return middleware.Metadata{}, false
	}
	m, ok := v.Elem().FieldByName("ResultMetadata").Interface().(middleware.Metadata)
	return m, ok
}
