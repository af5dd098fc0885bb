package tui

import (
	"errors"
	"testing"
	"time"

	"awswizard/internal/run"
)

// withBrowser drives past the first screen to a sign-in.
func withBrowser(t *testing.T, o Options, f func(d *driver, reply <-chan replyOnce)) {
	t.Helper()
	o.Steps = allSteps()
	driveAll(t, 80, 24, o, func(d *driver) {
		d.send(event(run.StepBegin, "identity", "", "People"))
		d.key("enter")
		f(d, d.ask(demand{page: onePage(), handOff: oneSignIn()}))
	})
}

// TestTheBrowserIsOpenedUnaskedOnlyWhereItIs also checks that no other address than the one shown is opened.
func TestTheBrowserIsOpenedUnaskedOnlyWhereItIs(t *testing.T) {
	for _, tt := range []struct {
		name          string
		local, trial  bool
		unasked, keyO int
	}{{"here", true, false, 1, 1}, {"over SSH", false, false, 0, 1}, {"trial run", true, true, 0, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			var urls []string
			open := func(url string) error { urls = append(urls, url); return nil }
			withBrowser(t, Options{Sandbox: tt.trial, Browser: Browser{Open: open, Local: tt.local}}, func(d *driver, _ <-chan replyOnce) {
				if len(urls) != tt.unasked {
					t.Errorf("opened unasked: %v", urls)
				}
				d.key("o")
				if len(urls) != tt.unasked+tt.keyO {
					t.Errorf("opened after o: %v", urls)
				}
				for _, url := range urls {
					if url != oneSignIn().URL {
						t.Errorf("opened %s", url)
					}
				}
			})
		})
	}
}

func TestSignInScreen(t *testing.T) {
	fails := Browser{Open: func(string) error { return errors.New("no display") }}
	withBrowser(t, Options{Browser: fails}, func(d *driver, reply <-chan replyOnce) {
		d.shows("A B C D - E F G H", "https://d-0123456789.awsapps.com/start/#/device?user_code=ABCD-EFGH")
		d.key("o")
		d.shows("could not be opened")
		d.key("y")
		if d.copied != oneSignIn().URL {
			t.Errorf("y copied %q", d.copied)
		}
		d.key("h")
		d.shows("do not press Allow", "No password yet")
		d.key("h")
		d.m.now = noon.Add(9 * time.Minute)
		d.shows("good for 60 more")
		d.m.now = noon.Add(10 * time.Minute)
		d.shows("run out")
		d.none(reply)
		d.key("enter")
		if got := d.got(reply); got.decision != run.Go {
			t.Errorf("enter decides %q", got.decision)
		}
	})
	withBrowser(t, Options{}, func(d *driver, reply <-chan replyOnce) {
		d.key("o")
		d.shows("No browser can be opened from here")
		d.key("s")
		if got := d.got(reply); got.decision != run.Skip {
			t.Errorf("s decides %q", got.decision)
		}
	})
}
