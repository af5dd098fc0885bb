package plain_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"awswizard/internal/run"
	"awswizard/ui/login"
	"awswizard/ui/plain"
)

func help(profiles ...string) login.Help {
	return login.For(run.Problem{What: "You are not signed in to AWS", Why: "No credentials were found on this computer."},
		login.Computer{CLI: "2.31.0", LoginNeeds: "2.32.0", Profiles: profiles, Keys: []string{"AWS_ACCESS_KEY_ID"}})
}

// TestLoginGoesOnByItself: nothing is typed, and somebody signs in in another window.
func TestLoginGoesOnByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, typing := io.Pipe()
		defer typing.Close()
		var out bytes.Buffer
		u := plain.New(in, &out, plain.Options{Width: 80})
		defer u.Close()
		var mu sync.Mutex
		looks := 0
		err := u.Login(t.Context(), help(), func(context.Context, string) (login.Help, bool) {
			mu.Lock()
			defer mu.Unlock()
			looks++
			return help(), looks == 4
		})
		if err != nil || looks != 4 {
			t.Errorf("%d looks, %v", looks, err)
		}
		for _, want := range []string{"Update the AWS CLI: yours is 2.31.0", "unset AWS_ACCESS_KEY_ID", "Way 3.", "You are signed in."} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is not said:\n%s", want, &out)
			}
		}
	})
}

func TestLoginByLine(t *testing.T) {
	tried := []string{}
	try := func(_ context.Context, profile string) (login.Help, bool) {
		tried = append(tried, profile)
		return help("a", "b"), profile == "b"
	}
	u, out := talk(t, plain.Options{}, "?", "7", "1", "2")
	if err := u.Login(t.Context(), help("a", "b"), try); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(tried, " "); got != "a b" || !strings.Contains(out.String(), `"7" is none of these`) {
		t.Errorf("tried %s:\n%s", got, out)
	}
	u, _ = talk(t, plain.Options{}, "q")
	if err := u.Login(t.Context(), help(), try); !errors.Is(err, run.ErrLeft) {
		t.Errorf("q gives %v", err)
	}
	u, _ = talk(t, plain.Options{})
	if err := u.Login(t.Context(), help(), try); !errors.Is(err, plain.ErrNoInput) {
		t.Errorf("the end of the input gives %v", err)
	}
}

func TestAnotherProfileByLine(t *testing.T) {
	profiles := []login.Profile{{Name: "default", Used: true}, {Name: "acme", What: "AdministratorAccess in account 222222222222"}}
	for typed, want := range map[string]string{"": "", "1": "", "2": "acme"} {
		u, out := talk(t, plain.Options{}, "?", "7", typed)
		p, other, err := u.Another(t.Context(), profiles)
		if err != nil || other != (want != "") || other && p.Name != want {
			t.Errorf("%q: %+v %v %v", typed, p, other, err)
		}
		for _, say := range []string{"1. default: in use now", "2. acme: AdministratorAccess in account 222222222222", `"7" is none of these`} {
			if !strings.Contains(out.String(), say) {
				t.Errorf("%q: %q is not said:\n%s", typed, say, out)
			}
		}
	}
	u, _ := talk(t, plain.Options{}, "q")
	if _, _, err := u.Another(t.Context(), profiles); !errors.Is(err, run.ErrLeft) {
		t.Errorf("q: %v", err)
	}
	u, _ = talk(t, plain.Options{})
	if _, _, err := u.Another(t.Context(), profiles); !errors.Is(err, plain.ErrNoInput) {
		t.Errorf("end of input: %v", err)
	}
}
