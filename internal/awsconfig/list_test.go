package awsconfig

import (
	"os"
	"path/filepath"
	"testing"
)

func TestListSaysWhatEachProfileIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := Files{Config: filepath.Join(dir, "config"), Credentials: filepath.Join(dir, "credentials")}
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := List(files); len(got) != 0 {
		t.Errorf("without files: %v", got)
	}
	write(files.Config, `[default]
login_session = arn:aws:iam::123456789012:root
[profile acme-admin]
sso_session = acme
sso_account_id = 111122223333
sso_role_name = AdministratorAccess
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
[profile "two words"]
role_arn = arn:aws:iam::444455556666:role/team/Deploy
source_profile = default
[profile broker]
credential_process = /opt/broker
# login_session = arn:aws:iam::999999999999:root
[profile empty]
region = eu-west-1
= nothing
s3 =
  aws_access_key_id = nested, and no key
[profile both]
credential_process = /opt/broker
`)
	write(files.Credentials, `[both]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
[only-here]
AWS_ACCESS_KEY_ID = AKIAIOSFODNN7EXAMPLE
`)
	want := []Listed{
		{"default", "aws login in account 123456789012"},
		{"acme-admin", "AdministratorAccess in account 111122223333, through a login page"},
		{"two words", "the role Deploy in account 444455556666"},
		{"broker", "a program on this computer signs in"},
		{"empty", ""},
		{"both", "an access key kept on this computer"},
		{"only-here", "an access key kept on this computer"},
	}
	got := List(files)
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: got %q, want %q", i, got[i], want[i])
		}
	}
}
