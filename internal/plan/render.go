package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// RequestJSON is the call's request as the AWS CLI writes it: the API's member names, two spaces of indent, what is
// not set left out. It is the whole request, but for a body of more than bodyShown bytes, which is named by its size
// and hash. A policy document that the API takes as a string stays a string.
func RequestJSON(c *Call, f Facts) ([]byte, error) {
	tree, err := requestTree(c.Request.Service, c.Request.Build(f), bodyAsText)
	if err != nil {
		return nil, fmt.Errorf("show the request %s:%s: %w", c.Request.Service, c.Request.Operation, err)
	}
	line, err := marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("show the request %s:%s: %w", c.Request.Service, c.Request.Operation, err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, line, "", "  "); err != nil {
		return nil, fmt.Errorf("show the request %s:%s: %w", c.Request.Service, c.Request.Operation, err)
	}
	return out.Bytes(), nil
}

// requestTree turns an operation's input into an object of its members.
func requestTree(service string, input any, body bodyStyle) (object, error) {
	v := reflect.ValueOf(input)
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, fmt.Errorf("the input %T is nil", input)
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil, fmt.Errorf("the input %T is not a struct", input)
	}
	return treeMaker{lower: lowerCaseMembers[service], body: body}.members(v)
}

// lowerCaseMembers are the services (by the SDK's package name) whose API members begin with a small letter, unlike
// the Go fields. For all others the two names are the same (compared with botocore's models, 13 542 members).
var lowerCaseMembers = map[string]bool{"accessanalyzer": true, "support": true}

// object is a JSON object that keeps the order of its members: the order of the SDK's fields, which has the
// required ones first.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// marshal is json.Marshal without the escapes meant for web pages: a person reads "<" better than "\u003c".
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
