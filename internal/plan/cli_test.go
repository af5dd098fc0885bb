package plan

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestKebab(t *testing.T) {
	for name, want := range map[string]string{
		"CreateAccount": "create-account", "DeleteVpc": "delete-vpc", "TargetARNs": "target-arns", "VPCIds": "vpc-ids",
		"S3BucketName": "s3-bucket-name", "SSEKMSKeyId": "ssekms-key-id", "IamUserAccessToBilling": "iam-user-access-to-billing",
		"ListObjectsV2": "list-objects-v2", "EnableAWSServiceAccess": "enable-aws-service-access", "ACL": "acl", "GrantReadACP": "grant-read-acp",
		"Ipv6CidrBlock": "ipv6-cidr-block", "ID": "id", "ContentMD5": "content-md5",
	} {
		if got := kebab(name); got != want {
			t.Errorf("kebab(%s) = %s, want %s", name, got, want)
		}
	}
}

func TestCLIFlag(t *testing.T) {
	for _, c := range []struct {
		service string
		m       member
		want    string
	}{
		{"iam", member{"Path", "/"}, "--path /"},
		{"iam", member{"Description", "--x"}, "--description=--x"},
		{"iam", member{"Description", ""}, "--description ''"},
		{"ec2", member{"Egress", false}, "--ingress"},
		{"ec2", member{"DryRun", false}, "--no-dry-run"},
		{"lambda", member{"ZipFile", blob("PK\x03")}, "--zip-file UEsD"},
		{"ec2", member{"VpcIds", []any{"vpc-1", "vpc-2"}}, "--vpc-ids vpc-1 vpc-2"},
		{"ec2", member{"VpcIds", []any{"vpc-1", "-x"}}, `--vpc-ids '["vpc-1","-x"]'`},
		{"ec2", member{"VpcIds", []any{}}, "--vpc-ids '[]'"},
		{"s3", member{"Rules", object{{"A", object{}}, {"B", 1.5}}}, `--rules '{"A":{},"B":1.5}'`},
		{"iam", member{"Max", int32(3)}, "--max 3"},
	} {
		if got := strings.Join(cliFlag(c.service, c.m, nil), " "); got != c.want {
			t.Errorf("%s %v: got %s, want %s", c.service, c.m, got, c.want)
		}
	}
}

func TestServicesWhoseMembersBeginSmall(t *testing.T) {
	type input struct{ AnalyzerName *string }
	name := "outside-access"
	for service, want := range map[string]string{"accessanalyzer": `{"analyzerName":"outside-access"}`, "iam": `{"AnalyzerName":"outside-access"}`} {
		tree, err := requestTree(service, &input{&name}, bodyAsText)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := marshal(tree); string(got) != want {
			t.Errorf("%s: got %s, want %s", service, got, want)
		}
	}
}

func FuzzShellQuote(f *testing.F) {
	for _, s := range []string{"", "plain", "two words", "it's", "''", `back\slash`, "$HOME `ls` \"x\"", "line\nline", "(known after a)", "*?[~#!&|;<>", "'\\''"} {
		f.Add(s, "next")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		words, err := posixWords(shellQuote(a) + " " + shellQuote(b))
		if err != nil || len(words) != 2 || words[0] != a || words[1] != b {
			t.Errorf("%q and %q read back as %q (%v)", a, b, words, err)
		}
	})
}

// FuzzCLIFlag: whatever a value is, a shell reads a flag and the value, and the CLI reads the flag as that flag.
func FuzzCLIFlag(f *testing.F) {
	for _, s := range []string{"", "-", "--x", "-1", "plain", "two words", "it's", "$HOME `ls`", "line\nline", "[1]", "{}", `"`, `\"`, "é\u2028", "a=b", "~", "#", "=", "'"} {
		f.Add(s, "next")
		f.Add("vpc-1", s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return // the SDK would not send it
		}
		read := func(value any) []string {
			line := strings.Join(cliFlag("iam", member{"RoleName", value}, nil), " ")
			words, err := posixWords(line)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			if flag, rest, joined := strings.Cut(words[0], "="); joined {
				words = append([]string{flag, rest}, words[1:]...)
			} else if len(words) < 2 || strings.HasPrefix(words[1], "-") {
				t.Fatalf("%q has no value the CLI would read", line)
			}
			if words[0] != "--role-name" {
				t.Fatalf("%q begins with another flag", line)
			}
			return words[1:]
		}
		if got := read(a); len(got) != 1 || got[0] != a {
			t.Fatalf("%q became %q", a, got)
		}
		list := read([]any{a, b})
		if len(list) == 1 {
			var back []string
			if err := json.Unmarshal([]byte(list[0]), &back); err != nil {
				t.Fatalf("%q: %v", list, err)
			}
			list = back
		}
		if len(list) != 2 || list[0] != a || list[1] != b {
			t.Fatalf("%q and %q became %q", a, b, list)
		}
		var back map[string]string
		if got := read(object{{"Key", a}, {"Value", b}}); len(got) != 1 || json.Unmarshal([]byte(got[0]), &back) != nil || back["Key"] != a || back["Value"] != b {
			t.Fatalf("%q and %q became %q", a, b, got)
		}
	})
}

// posixWords splits a line as a POSIX shell does, and refuses whatever a shell would expand.
func posixWords(line string) (words []string, err error) {
	var word []byte
	inWord := false
	for i := 0; i < len(line); i++ {
		switch ch := line[i]; {
		case ch == '\'':
			end := strings.IndexByte(line[i+1:], '\'')
			if end < 0 {
				return nil, fmt.Errorf("quote not closed")
			}
			word = append(word, line[i+1:i+1+end]...)
			i, inWord = i+1+end, true
		case ch == '\\' && i+1 < len(line):
			i++
			word, inWord = append(word, line[i]), true
		case ch == ' ':
			if inWord {
				words = append(words, string(word))
			}
			word, inWord = nil, false
		case strings.IndexByte("\n\t$`\"&|;<>()*?[]{}~#!\\", ch) >= 0:
			return nil, fmt.Errorf("%q would be read by the shell", ch)
		default:
			word, inWord = append(word, ch), true
		}
	}
	if inWord {
		words = append(words, string(word))
	}
	return words, nil
}
