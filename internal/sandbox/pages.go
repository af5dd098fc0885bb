package sandbox

import (
	"reflect"

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

// Pages sets how the lists are given.
func (s *Sim) Pages(f func(Request) PageFault) { s.pages = f }

// aheadToken leads from the empty page to the first one, loopToken back to itself.
const (
	aheadToken = "sandbox-first-page"
	loopToken  = "sandbox-same-page"
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
	asked, in := ourToken(in)
	out, err := h(r, in)
	how := s.pages(*r)
	if err != nil || how == PagesAsTheyAre {
		return out, err
	}
	request, reply := reflect.ValueOf(in).Elem(), reflect.ValueOf(out).Elem()
	for _, m := range pageMembers {
		token := request.FieldByName(m.in)
		if !token.IsValid() || !reply.FieldByName(m.out).IsValid() {
			continue
		}
		switch {
		case how == SamePageAgain:
			leadOn(reply, m.out, loopToken)
		case token.IsNil() && !asked:
			empty := reflect.New(reply.Type())
			leadOn(empty.Elem(), m.out, aheadToken)
			return empty.Interface(), nil
		}
		break
	}
	return out, nil
}

// ourToken takes a token of Pages out of a request, and reports whether there was one.
func ourToken(in any) (asked bool, plain any) {
	request := reflect.ValueOf(in).Elem()
	for _, m := range pageMembers {
		token := request.FieldByName(m.in)
		if !token.IsValid() {
			continue
		}
		given, _ := token.Interface().(*string)
		if t := aws.ToString(given); t == aheadToken || t == loopToken {
			first := reflect.New(request.Type())
			first.Elem().Set(request)
			first.Elem().FieldByName(m.in).SetZero()
			return true, first.Interface()
		}
	}
	return false, in
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
