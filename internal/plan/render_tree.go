package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"awswizard/internal/order"
)

// treeMaker turns SDK values into what encoding/json writes as the AWS CLI's JSON: objects, []any, strings, numbers,
// booleans, and blob and stream for bytes.
type treeMaker struct {
	lower bool // member names begin with a small letter
	body  bodyStyle
}

// blob is a binary member; as JSON it is base64, as AWS CLI version 2 reads it.
type blob []byte

// stream is a body that is sent from a reader, e.g. S3 PutObject's. Its text is what stands for it in JSON.
type stream string

// bodyStyle says how a streamed body is written.
type bodyStyle func([]byte) stream

// bodyShown is the size in bytes up to which a body is shown as text.
const bodyShown = 1024

// bodyAsText shows a body to a person.
func bodyAsText(b []byte) stream {
	if len(b) > bodyShown || !isText(b) {
		return stream(fmt.Sprintf("(%d bytes, %s)", len(b), bodyAsHash(b)))
	}
	return stream(b)
}

// bodyAsHash stands for a body of any size.
func bodyAsHash(b []byte) stream {
	sum := sha256.Sum256(b)
	return stream("sha256:" + hex.EncodeToString(sum[:]))
}

func isText(b []byte) bool {
	return utf8.Valid(b) && !strings.ContainsFunc(string(b), func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r'
	})
}

// members makes an object of a struct's exported fields.
func (t treeMaker) members(v reflect.Value) (object, error) {
	out := object{}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || field.Name == "ResultMetadata" {
			continue
		}
		value, set, err := t.value(v.Field(i))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field.Name, err)
		}
		if set {
			out = append(out, member{t.name(field.Name), value})
		}
	}
	return out, nil
}

func (t treeMaker) name(s string) string {
	if t.lower {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// value makes a tree of v and says whether v is set, as the SDK's serializers see it: nil is not; neither is the
// zero of a scalar that is no pointer. A pointer to "" and an empty, non-nil list are sent, so they are shown.
func (t treeMaker) value(v reflect.Value) (tree any, set bool, err error) {
	if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, false, nil
		}
		if tree, ok, err := t.special(v.Interface()); ok || err != nil {
			return tree, true, err
		}
		if v.Kind() == reflect.Interface {
			tree, err = t.union(v)
			return tree, true, err
		}
		tree, _, err = t.value(v.Elem())
		return tree, true, err
	}
	switch v.Kind() {
	case reflect.Struct:
		if when, ok := v.Interface().(time.Time); ok {
			return when.UTC().Format(time.RFC3339Nano), true, nil
		}
		tree, err = t.members(v)
		return tree, true, err
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			if len(v.Bytes()) > bodyShown {
				return t.body(v.Bytes()), true, nil // nobody reads pages of base64
			}
			return blob(v.Bytes()), !v.IsNil(), nil
		}
		list := make([]any, v.Len())
		for i := range list {
			if list[i], _, err = t.value(v.Index(i)); err != nil {
				return nil, true, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return list, !v.IsNil(), nil
	case reflect.Map:
		tree, err = t.entries(v)
		return tree, !v.IsNil(), err
	case reflect.String:
		return v.String(), v.String() != "", nil
	case reflect.Bool, reflect.Int, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return v.Interface(), !v.IsZero(), nil
	}
	return nil, false, fmt.Errorf("cannot show a %v", v.Type())
}

func (t treeMaker) entries(v reflect.Value) (object, error) {
	out := object{}
	for _, key := range v.MapKeys() {
		value, _, err := t.value(v.MapIndex(key))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key.String(), err)
		}
		out = append(out, member{key.String(), value})
	}
	order.By(out, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return out, nil
}

// special handles the values that are more than their fields: documents (free-form JSON) and streamed bodies.
func (t treeMaker) special(x any) (tree any, ok bool, err error) {
	if text, ok, err := documentText(x); ok || err != nil {
		return json.RawMessage(text), true, err
	}
	if r, ok := x.(io.Reader); ok {
		b, err := peek(r)
		if err != nil {
			return nil, true, err
		}
		return t.body(b), true, nil
	}
	return nil, false, nil
}

// documentText is the JSON of a smithy document.
func documentText(x any) ([]byte, bool, error) {
	d, ok := x.(interface{ MarshalSmithyDocument() ([]byte, error) })
	if !ok {
		return nil, false, nil
	}
	text, err := d.MarshalSmithyDocument()
	return text, true, err
}

// errNotSeekable is a body that could be read only once, so that what was shown could not also be sent.
var errNotSeekable = errors.New("the body cannot be rewound: use a reader with Seek")

// peek reads what is left in a body and puts it back as it was: the same input is sent afterwards.
func peek(r io.Reader) ([]byte, error) {
	s, ok := r.(io.Seeker)
	if !ok {
		return nil, errNotSeekable
	}
	at, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	b, err := io.ReadAll(r)
	if _, back := s.Seek(at, io.SeekStart); err == nil {
		err = back
	}
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	return b, nil
}

// union makes {"UserId": "…"} of a union's member type, e.g. *types.MemberIdMemberUserId in a types.MemberId: the
// SDK names the type after the interface, the word Member and the API's member.
func (t treeMaker) union(v reflect.Value) (any, error) {
	concrete := v.Elem()
	for concrete.Kind() == reflect.Pointer {
		concrete = concrete.Elem()
	}
	name, ok := strings.CutPrefix(concrete.Type().Name(), v.Type().Name()+"Member")
	if !ok || concrete.Kind() != reflect.Struct {
		tree, _, err := t.value(concrete)
		return tree, err
	}
	field := concrete.FieldByName("Value")
	if !field.IsValid() {
		return nil, fmt.Errorf("cannot show a %v", concrete.Type())
	}
	value, _, err := t.value(field)
	return object{{t.name(name), value}}, err
}
