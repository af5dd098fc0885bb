package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
)

const (
	secretStart = "(secret "
	secretEnd   = ", filled in as it is sent)"
)

// Secret stands in a request for a secret of this name. It is all that a preview, a saved plan, the journal and an
// approval ever hold: the value is put in its place behind the gate, in a copy of the request that goes nowhere but to AWS.
func Secret(name string) string { return secretStart + name + secretEnd }

// SecretFact is the fact that tells a plan of a secret that was given in this run: its check. It is not known where none was.
func SecretFact(name string) string { return "secret." + name }

// SecretCheck is short enough to tell nothing of the secret, and long enough to see whether another one stands somewhere:
// 8 hex digits of a hash. It is for secrets nobody can guess, such as the address of a webhook.
func SecretCheck(name, value string) string {
	sum := sha256.Sum256([]byte("wizard\x00" + name + "\x00" + value))
	return hex.EncodeToString(sum[:4])
}

// SecretIn reports the first secret that a built input waits for.
func SecretIn(input any) (name string, found bool) { return findIn(reflect.ValueOf(input), secretIn) }

func secretIn(s string) (name string, found bool) {
	_, rest, ok := strings.Cut(s, secretStart)
	if !ok {
		return "", false
	}
	name, _, found = strings.Cut(rest, secretEnd)
	return name, found
}

// Revealed is a copy of an input (a pointer to a struct) with the values of its secrets in place; the input stays as it is.
// Secrets may stand in text members of the request itself.
func Revealed(input any, value func(name string) (string, bool)) (any, error) {
	from := reflect.ValueOf(input).Elem()
	out := reflect.New(from.Type())
	out.Elem().Set(from)
	for i := range from.NumField() {
		if !from.Type().Field(i).IsExported() {
			continue
		}
		text, ok := from.Field(i).Interface().(*string)
		if !ok || text == nil {
			continue
		}
		name, found := secretIn(*text)
		if !found {
			continue
		}
		secret, given := value(name)
		if !given {
			return nil, fmt.Errorf("the secret %s was not given", name)
		}
		filled := strings.ReplaceAll(*text, Secret(name), secret)
		out.Elem().Field(i).Set(reflect.ValueOf(&filled))
	}
	if name, left := SecretIn(out.Interface()); left {
		return nil, fmt.Errorf("the secret %s stands where none can be filled in", name)
	}
	return out.Interface(), nil
}
