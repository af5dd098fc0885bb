package cloud

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"awswizard/internal/atomicfile"
)

// token is a cached sign-in in the form the AWS CLI and the SDKs use.
type token struct {
	StartURL              string    `json:"startUrl"`
	Region                string    `json:"region"`
	AccessToken           string    `json:"accessToken"`
	ExpiresAt             time.Time `json:"expiresAt"`
	ClientID              string    `json:"clientId"`
	ClientSecret          string    `json:"clientSecret"`
	RegistrationExpiresAt time.Time `json:"registrationExpiresAt"`
	RefreshToken          string    `json:"refreshToken,omitempty"`
}

// String keeps the secrets out of logs that print the whole value.
func (t token) String() string { return "sign-in for " + t.StartURL }

// GoString does the same for %#v.
func (t token) GoString() string { return t.String() }

// tokenPath is the file of a sign-in. The AWS CLI names it by the SHA-1 of the session's name in its config file; profiles
// in the old form, without a session, by that of the start URL.
func tokenPath(dir, key string) string {
	sum := sha1.Sum([]byte(key))
	return filepath.Join(dir, hex.EncodeToString(sum[:])+".json")
}

// readToken gives the cached sign-in, or none when there is no readable one.
func readToken(path string) (token, bool) {
	b, err := os.ReadFile(path)
	if err != nil {
		return token{}, false
	}
	var t token
	if err := json.Unmarshal(b, &t); err != nil || t.AccessToken == "" {
		return token{}, false
	}
	return t, true
}

// writeToken replaces the cached sign-in in one go; only the user can read it.
func writeToken(path string, t token) error {
	b, err := json.Marshal(t)
	if err != nil {
		return errors.New("the sign-in cannot be written as JSON")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keeping the sign-in: %w", err)
	}
	if err := atomicfile.Write(path, b, 0o600); err != nil {
		return fmt.Errorf("keeping the sign-in: %w", err)
	}
	return nil
}
