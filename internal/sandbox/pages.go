package sandbox

import (
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// PageFault is a way in which a list can be given.
type PageFault int

// The ways of giving a list.
const (
	PagesAsTheyAre PageFault = iota
	// EmptyPageFirst gives a page of nothing and a token before the first page: AWS "can occasionally return an empty set of
	// results even when more results are available".
	EmptyPageFirst
	// SamePageAgain gives a token that leads back to the page it came with.
	SamePageAgain
)

// Pages sets how the lists are given. It is asked for each page.
func (s *Sim) Pages(f func(Request) PageFault) { s.pages = f }

// aheadToken leads from the empty page to the first one. A loopToken leads back to the page it came with, and once Pages
// lets go, on to where that page's own token leads, which stands after it.
const (
	aheadToken = "sandbox-first-page"
	loopToken  = "sandbox-same-page:"
)

// pageMembers are the names of the members that lead from page to page, in an input and in its output.
var pageMembers = []struct{ in, out string }{
	{"NextToken", "NextToken"}, {"ContinuationToken", "NextContinuationToken"}, {"ContinuationToken", "ContinuationToken"},
	{"Marker", "NextMarker"}, {"Marker", "Marker"}, {"NextPageToken", "NextPageToken"}, {"KeyMarker", "NextKeyMarker"},
}

// paging serves a request with h; a list is given as Pages asks.
func (s *Sim) paging(h handler, r *Request, in any) (any, error) {
	if s.pages == nil {
		return h(r, in)
	}
	asked, plain := ourToken(in)
	out, err := h(r, plain)
	if err != nil {
		return out, err
	}
	request, reply := reflect.ValueOf(plain).Elem(), reflect.ValueOf(out).Elem()
	for _, m := range pageMembers {
		token := request.FieldByName(m.in)
		if !token.IsValid() || !reply.FieldByName(m.out).IsValid() {
			continue
		}
		rest, again := strings.CutPrefix(asked, loopToken)
		switch how := s.pages(*r); {
		case how == SamePageAgain && again:
			leadOn(reply, m.out, asked)
		case how == SamePageAgain:
			own, _ := reply.FieldByName(m.out).Interface().(*string)
			leadOn(reply, m.out, loopToken+aws.ToString(own))
		case again && rest == "":
			return reflect.New(reply.Type()).Interface(), nil // nothing is left
		case again:
			next := reflect.New(request.Type())
			next.Elem().Set(request)
			next.Elem().FieldByName(m.in).Set(reflect.ValueOf(&rest))
			return h(r, next.Interface())
		case how == EmptyPageFirst && token.IsNil() && asked == "":
			empty := reflect.New(reply.Type())
			leadOn(empty.Elem(), m.out, aheadToken)
			return empty.Interface(), nil
		}
		break
	}
	return out, nil
}

// ourToken takes a token of Pages out of a request, and gives it; "" when there was none.
func ourToken(in any) (asked string, plain any) {
	request := reflect.ValueOf(in).Elem()
	for _, m := range pageMembers {
		token := request.FieldByName(m.in)
		if !token.IsValid() {
			continue
		}
		given, _ := token.Interface().(*string)
		if t := aws.ToString(given); t == aheadToken || strings.HasPrefix(t, loopToken) {
			first := reflect.New(request.Type())
			first.Elem().Set(request)
			first.Elem().FieldByName(m.in).SetZero()
			return t, first.Interface()
		}
	}
	return "", in
}

// leadOn gives a reply a token that leads on.
func leadOn(reply reflect.Value, member, token string) {
	reply.FieldByName(member).Set(reflect.ValueOf(&token))
	switch more := reply.FieldByName("IsTruncated"); {
	case !more.IsValid():
	case more.Kind() == reflect.Bool:
		more.SetBool(true)
	default:
		more.Set(reflect.ValueOf(aws.Bool(true)))
	}
}
