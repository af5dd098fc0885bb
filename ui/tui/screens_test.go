package tui

import (
	"fmt"
	"image/color"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/charmbracelet/x/vt"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"
)

// views are ways to each screen, from after the first one.
var views = map[string]func(*driver){
	"scanning": func(d *driver) {},
	"question": func(d *driver) {
		d.question(textQuestion())
		d.write("x")
		d.key("enter")
	},
	"choice": func(d *driver) { d.question(choiceQuestion()) },
	"choice-long": func(d *driver) {
		d.question(steps.Question{Key: "public", Title: "Keep all files in S3 from the public?", Default: "yes",
			Why: "Most leaks of files are a bucket left open. Websites can still be published through CloudFront. Buckets that are public now are looked for, and wait for you.",
			Choices: []steps.Choice{{Value: "yes", Label: "In all accounts, also future ones, and nobody in an account can change it (advised)"},
				{Value: "no", Label: "In the accounts that exist now, and an administrator of each can change it at any time"}}})
	},
	"question-long": func(d *driver) {
		q := textQuestion()
		q.Why = strings.Repeat("Each account needs an address of its own, and all mail arrives there. ", 8)
		d.question(q)
	},
	"typed-word": func(d *driver) { d.question(typedQuestion()) },
	"question-wrong": func(d *driver) {
		q := textQuestion()
		q.Validate = func(v string) error {
			return fmt.Errorf("%q is not an e-mail address like aws@acme.example, and the wizard makes one address for each account from it. Correct the address", v)
		}
		d.question(q)
		d.write("nonsense")
		d.key("enter")
	},
	"way-back": func(d *driver) {
		d.m.o.Undo = true
		d.ask(demand{start: &Start{Caller: rootCaller(), Region: "eu-west-1"}, page: run.Page{Caller: rootCaller()}})
	},
	"welcome": func(d *driver) {
		d.m.track = newTrack(allSteps())
		d.ask(demand{start: firstStart(), page: settingsPage()})
	},
	"welcome-profiles": func(d *driver) {
		d.m.track = newTrack(allSteps())
		d.ask(demand{start: withProfiles(firstStart()), page: settingsPage()})
	},
	"profiles": func(d *driver) {
		d.ask(demand{start: withProfiles(firstStart()), page: settingsPage()})
		d.key("p", "down", "down")
	},
	"resume": func(d *driver) {
		d.m.track = newTrack(allSteps())
		d.ask(demand{start: oneStanding(), page: settingsPage()})
	},
	"settings": func(d *driver) { d.ask(demand{start: firstStart(), page: settingsPage()}); d.key("s", "down", "down") },
	"setting":  func(d *driver) { d.ask(demand{start: firstStart(), page: settingsPage()}); d.key("s", "down", "enter") },
	"step":     func(d *driver) { d.m.told = map[string]bool{}; d.question(textQuestion()) },
	"scan":     func(d *driver) { d.send(someChecks()...) },
	"review": func(d *driver) {
		d.m.track = newTrack(allSteps())
		d.ask(demand{review: oneReview(), page: settingsPage()})
	},
	"review-step": func(d *driver) { d.ask(demand{review: oneReview(), page: settingsPage()}); d.key("down", "enter") },
	"review-calls": func(d *driver) {
		d.ask(demand{review: oneReview(), page: settingsPage()})
		d.key("down", "enter", "enter", "tab")
	},
	"review-written":  func(d *driver) { d.ask(demand{review: oneReview(), page: settingsPage()}); d.key("e") },
	"finish":          func(d *driver) { d.ask(demand{finish: oneFinish()}); d.fire() },
	"preview":         func(d *driver) { d.approve(onePlan()...) },
	"preview-json":    func(d *driver) { d.approve(onePlan()...); d.key("down", "tab", "x") },
	"preview-command": func(d *driver) { d.approve(onePlan()...); d.key("3") },
	"preview-nothing": func(d *driver) { d.approve(onePlan()[4:]...) },
	"approval": func(d *driver) {
		d.approve(manyUnits(30)...)
		d.key("a")
		d.fire()
	},
	"consent": func(d *driver) {
		d.approve(plan.Item{Call: unitCall("Security")}, plan.Item{Call: typedCall()})
		d.key("a")
		d.fire()
	},
	"consent-long": func(d *driver) {
		c := typedCall()
		c.ConsentAsk = strings.Repeat("From now on you pay for what you use, and this cannot be taken back. ", 5)
		d.approve(plan.Item{Call: c})
		d.key("a")
		d.fire()
	},
	"consent-named": func(d *driver) {
		d.approve(plan.Item{Call: closingCall()})
		d.key("a")
		d.fire()
		d.write("agree")
		d.key("enter")
	},
	"progress": working,
	"regions": func(d *driver) {
		p := onePage()
		p.Step = allSteps()[3]
		for _, account := range []string{"production", "security"} {
			for n := range 17 {
				p.Items = append(p.Items, plan.Item{Call: vpcCall(account, fmt.Sprintf("region-%d", n))})
			}
		}
		d.ask(demand{page: p})
		d.key("a")
		d.fire()
		d.key("end")
		d.write("yes")
		d.key("enter")
		for n := range 12 {
			d.send(event(run.OK, "network", fmt.Sprintf("network/vpc/production/region-%d", n), ""))
		}
		d.send(eventMsg{run.Event{Time: noon, Kind: run.Failed, Item: "network/vpc/security/region-3", Problem: &run.Problem{What: "It is in use."}}})
	},
	"sign-in":          func(d *driver) { d.ask(demand{page: onePage(), handOff: oneSignIn()}) },
	"sign-in-stuck":    func(d *driver) { d.ask(demand{page: onePage(), handOff: oneSignIn()}); d.key("y", "h") },
	"progress-details": func(d *driver) { working(d); d.key("d") },
	"wait": func(d *driver) {
		d.send(eventMsg{run.Event{Time: noon, Kind: run.Waiting, Step: "organization", Text: "Waiting for AWS to show: Create the account production",
			Until: noon.Add(time.Second), Limit: noon.Add(2 * time.Minute)}},
			eventMsg{run.Event{Time: noon.Add(10 * time.Second), Kind: run.Waiting, Step: "organization", Text: "Waiting for AWS to show: Create the account production",
				Until: noon.Add(14 * time.Second), Limit: noon.Add(2 * time.Minute)}},
			tick(noon.Add(11*time.Second)))
	},
	"preview-sweep": func(d *driver) { d.approve(sweep("production", "security")...) },
	"preview-sweep-open": func(d *driver) {
		d.approve(sweep("production", "security")...)
		d.key("right", "down", "right", "down", "x")
	},
	"preview-search": func(d *driver) {
		d.approve(onePlan()...)
		d.key("2", "/")
		d.write("parentid")
		d.key("enter", "n")
	},
	"preview-searching": func(d *driver) { d.approve(onePlan()...); d.key("/"); d.write("unit") },
	"preview-left-out":  func(d *driver) { d.approve(chain()...); d.key("x", "down") },
	"preview-skip":      func(d *driver) { d.approve(onePlan()...); d.key("s") },
	"approval-sweep":    func(d *driver) { d.approve(sweep("production", "security")...); d.key("a"); d.fire() },
	"approval-one":      func(d *driver) { d.approve(chain()...); d.key("down", "o"); d.fire() },
	"hand-off":          func(d *driver) { d.ask(demand{page: onePage(), handOff: oneHandOff()}) },
	"stuck":             func(d *driver) { d.ask(demand{page: onePage(), handOff: oneHandOff()}); d.key("h") },
	"trouble":           inTrouble,
	"signed-out":        signedOut(run.SignInBeside, "In another window, run `aws login`. Then come back here and go on."),
	"signed-out-keys": signedOut(run.SignInAnew, "The keys come from this window's environment, which cannot change while the wizard runs. "+
		"Stop here, set the new keys, and start the same command again: it goes on from here."),
	"trouble-midway": func(d *driver) { working(d); inTrouble(d) },
	"leave":          func(d *driver) { d.approve(onePlan()...); d.key("q") },
	"keys":           func(d *driver) { d.approve(onePlan()...); d.key("?") },
	"stopping":       func(d *driver) { d.key("ctrl+c") },
}

