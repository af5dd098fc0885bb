package answers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"awswizard/internal/atomicfile"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// maxFile is far above any honest wizard.yaml; a larger file is a mistake in the path.
const maxFile = 1 << 20

// FileError is a wizard.yaml that cannot be understood.
type FileError struct {
	Path string
	Line int // counted from 1; 0 when unknown
	What string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.What
	}
	return fmt.Sprintf("%s, line %d: %s", e.Path, e.Line, e.What)
}

// Load reads wizard.yaml. A file that is not there gives zero Answers and an error that is fs.ErrNotExist; a file
// that cannot be understood gives a *FileError. What it says is not judged: see Validate.
func Load(path string) (Answers, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return Answers{}, &FileError{Path: path, What: "this is a folder, and the answers are a file"}
	}
	file, err := os.Open(path)
	if err != nil {
		return Answers{}, fmt.Errorf("read the answers: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return Answers{}, fmt.Errorf("read the answers: %w", err)
	}
	return decode(path, data)
}

func decode(path string, data []byte) (a Answers, err error) {
	if len(data) > maxFile {
		return Answers{}, &FileError{Path: path, What: "the file is larger than 1 MiB; is this the right file?"}
	}
	// The parser was written for well-meant files and can panic on others.
	defer func() {
		if recover() != nil {
			a, err = Answers{}, &FileError{Path: path, What: "this is not YAML the program can read"}
		}
	}()
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors of Windows begin a file with it
	decoder := yaml.NewDecoder(bytes.NewReader(data), yaml.DisallowUnknownField())
	if err := decoder.Decode(&a); err != nil && !errors.Is(err, io.EOF) {
		return Answers{}, fileError(path, err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return Answers{}, &FileError{Path: path, What: "the file holds more than one document; remove the lines from the second --- on"}
	}
	if line := fractionalHours(data); line > 0 {
		return Answers{}, &FileError{Path: path, Line: line, What: "session_hours must be a whole number"}
	}
	return a.tidy(), nil
}

// fractionalHours is the line of session_hours when it is a fraction, which the YAML library would cut to a whole
// number without a word; 0 when it is not.
func fractionalHours(data []byte) int {
	field, err := yaml.PathString("$.session_hours")
	if err != nil {
		return 0
	}
	node, err := field.ReadNode(bytes.NewReader(data))
	if err != nil {
		return 0 // not in the file
	}
	if _, ok := node.(*ast.FloatNode); !ok {
		return 0
	}
	return node.GetToken().Position.Line
}

func fileError(path string, err error) *FileError {
	e := &FileError{Path: path, What: strings.TrimSpace(err.Error())}
	var positioned yaml.Error
	if errors.As(err, &positioned) {
		e.What = plainly(positioned.GetMessage())
		if token := positioned.GetToken(); token != nil && token.Position != nil {
			e.Line = token.Position.Line
		}
	}
	var unknown *yaml.UnknownFieldError
	var syntax *yaml.SyntaxError
	var mismatch *yaml.TypeError
	var shape *yaml.UnexpectedNodeTypeError
	switch {
	case errors.As(err, &unknown) && unknown.Token != nil:
		e.What = fmt.Sprintf("%q is not a field of this file; check its spelling and indentation", unknown.Token.Value)
	case errors.As(err, &syntax) && syntax.Token != nil && strings.Contains(syntax.Message, "already defined"):
		e.What = fmt.Sprintf("%q is here twice; remove one of the two", syntax.Token.Value)
	case errors.As(err, &mismatch):
		e.What = "this must be " + kind(mismatch.DstType)
		if name := yamlName(mismatch.StructFieldName, mismatch.DstType); name != "" {
			e.What = name + " must be " + kind(mismatch.DstType)
		}
	case errors.As(err, &shape) && shape.Expected == ast.SequenceType:
		e.What = "this must be a list, like [a, b]"
	case errors.As(err, &shape) && shape.Expected == ast.MappingType:
		e.What = "this must be fields with values, like name: value"
	}
	return e
}

// yamlName gives the name in the file of a Go field like "Answers.SessionHours"; "" when no field of ours has that
// name and type, as when the library names the field around the one that is wrong.
func yamlName(goName *string, wanted reflect.Type) string {
	if goName == nil {
		return ""
	}
	name := (*goName)[strings.LastIndexByte(*goName, '.')+1:]
	for _, t := range []reflect.Type{reflect.TypeFor[Answers](), reflect.TypeFor[Account](), reflect.TypeFor[Person](), reflect.TypeFor[Alerts](), reflect.TypeFor[Trail](), reflect.TypeFor[Budget](),
		reflect.TypeFor[Contacts](), reflect.TypeFor[Contact](), reflect.TypeFor[VPC]()} {
		if field, ok := t.FieldByName(name); ok && field.Type == wanted {
			tag, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			return tag
		}
	}
	return ""
}

// kind names a Go type in words of somebody who writes YAML.
func kind(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	}
	return "fields with values, like name: value"
}

// UnmarshalYAML takes a plain name as well as {name, email, unit}.
func (a *Account) UnmarshalYAML(node ast.Node) error {
	if _, ok := node.(ast.ScalarNode); ok {
		return yaml.NodeToValue(node, &a.Name)
	}
	type fields Account // without this method
	return yaml.NodeToValue(node, (*fields)(a), yaml.DisallowUnknownField())
}

