package export

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// FuzzText writes any text as a value and as a tag's key. HashiCorp's own package has to read it as it was, and has to find
// nothing to format.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "plain", "two words", "key-1", "1st", "for", "Owner's", `"quoted" \ back`, "${var.x} %{if} $${", "$", "%", "a\nb\r\n\tc",
		"Zürich", "名前", "\u0001\u00a0\u2028", "\U000e0001", "e\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("AWS's texts are UTF-8")
		}
		var body Body
		body.Set("name", Text(s))
		body.Set("a_longer_name", List(Text(s), Whole(-3), Number(0.125), Bool(false)))
		body.Tags(map[string]string{"tag" + s: s, s: "b"})
		body.Nest("block", Body{{Name: "path", Value: Path("policies/" + s)}})
		var p page
		p.resource(Resource{Type: "aws_thing", Label: "one", Body: body, IgnoreChanges: []string{"name"}}, "")
		text := p.Bytes()

		file, diags := hclsyntax.ParseConfig(text, "thing.tf", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%v in\n%s", diags, text)
		}
		block := file.Body.(*hclsyntax.Body).Blocks[0].Body
		known := &hcl.EvalContext{Variables: map[string]cty.Value{"path": cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal(".")})}}
		value := func(b *hclsyntax.Body, name string) cty.Value {
			v, diags := b.Attributes[name].Expr.Value(known)
			if diags.HasErrors() {
				t.Fatalf("%s: %v in\n%s", name, diags, text)
			}
			return v
		}
		want := cty.StringVal(s)
		if got := value(block, "name"); !got.RawEquals(want) {
			t.Errorf("%q is read as %#v", s, got)
		}
		if got := value(block.Blocks[0].Body, "path"); !got.RawEquals(cty.StringVal("./policies/" + s)) {
			t.Errorf("the path of %q is read as %#v", s, got)
		}
		tags := value(block, "tags").AsValueMap()
		if !strings.HasPrefix(s, "aws:") && !tags[want.AsString()].RawEquals(cty.StringVal("b")) {
			t.Errorf("the tag %q is read as %#v", s, tags)
		}
		if ascii := strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0; ascii && string(hclwrite.Format(text)) != string(text) {
			t.Errorf("is formatted anew, from\n%s\nto\n%s", text, hclwrite.Format(text))
		}
	})
}
