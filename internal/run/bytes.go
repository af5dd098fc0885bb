package run

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

func sha(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// canonical writes JSON so that equal values are equal bytes: sorted keys, no spaces, numbers as they stood.
func canonical(b []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