// working is in the middle of the work on a plan.
func working(d *driver) {
	d.approve(onePlan()[:5]...)
	d.key("a")
	d.fire()
	d.key("end")
	d.write("yes")
	d.key("enter")
	d.send(
		event(run.Begin, "organization", "organization/unit/Security", "x"),
		eventMsg{run.Event{Time: noon.Add(3 * time.Second), Kind: run.OK, Item: "organization/unit/Security", RequestID: "7f0c1b6e-0000-4000-8000-1234567890ab",
			Facts: map[string]string{"account.management.id": "111111111111", "organization.unit.security": "ou-ab12-cd34ef56"}}},
		event(run.Begin, "organization", "organization/unit/Workloads", "x"),
		eventMsg{run.Event{Time: noon.Add(5 * time.Second), Kind: run.Waiting, Item: "organization/unit/Workloads", Until: noon.Add(time.Minute),
			Text: "Create the organizational unit Workloads: AWS is not ready (ConcurrentModificationException); trying again"}},
		eventMsg{run.Event{Time: noon, Kind: run.Failed, Item: "organization/rename", Problem: &run.Problem{What: "AWS said no."}}},
	)
}

func inTrouble(d *driver) {
	d.ask(demand{page: onePage(), problem: &run.Problem{What: "AWS did not let us create the unit.", Why: "This login may not change the organization.",
		Next: "Sign in as an administrator of the management account, then try again.", Code: "AccessDeniedException", RequestID: "7f0c1b6e"}})
}

