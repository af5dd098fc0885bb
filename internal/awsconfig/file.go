// Package awsconfig keeps the wizard's part of the AWS config file (~/.aws/config): one marked block with the company's
// login page and a profile for each account and role. Everything outside the block belongs to the founder and stays as
// it is, byte for byte.
package awsconfig

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// The lines around the block. Only their beginnings count when it is looked for.
const (
	beginMark = "# BEGIN wizard"
	endMark   = "# END wizard"
	beginLine = beginMark + " (made by the AWS set-up wizard; it keeps what stands up to END wizard)"
	endLine   = endMark
)

// Files are the shared files of the AWS tools.
type Files struct {
	Config, Credentials string // paths; an empty Config means that there is none to write to
	Shown               string // how the config file is named to a person, e.g. "~/.aws/config"
}

// Find gives the files as every AWS tool finds them: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else the folder
// .aws of the home folder.
func Find(getenv func(string) string) Files {
	home := getenv("HOME")
	if home == "" || runtime.GOOS == "windows" { // where HOME is a stranger's, of a shell ported from Unix
		home = cmp.Or(getenv("USERPROFILE"), home)
	}
	f := Files{Config: getenv("AWS_CONFIG_FILE"), Credentials: getenv("AWS_SHARED_CREDENTIALS_FILE")}
	if f.Config == "" && home != "" {
		f.Config = filepath.Join(home, ".aws", "config")
	}
	if f.Credentials == "" && home != "" {
		f.Credentials = filepath.Join(home, ".aws", "credentials")
	}
	f.Shown = f.Config
	if rest, ok := strings.CutPrefix(f.Config, home+string(filepath.Separator)); ok && home != "" {
		f.Shown = "~/" + filepath.ToSlash(rest)
	}
	return f
}

// Config is the config file as it was read.
type Config struct {
	Files
	// Block are the lines between the marks; nil when there is no block.
	Block []string
	// Taken are the names of profiles and sessions outside the block, in both files, and TakenSessions those of sessions.
	Taken, TakenSessions []string
	// Profiles are the names of all profiles, in the order of the files: what --profile can be given.
	Profiles []string
	// Broken says why the file cannot be changed, "" when it can; ReadOnly is set when only its permissions forbid it.
	Broken   string
	ReadOnly bool
}

// Read reads both files. Files that do not exist are empty; what is wrong with the config file is in Broken.
func Read(files Files) Config {
	c := Config{Files: files}
	content, err := os.ReadFile(files.Config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.Broken = "It cannot be read: " + reason(err) + "."
		return c
	}
	t, err := parse(content)
	if err != nil {
		c.Broken = sentence(err.Error())
		return c
	}
	if t.found {
		c.Block = t.block
	}
	c.Taken, c.TakenSessions = t.names()
	c.Profiles = profileNames(content)
	if credentials, err := os.ReadFile(files.Credentials); err == nil {
		// Keys under the same name there win over the profile, without a word.
		names := sections(split(credentials))
		c.Taken = append(c.Taken, names...)
		for _, name := range names {
			if !slices.Contains(c.Profiles, name) {
				c.Profiles = append(c.Profiles, name)
			}
		}
	}
	slices.Sort(c.Taken)
	c.Taken = slices.Compact(c.Taken)
	c.ReadOnly = readOnly(files.Config)
	return c
}

// readOnly reports whether the file is there and may not be written. Root may write everything; what is marked is meant.
func readOnly(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o200 == 0
}

// reason is an error without the path, which is named beside it.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// text is a config file cut at the block: before, the lines of the block without their ends, after.
type text struct {
	before, after []byte
	block         []string
	found         bool
	eol           string
}