// MarshalYAML writes an account that is nothing but a name as that name.
func (a Account) MarshalYAML() (any, error) {
	type fields Account
	if a == (Account{Name: a.Name}) {
		return a.Name, nil
	}
	return fields(a), nil
}

// tidy makes empty lists nil, so that what was saved compares equal to what is read.
func (a Answers) tidy() Answers {
	if len(a.Accounts) == 0 {
		a.Accounts = nil
	}
	if len(a.People) == 0 {
		a.People = nil
	}
	for i := range a.People {
		if len(a.People[i].Groups) == 0 {
			a.People[i].Groups = nil
		}
	}
	if len(a.AllowedRegions) == 0 {
		a.AllowedRegions = nil
	}
	for _, list := range []*[]string{&a.Trail.SensitiveBuckets, &a.Alerts.Also, &a.Alerts.Off, &a.Alerts.Mute, &a.Budget.Notify, &a.VPC.Accounts, &a.VPC.Regions} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	if len(a.Budget.PerAccount) == 0 {
		a.Budget.PerAccount = nil
	}
	return a
}

// Save writes wizard.yaml so that a crash leaves the old file or the new one. A new file is readable by its owner only; an
// old one keeps its permissions, and a symbolic link stays one: it may be shared in a repository. Empty fields are left
// out. Answers that would not read back the same are refused and the old file stays.
func Save(path string, a Answers) error {
	data, err := encode(a)
	if err != nil {
		return fmt.Errorf("save the answers: %w", err)
	}
	mode := fs.FileMode(0o600)
	if behind, err := filepath.EvalSymlinks(path); err == nil {
		path = behind
	}
	if old, err := os.Stat(path); err == nil {
		mode = old.Mode().Perm()
	}
	if err := atomicfile.Write(path, data, mode); err != nil {
		return fmt.Errorf("save the answers: %w", err)
	}
	return nil
}

func encode(a Answers) ([]byte, error) {
	a = a.clone().tidy()
	var out bytes.Buffer
	out.WriteString("# Answers for the AWS set-up. No secrets belong in here; keep the file with your code.\n")
	for _, f := range []struct {
		comment, name string
		value         any
	}{
		{"the name of the company", "company", a.Company},
		{"the shared mailbox; every account gets its own plus-address of it", "email", a.Email},
		{"the AWS Region where things are made unless they are global", "home_region", a.HomeRegion},
		{"the accounts to have besides the management account: a name, or {name, email, unit}", "accounts", a.Accounts},
		{"who signs in; groups: administrators, developers, readers, billing", "people", a.People},
		{"hours a sign-in lasts, 8 to 12", "session_hours", a.SessionHours},
		{"what of a person policies can ask for (ABAC): department, costCenter, division, organization, title, userName, email", "access_attributes", a.AccessAttributes},
		{"true: creating the organization may end the free plan", "accept_paid_plan", a.AcceptPaidPlan},
		{"the only Regions work may be done in; left out: all", "allowed_regions", a.AllowedRegions},
		{"how S3 is kept from the public: everywhere (a rule above all accounts) or by-account", "block_public_s3", a.BlockPublicS3},
		{"true: nobody in an account can buy what binds for a year or more", "no_commitments", a.NoCommitments},
		{"bucket_prefix: how the names of the log buckets begin, where org-trail is taken. sensitive_buckets: whose files are recorded; those with the tag sensitive, too, once data_events is off, access-logs, write or all ($0.10 for 100,000); exclude_kms", "trail", a.Trail},
		{"slack: true tells a Slack channel what is rare and risky; also, off and mute change what; heartbeat_hours: alarm on silence, $0.10 a month (docs/alerts.md)", "alerts", a.Alerts},
		{"US dollars a month, and who hears when it is exceeded; per_account: further limits, like {production: 80}; anomalies: daily or immediate", "budget", a.Budget},
		{"private networks of accounts: {accounts: [production], regions, range, nat}; nat costs money: none, one or per-zone (docs/network.md)", "vpc", a.VPC},
		{"whom AWS writes to: {phone, security: {name, title, email, phone}, billing, operations}; phone: none sets none", "contacts", a.Contacts},
		{"GuardDuty, which costs money after 30 days: off, used-regions or all-regions", "guardduty", a.GuardDuty},
	} {
		if isEmpty(f.value) {
			continue
		}
		text, err := yaml.MarshalWithOptions(yaml.MapSlice{{Key: f.name, Value: f.value}}, yaml.IndentSequence(true))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		fmt.Fprintf(&out, "\n# %s\n%s", f.comment, text)
	}
	// The YAML library does not read every odd text back as it wrote it; better to refuse than to change an answer.
	back, err := decode("answers", out.Bytes())
	if err != nil || !reflect.DeepEqual(back, a) {
		return nil, errors.New("a text holds characters that cannot be kept in a YAML file; type it again without them")
	}
	return out.Bytes(), nil
}

func isEmpty(value any) bool {
	v := reflect.ValueOf(value)
	return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
}