func signedOut(in run.SignIn, next string) func(*driver) {
	return func(d *driver) {
		working(d)
		d.ask(demand{page: onePage(), problem: &run.Problem{What: "Your sign-in has run out", Why: "AWS ends each sign-in after some hours.",
			Next: next, Code: "ExpiredTokenException", RequestID: "7f0c1b6e", SignIn: in}})
	}
}

// sweep is the removal of a subnet and a network in 17 Regions of each account.
func sweep(accounts ...string) (items []plan.Item) {
	for _, account := range accounts {
		for n := range 17 {
			region := fmt.Sprintf("region-%d", n)
			subnet, vpc := vpcCall(account, region), vpcCall(account, region)
			subnet.ID, subnet.Title, subnet.Lane = "network/subnet/"+account+"/"+region, "Delete the subnet of "+account+" in "+region, subnet.Lane+"/subnet-1"
			vpc.After = []string{subnet.ID}
			items = append(items, plan.Item{Call: subnet}, plan.Item{Call: vpc})
		}
	}
	return items
}

// chain is three calls, each needing the one before.
func chain() []plan.Item {
	a, b, c := unitCall("Security"), unitCall("Workloads"), unitCall("Sandbox")
	b.After, c.After = []string{a.ID}, []string{b.ID}
	return []plan.Item{{Call: a}, {Call: b}, {Call: c}, {Call: unitCall("Suspended")}}
}

func manyUnits(n int) (items []plan.Item) {
	for i := range n {
		items = append(items, plan.Item{Call: unitCall(fmt.Sprintf("Unit%02d", i+1))})
	}
	return items
}

var sizes = [][2]int{{50, 14}, {80, 24}, {120, 40}}

func TestScreens(t *testing.T) {
	for name, show := range views {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				var screen string
				drive(t, size[0], size[1], func(d *driver) {
					show(d)
					screen = d.screen()
				})
				golden.RequireEqual(t, screen)
			})
		}
	}
}

// kinds are the terminals a screen must read on.
var kinds = []struct {
	name    string
	dark    bool
	ascii   bool // and so without words for the marks
	profile colorprofile.Profile
}{
	{"dark", true, false, colorprofile.TrueColor}, {"light", false, false, colorprofile.TrueColor}, {"light, 16 colours", false, false, colorprofile.ANSI},
	{"no colours, ASCII", true, true, colorprofile.ASCII},
}

// TestLooks keeps how every screen looks on each kind of terminal.
func TestLooks(t *testing.T) {
	for name, show := range views {
		t.Run(name, func(t *testing.T) {
			var all strings.Builder
			for _, k := range kinds {
				drive(t, 80, 24, func(d *driver) {
					d.m.o.NoColor, d.m.ascii = k.ascii, k.ascii
					d.send(tea.BackgroundColorMsg{Color: map[bool]color.Color{true: black, false: white}[k.dark]})
					show(d)
					fmt.Fprintf(&all, "== %s\n%s", k.name, looksOf(with(t, k.profile, d.m.View().Content)))
				})
			}
			golden.RequireEqual(t, all.String())
		})
	}
}