// parse finds the block. Marks that do not make a pair are an error: nobody can know what is ours then.
func parse(content []byte) (text, error) {
	t := text{before: content, eol: "\n"}
	// A lone \r at the end becomes a line end of Windows as soon as something is put behind it.
	if i := bytes.IndexByte(content, '\n'); i > 0 && content[i-1] == '\r' || i < 0 && bytes.HasSuffix(content, []byte("\r")) {
		t.eol = "\r\n"
	}
	if bytes.IndexByte(content, 0) >= 0 {
		return t, errors.New("it is not a text file")
	}
	at, begin := 0, -1
	for _, line := range split(content) {
		end := at + len(line)
		switch s := strings.TrimSpace(string(line)); {
		case strings.HasPrefix(s, beginMark) && (t.found || begin >= 0):
			return t, fmt.Errorf("the line %q is there more than once", beginMark)
		case strings.HasPrefix(s, beginMark):
			begin, t.before = at, content[:at]
		case strings.HasPrefix(s, endMark) && begin < 0:
			return t, fmt.Errorf("the line %q has no %q before it", endMark, beginMark)
		case strings.HasPrefix(s, endMark):
			t.found, t.after, begin = true, content[end:], -1
		case begin >= 0:
			t.block = append(t.block, strings.TrimRight(string(line), "\r\n"))
		}
		at = end
	}
	if begin >= 0 {
		return t, fmt.Errorf("the line %q has no %q after it", beginMark, endMark)
	}
	if t.found && t.block == nil {
		t.block = []string{}
	}
	if setting := orphan(t.after); setting != "" {
		return t, fmt.Errorf("after %q stands the setting %q, which would belong to another profile without the block", endMark, setting)
	}
	return t, nil
}

// split cuts content into lines that keep their ends.
func split(content []byte) [][]byte {
	lines := bytes.SplitAfter(content, []byte("\n"))
	if last := len(lines) - 1; len(lines[last]) == 0 {
		lines = lines[:last]
	}
	return lines
}

// orphan is the name of a setting in content that stands before any section.
func orphan(content []byte) string {
	for _, line := range split(content) {
		s := strings.TrimSpace(string(line))
		switch {
		case s == "", s[0] == '#', s[0] == ';':
			continue
		case s[0] == '[':
			return ""
		}
		key, _, _ := strings.Cut(s, "=")
		return strings.TrimSpace(key)
	}
	return ""
}

// names are the sections outside the block: profiles and sessions by their own names.
func (t text) names() (all, sessions []string) {
	outside := append(sections(split(t.before)), sections(split(t.after))...)
	for _, s := range outside {
		kind, name, two := strings.Cut(s, " ")
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		switch {
		case two && kind == "sso-session":
			all, sessions = append(all, name), append(sessions, name)
		case two && kind == "profile":
			all = append(all, name)
		case !two:
			all = append(all, s)
		}
	}
	return all, sessions
}

// profileNames are the profiles of a config file.
func profileNames(content []byte) []string {
	var out []string
	for _, s := range sections(split(content)) {
		kind, name, two := strings.Cut(s, " ")
		if s == "default" || two && kind == "profile" {
			out = append(out, profileName(s, name))
		}
	}
	return out
}

// profileName is the name of a profile by its section: "default", or what stands behind "profile".
func profileName(section, name string) string { return strings.Trim(cmp.Or(name, section), `"'`) }

// sections are the names in square brackets, with single spaces.
func sections(lines [][]byte) []string {
	var out []string
	for _, line := range lines {
		s := strings.TrimSpace(strings.TrimPrefix(string(line), "\ufeff"))
		if !strings.HasPrefix(s, "[") {
			continue
		}
		name, _, ok := strings.Cut(s[1:], "]")
		if name = strings.Join(strings.Fields(name), " "); ok && name != "" {
			out = append(out, name)
		}
	}
	return out
}

// with is the file's content with other lines in the block; with none the block is taken out. What stood before and
// after is the same, byte for byte: the block brings the line end before it and takes it away again.
func (t text) with(lines []string) []byte {
	var block bytes.Buffer
	if len(lines) > 0 {
		block.WriteString(beginLine + t.eol)
		for _, l := range lines {
			block.WriteString(l + t.eol)
		}
		block.WriteString(endLine + t.eol)
	}
	before := t.before
	switch {
	case !t.found && len(lines) > 0 && len(before) > 0:
		before = append(slices.Clone(before), t.eol...)
	case t.found && len(lines) == 0:
		before = t.withoutLineEnd(before)
	}
	return slices.Concat(before, block.Bytes(), t.after)
}

// withoutLineEnd takes the last line end away, unless more follows in the same line then. In a file with the line ends of Unix a
// \r before it is the founder's.
func (t text) withoutLineEnd(b []byte) []byte {
	short, ours := bytes.CutSuffix(b, []byte(t.eol))
	if !ours {
		short = bytes.TrimSuffix(b, []byte("\n"))
	}
	if len(t.after) > 0 && len(short) > 0 && !bytes.HasSuffix(short, []byte("\n")) {
		return b
	}
	return short
}
