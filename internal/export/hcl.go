package export

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// comment adds lines of comment.
func comment(body *hclwrite.Body, text string) {
	for l := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		body.AppendUnstructuredTokens(hclwrite.Tokens{
			{Type: hclsyntax.TokenComment, Bytes: []byte(strings.TrimRight("# "+strings.TrimSpace(l), " ") + "\n")}})
	}
}

// write adds the resource to a file's body. home is the Region of the providers.
func (r Resource) write(body *hclwrite.Body, home string) {
	if r.Note != "" {
		comment(body, r.Note)
	}
	block := body.AppendNewBlock("resource", []string{r.Type, r.Label}).Body()
	if r.Account != "" {
		block.SetAttributeRaw("provider", traversal("aws."+r.Account))
	}
	if r.Region != "" && r.Region != home {
		block.SetAttributeValue("region", Text(r.Region).literal)
	}
	r.Body.write(block)
	if r.PreventDestroy || len(r.IgnoreChanges) > 0 {
		block.AppendNewline()
		life := block.AppendNewBlock("lifecycle", nil).Body()
		if r.PreventDestroy {
			comment(life, "This cannot be made again as it is.")
			life.SetAttributeValue("prevent_destroy", Bool(true).literal)
		}
		if len(r.IgnoreChanges) > 0 {
			comment(life, "These are not read from AWS: what is there stays.")
			var names []hclwrite.Tokens
			for _, n := range r.IgnoreChanges {
				names = append(names, traversal(n))
			}
			life.SetAttributeRaw("ignore_changes", hclwrite.TokensForTuple(names))
		}
	}
	body.AppendNewline()
}

// imports adds the resource's import block.
func (r Resource) imports(body *hclwrite.Body, home string) {
	block := body.AppendNewBlock("import", nil).Body()
	block.SetAttributeRaw("to", traversal(r.Address()))
	block.SetAttributeValue("id", Text(r.importID(home)).literal)
	body.AppendNewline()
}

// importID is the id with the Region behind it where the resource is in another Region than its provider: id and argument
// must agree, or the resource would be replaced.
func (r Resource) importID(home string) string {
	if r.Region != "" && r.Region != home {
		return r.ID + "@" + r.Region
	}
	return r.ID
}

func (b Body) write(body *hclwrite.Body) {
	for n, e := range b {
		if e.Block == nil {
			body.SetAttributeRaw(e.Name, e.Value.tokens())
			continue
		}
		if n > 0 || len(body.Attributes()) > 0 {
			body.AppendNewline()
		}
		e.Block.write(body.AppendNewBlock(e.Name, nil).Body())
	}
}

func (v Value) tokens() hclwrite.Tokens {
	switch v.kind {
	case isRef:
		return traversal(v.ref)
	case isFile:
		return hclwrite.TokensForFunctionCall("file", within(traversal("path.module"), "/"+v.file))
	case isPath:
		return within(traversal("path.module"), "/"+v.file)
	case isMap:
		var pairs []hclwrite.ObjectAttrTokens
		for _, e := range v.pairs {
			pairs = append(pairs, hclwrite.ObjectAttrTokens{Name: hclwrite.TokensForIdentifier(e.Name), Value: e.Value.tokens()})
		}
		return hclwrite.TokensForObject(pairs)
	case isList:
		var all []hclwrite.Tokens
		for _, each := range v.list {
			all = append(all, each.tokens())
		}
		return hclwrite.TokensForTuple(all)
	}
	return hclwrite.TokensForValue(v.literal)
}

// within is "${expression}text" as tokens.
func within(expression hclwrite.Tokens, text string) hclwrite.Tokens {
	out := hclwrite.Tokens{{Type: hclsyntax.TokenOQuote, Bytes: []byte(`"`)}, {Type: hclsyntax.TokenTemplateInterp, Bytes: []byte("${")}}
	out = append(out, expression...)
	return append(out, &hclwrite.Token{Type: hclsyntax.TokenTemplateSeqEnd, Bytes: []byte("}")},
		&hclwrite.Token{Type: hclsyntax.TokenQuotedLit, Bytes: []byte(text)}, &hclwrite.Token{Type: hclsyntax.TokenCQuote, Bytes: []byte(`"`)})
}

// traversal is a reference as tokens; its parts may have an index, as in "roots[0]".
func traversal(path string) hclwrite.Tokens {
	var t hcl.Traversal
	for n, part := range strings.Split(path, ".") {
		name, index, indexed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		if n == 0 {
			t = append(t, hcl.TraverseRoot{Name: name})
		} else {
			t = append(t, hcl.TraverseAttr{Name: name})
		}
		if i, err := strconv.ParseInt(index, 10, 64); indexed && err == nil {
			t = append(t, hcl.TraverseIndex{Key: cty.NumberIntVal(i)})
		}
	}
	return hclwrite.TokensForTraversal(t)
}