// looksOf is a screen as text, each stretch behind what makes it look as it does: "<#00ffff bold>AWS setup<> is plain".
func looksOf(content string) string {
	e := vt.NewEmulator(80, 24)
	defer e.Close()
	e.WriteString(strings.ReplaceAll(content, "\n", "\r\n"))
	var out strings.Builder
	for y := range e.Height() {
		at, styled := 0, false
		for _, s := range stretches(e, y) {
			var look []string
			for _, part := range []string{hex(s.style.Fg, ""), hex(s.style.Bg, "")} {
				if part != "" {
					look = append(look, part)
				}
			}
			if s.style.Attrs&uv.AttrBold != 0 {
				look = append(look, "bold")
			}
			if s.style.Attrs&uv.AttrReverse != 0 {
				look = append(look, "reverse")
			}
			out.WriteString(strings.Repeat(" ", s.from-at))
			if len(look) > 0 || styled {
				fmt.Fprintf(&out, "<%s>", strings.Join(look, " "))
			}
			out.WriteString(s.text)
			at, styled = s.from+s.cells, len(look) > 0
		}
		out.WriteString("\n")
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

func TestADocumentInsideARequestIsReadable(t *testing.T) {
	drive(t, 80, 40, func(d *driver) {
		c := unitCall(`{"Version":"2012-10-17","Statement":[]}`)
		d.approve(plan.Item{Call: c})
		d.key("2")
		d.shows(`"Name": "{\"Version\":`, "Name, the document inside it:", `  "Version": "2012-10-17",`)
	})
}

func TestALocaleOfASCIIGetsASCII(t *testing.T) {
	for name, show := range views {
		t.Run(name, func(t *testing.T) {
			drive(t, 50, 14, func(d *driver) {
				d.m.ascii = true
				d.m.restyle()
				show(d)
				for _, r := range d.screen() {
					if r > 126 {
						t.Fatalf("%q is on the screen:\n%s", r, d.screen())
					}
				}
			})
		})
	}
}

func TestFirstScreenOfATrialRun(t *testing.T) {
	for kind, o := range map[string]Options{"": {Sandbox: true}, "in-memory-": {Sandbox: true, Forgets: true}} {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s%dx%d", kind, size[0], size[1]), func(t *testing.T) {
				var screen string
				driveAll(t, size[0], size[1], o, func(d *driver) {
					d.ask(demand{start: firstStart(), page: settingsPage()})
					screen = d.screen()
				})
				golden.RequireEqual(t, screen)
			})
		}
	}
}

// TestATrialRunInMemoryPromisesNoOtherDay: nothing on its screens says that the next start goes on.
func TestATrialRunInMemoryPromisesNoOtherDay(t *testing.T) {
	for name, show := range views {
		t.Run(name, func(t *testing.T) {
			drive(t, 120, 40, func(d *driver) {
				d.m.o.Sandbox, d.m.o.Forgets = true, true
				show(d)
				d.hides("next start goes on")
				d.key("?")
				d.hides("another day")
				d.key("esc", "ctrl+q")
				d.hides("Nothing is lost: what is done")
			})
		})
	}
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	for name, show := range views {
		t.Run(name, func(t *testing.T) {
			drive(t, 80, 24, func(d *driver) {
				show(d)
				for width := 40; width <= 160; width++ {
					height := []int{10, 14, 24, 40}[width%4]
					d.send(tea.WindowSizeMsg{Width: width, Height: height})
					lines := strings.Split(d.m.View().Content, "\n")
					if len(lines) != height {
						t.Fatalf("%dx%d: %d lines", width, height, len(lines))
					}
					for _, line := range lines {
						if got := ansi.StringWidth(line); got > width {
							t.Fatalf("%dx%d: a line is %d wide: %q", width, height, got, ansi.Strip(line))
						}
					}
				}
			})
		})
	}
}

