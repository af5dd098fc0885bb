package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// statements is a policy document's Statement: one or a list.
type statements[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (s *statements[T]) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		var list []T
		err := json.Unmarshal(b, &list)
		*s = list
		return err
	}
	var one T
	err := json.Unmarshal(b, &one)
	*s = statements[T]{one}
	return err
}

// words is a string or a list of strings, as policy documents have them. JSON's true and false count as words, too.
type words []string

// UnmarshalJSON implements json.Unmarshaler.
func (w *words) UnmarshalJSON(b []byte) error {
	var all statements[any]
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	*w = nil
	for _, v := range all {
		switch v.(type) {
		case string, bool, float64:
			*w = append(*w, fmt.Sprint(v))
		default:
			return errors.New("not a string")
		}
	}
	return nil
}

// policyDocument is a service control policy.
type policyDocument struct {
	Version   string
	Id        string
	Statement statements[statement]
}

type statement struct {
	Sid                   string
	Effect                string
	Action, NotAction     words
	Resource, NotResource words
	Condition             map[string]map[string]words
	Principal             json.RawMessage
	NotPrincipal          json.RawMessage
}

// document reads a service control policy that was accepted, once.
func (w *World) document(content string) (*policyDocument, error) {
	if d, ok := w.documents[content]; ok {
		return d, nil
	}
	d, err := parseDocument(content)
	if err != nil {
		return nil, err
	}
	if w.documents == nil {
		w.documents = map[string]*policyDocument{}
	}
	w.documents[content] = d
	return d, nil
}

// parseDocument reads a service control policy and checks its grammar (SCP syntax).
func parseDocument(content string) (*policyDocument, error) {
	dec := json.NewDecoder(strings.NewReader(content))
	dec.DisallowUnknownFields()
	var d policyDocument
	if err := dec.Decode(&d); err != nil {
		return nil, errors.New("the document is not valid JSON of a policy")
	}
	if len(d.Statement) == 0 {
		return nil, errors.New("a Statement is missing")
	}
	for _, st := range d.Statement {
		switch {
		case st.Effect != "Allow" && st.Effect != "Deny":
			return nil, errors.New("the Effect must be Allow or Deny")
		case st.Principal != nil || st.NotPrincipal != nil:
			return nil, errors.New("a Principal is not allowed in a service control policy")
		case (len(st.Action) == 0) == (len(st.NotAction) == 0):
			return nil, errors.New("one of Action and NotAction is needed")
		case (len(st.Resource) == 0) == (len(st.NotResource) == 0):
			return nil, errors.New("one of Resource and NotResource is needed")
		}
		for _, a := range append(append(words{}, st.Action...), st.NotAction...) {
			if service, _, ok := strings.Cut(a, ":"); a != "*" && (!ok || service == "" || strings.ContainsAny(service, "*?")) {
				return nil, fmt.Errorf("the action %q is not valid", a)
			}
		}
		for operator := range st.Condition {
			if _, ok := operators[baseOperator(operator)]; !ok {
				return nil, fmt.Errorf("the condition operator %q is not known", operator)
			}
		}
	}
	return &d, nil
}

// checkGrammar checks a policy's content for its type.
func checkGrammar(policyType, content string) error {
	if policyType == scp {
		_, err := parseDocument(content)
		return err
	}
	var any map[string]json.RawMessage
	if json.Unmarshal([]byte(content), &any) != nil || len(any) == 0 {
		return errors.New("the document is not a JSON object")
	}
	return nil
}
