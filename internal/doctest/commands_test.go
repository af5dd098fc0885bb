package doctest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for line, want := range map[string][]Part{
		"":                                    nil,
		"# nothing":                           nil,
		"wizard":                              {{"wizard"}},
		"wizard plan  --out 'my plan'  # why": {{"wizard", "plan", "--out", "my plan"}},
		`WIZARD_RECORD=1 go test ./e2e -run "A|B"`:                {{"go", "test", "./e2e", "-run", "A|B"}},
		"tar -xzf a_*.tar.gz wizard && rm a_*.tar.gz; uname -m":   {{"tar", "-xzf", "a_*.tar.gz", "wizard"}, {"rm", "a_*.tar.gz"}, {"uname", "-m"}},
		`wizard completion zsh > "${fpath[1]}/_wizard"`:           {{"wizard", "completion", "zsh"}},
		"wizard completion powershell >> $PROFILE":                {{"wizard", "completion", "powershell"}},
		"wizard plan --json | tee plan.jsonl":                     {{"wizard", "plan", "--json"}, {"tee", "plan.jsonl"}},
		`aws x --filter 'Type=a,Config={Port=443}' --name a\ b`:   {{"aws", "x", "--filter", "Type=a,Config={Port=443}", "--name", "a b"}},
		"exec gitleaks git --staged":                              {{"gitleaks", "git", "--staged"}},
		"gh api repos/OWNER/REPO --jq '.owner.id, .id'":           {{"gh", "api", "repos/OWNER/REPO", "--jq", ".owner.id, .id"}},
		"aws iam create-role --role-name deploy --tags Key=a#b=c": {{"aws", "iam", "create-role", "--role-name", "deploy", "--tags", "Key=a#b=c"}},
	} {
		if got, err := Split(line); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
	for _, line := range []string{"echo 'a", `echo "a`, `echo \`} {
		if got, err := Split(line); err == nil {
			t.Errorf("%s is taken as %q", line, got)
		}
	}
}

func TestLines(t *testing.T) {
	page := strings.ReplaceAll(`# A page

Type ~wizard plan~, or the same with
its reasons: ~wizard plan
--format md~. The file ~wizard.yaml~ is no command, and ~go~ alone neither... is it?

~~~sh
wizard apply   # a remark
   tar -xzf x.tar.gz
~~~

1. Indented:

   ~~~sh
   wizard status
   ~~~

~~~json
{"wizard": "report"}
~~~

| a | b |
| --- | --- |
| ~wizard report --format 'md\|html'~ | ~wizard check --step 'a|b'~ |

~~~
wizard undo
~~~
`, "~", "`")
	lines, problems := Lines("page.md", page, func(program string) bool { return program == "wizard" })
	var got []string
	for _, l := range lines {
		got = append(got, l.At+" "+l.Text)
	}
	want := []string{
		"page.md:3 wizard plan", "page.md:4 wizard plan --format md", "page.md:8 wizard apply   # a remark", "page.md:9 tar -xzf x.tar.gz",
		"page.md:15 wizard status", "page.md:24 wizard report --format 'md|html'", "page.md:24 wizard check --step 'a|b'",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if len(problems) != 2 || !strings.HasPrefix(problems[0], "page.md:24: wizard check") || !strings.HasPrefix(problems[1], "page.md:26: a block") {
		t.Errorf("%q", problems)
	}
}