// TestAWrongAnswerIsExplainedInFull at every size: what is wrong, and how to mend it, with nothing cut off.
func TestAWrongAnswerIsExplainedInFull(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		views["question-wrong"](d)
		for width := 50; width <= 160; width++ {
			for _, height := range []int{14, 24, 40} {
				d.send(tea.WindowSizeMsg{Width: width, Height: height})
				var lines []string
				for line := range strings.SplitSeq(d.screen(), "\n") {
					if _, right, beside := strings.Cut(line, " │ "); beside {
						line = right
					}
					lines = append(lines, line)
				}
				flat := strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
				for _, part := range []string{"> nonsense", `"nonsense" is not an e-mail address like aws@acme.example, and the wizard makes one address for each account from it. Correct the address.`} {
					if !strings.Contains(flat, part) {
						t.Errorf("%dx%d: %q is not whole:\n%s", width, height, part, d.screen())
					}
				}
			}
		}
	})
}

// TestAQuestionCanBeReadInAnyWindow: title, choices and field are seen, and the text between them can be scrolled to its
// end.
func TestAQuestionCanBeReadInAnyWindow(t *testing.T) {
	for _, size := range [][2]int{{50, 14}, {80, 24}, {120, 40}} {
		drive(t, size[0], size[1], func(d *driver) {
			views["choice-long"](d)
			d.shows("Keep all files in S3 from the public?", "> In all accounts, also future ones", "In the accounts that exist now")
		})
		drive(t, size[0], size[1], func(d *driver) {
			views["question-long"](d)
			for n := 0; strings.Contains(d.screen(), "(more: pgdn)"); n++ {
				if n > 40 {
					t.Fatalf("%v: there is no end:\n%s", size, d.screen())
				}
				d.shows("Which mailbox do AWS mails go to?", "\n>")
				d.key("pgdown")
			}
			d.shows("Example: aws@acme.example", "Enter alone takes: old@acme.example")
		})
	}
}

// TestConsentCanBeTypedInAnyWindow: the field stands on the screen however long the text above it is, and takes no yes
// before its end was seen.
func TestConsentCanBeTypedInAnyWindow(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {50, 14}, {80, 24}} {
		drive(t, size[0], size[1], func(d *driver) {
			views["consent-long"](d)
			for n := 0; strings.Contains(d.screen(), "Enter shows the rest"); n++ {
				if n > 20 {
					t.Fatalf("%v: there is no end:\n%s", size, d.screen())
				}
				d.shows("\n>")
				d.key("enter")
			}
			d.shows("Type agree", "\n>")
			d.key("x")
			d.shows("> x")
		})
	}
}

func TestTooSmallLosesNothing(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		p, q := onePage(), textQuestion()
		p.Question = &q
		reply := d.ask(demand{page: p, previous: q.Default})
		d.write("new@acme.ex")
		d.send(tea.WindowSizeMsg{Width: 39, Height: 9})
		d.shows("Please make the window larger", "39x9")
		d.key("enter")
		d.none(reply)
		d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
		d.shows("> new@acme.ex")
		d.write("ample")
		d.key("enter")
		if r := d.got(reply); r.answer != "new@acme.example" || r.decision != run.Go {
			t.Errorf("got %+v", r)
		}
	})
}

func TestTextOfAWSCannotSteerTheTerminal(t *testing.T) {
	bad := "a\x1b[2Jb\x07c\u202Ed\x1b]0;title\x07e\u009b31mf"
	drive(t, 80, 24, func(d *driver) {
		d.ask(demand{page: onePage(), problem: &run.Problem{What: bad, Why: bad, Next: bad, Code: bad, RequestID: bad}})
		content := d.m.View().Content
		for _, x := range []string{"\x1b[2J", "\x07", "\u202e", "\u009b"} {
			if strings.Contains(content, x) {
				t.Errorf("%q reaches the terminal", x)
			}
		}
		h := oneHandOff()
		h.Title, h.URL = bad, "https://x.example/\x1b\\\x07\n\x1b[2Jy"
		d.ask(demand{page: onePage(), handOff: h})
		if content := d.m.View().Content; strings.Contains(content, "\x1b[2J") || strings.Contains(content, bad) {
			t.Errorf("%q", content)
		}
	})
}
