package tui

import (
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"
)

func (d *driver) question(q steps.Question) <-chan replyOnce {
	d.t.Helper()
	p := onePage()
	p.Question, p.Nth, p.Asked = &q, 2, 3
	reply := d.ask(demand{page: p, previous: q.Default})
	d.fire()
	return reply
}

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		q    steps.Question
		keys []string
		want string
	}{
		"typed":               {textQuestion(), []string{"n", "e", "w", "enter"}, "new"},
		"enter takes default": {textQuestion(), []string{"enter"}, "old@acme.example"},
		"default changed":     {textQuestion(), []string{"tab", "2", "enter"}, "old@acme.example2"},
		"q and ? are text":    {textQuestion(), []string{"q", "?", "q", "enter"}, "q?q"},
		"wrong, then right":   {textQuestion(), []string{"a", "enter", "b", "c", "enter"}, "abc"},
		"choice":              {choiceQuestion(), []string{"enter"}, "region-12"},
		"choice moved":        {choiceQuestion(), []string{"down", "down", "up", "enter"}, "region-13"},
		"word":                {typedQuestion(), []string{"y", "e", "s", "enter"}, "yes"},
		"word half, then all": {typedQuestion(), []string{"y", "enter", "y", "e", "s", "enter"}, "yes"},
		"word no":             {typedQuestion(), []string{"n", "o", "enter"}, "no"},
		"word missing":        {typedQuestion(), []string{"enter"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			drive(t, 80, 24, func(d *driver) {
				reply := d.question(c.q)
				d.key(c.keys[:len(c.keys)-1]...)
				d.none(reply)
				d.key(c.keys[len(c.keys)-1])
				if r := d.got(reply); r.answer != c.want || r.decision != run.Go {
					t.Errorf("got %+v, want %q", r, c.want)
				}
			})
		})
	}
}

func TestAWrongAnswerSaysHowToMendIt(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		d.question(textQuestion())
		d.key("x", "enter")
		d.shows("At least 3 characters. Type the whole address")
		d.send(tea.WindowSizeMsg{Width: 60, Height: 20})
		d.shows("At least 3 characters", "> x")
		d.key("y")
		d.hides("At least 3 characters")
	})
}

func TestBackKeepsTheAnswer(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.question(textQuestion())
		d.write("half")
		d.key("esc")
		if r := d.got(reply); r.decision != run.Back {
			t.Fatalf("got %+v", r)
		}
		d.got(func() <-chan replyOnce { r := d.question(choiceQuestion()); d.key("enter"); return r }())
		reply = d.question(textQuestion())
		d.shows("> half")
		d.key("enter")
		if r := d.got(reply); r.answer != "half" {
			t.Errorf("got %+v", r)
		}
		d.question(textQuestion())
		d.hides("half")
	})
}

func TestOnlyTheWordYesApproves(t *testing.T) {
	for typed, approved := range map[string]bool{"yes": true, "": false, "y": false, "YES": false, "yess": false, "no": false} {
		drive(t, 80, 24, func(d *driver) {
			reply := d.approve(onePlan()[:2]...)
			d.key("enter", "enter") // the second item, then on
			d.fire()
			if typed != "" {
				d.write(typed)
			}
			d.key("enter")
			if !approved {
				d.none(reply)
				d.shows("Not approved: nothing was done.")
				return
			}
			if r := d.got(reply); r.decision != run.Go || len(r.refused) != 0 {
				t.Errorf("%q: got %+v", typed, r)
			}
		})
	}
}

func TestKeysTypedForTheScreenBeforeApproveNothing(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(plan.Item{Call: unitCall("Security")})
		d.key("enter")
		d.hides("Type yes")
		d.write("yes")
		d.send(tea.PasteMsg{Content: "yes"})
		d.key("enter", "enter")
		d.none(reply)
		d.fire()
		d.hides("Type yes") // keys came in the grace: it begins again
		d.fire()
		d.shows("Type yes")
		d.hides("> yes")
		d.write("yes")
		d.key("enter")
		d.got(reply)
	})
}

func TestAGraceThatEndedElsewhereOpensNothing(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(plan.Item{Call: unitCall("Security")})
		d.key("a")
		old := d.late
		d.late = nil
		d.fire()
		d.late = nil
		d.m.current = d.m.current.(*confirm).preview
		d.key("a")
		d.send(old...)
		d.write("yes")
		d.key("enter")
		d.none(reply)
	})
}

func TestApprovalWaitsForTheEndOfTheList(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(manyUnits(30)...)
		d.key("a")
		d.fire()
		d.write("yes")
		d.key("enter")
		d.none(reply)
		d.shows("Enter shows more of the list")
		d.key("enter", "pgdown", "enter")
		if r := d.got(reply); r.decision != run.Go {
			t.Errorf("got %+v", r)
		}
	})
}

func TestOneCallIsLeftOut(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(onePlan()[:3]...)
		d.key("down", "x", "down", "x", "x", "a")
		d.fire()
		d.shows("Make 2 calls now?", "1 call left out.")
		d.hides("Workloads (free)\n  3")
		d.write("yes")
		d.key("enter")
		if r := d.got(reply); r.decision != run.Go || !reflect.DeepEqual(r.refused, []string{"organization/unit/Workloads"}) {
			t.Errorf("got %+v", r)
		}
	})
}

func TestTypedConsent(t *testing.T) {
	for word, want := range map[string][]string{"agree": nil, "no": {"organization/paid"}, "": {"organization/paid"}} {
		drive(t, 80, 24, func(d *driver) {
			reply := d.approve(plan.Item{Call: unitCall("Security")}, plan.Item{Call: typedCall()})
			d.key("a")
			d.fire()
			d.shows("This costs about $3 a month from now on.", "cannot be undone: the bill stays")
			if word != "" {
				d.write(word)
			}
			d.key("enter")
			d.write("yes") // too early for the next page
			d.key("enter")
			d.none(reply)
			d.fire()
			d.fire()
			d.hides("> yes")
			d.write("yes")
			d.key("enter")
			if r := d.got(reply); r.decision != run.Go || !reflect.DeepEqual(r.refused, want) {
				t.Errorf("%s: got %+v", word, r)
			}
		})
	}
}

// TestWhatIsLostForGoodAsksForItsName: no other word closes an account, also not the one that agrees to all else.
func TestWhatIsLostForGoodAsksForItsName(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(plan.Item{Call: closingCall()})
		d.key("a")
		d.fire()
		for _, word := range []string{"agree", "yes", "production", "22222222222"} {
			d.write(word)
			d.key("enter")
			d.none(reply)
			d.shows("That was not 222222222222.")
		}
		d.write("222222222222")
		d.key("enter")
		d.fire()
		d.write("yes")
		d.key("enter")
		if r := d.got(reply); r.decision != run.Go || len(r.refused) > 0 {
			t.Errorf("got %+v", r)
		}
	})
}

// TestTheEngineTellsTheNextLook at a hand-off; the screen counts down to it.
func TestTheEngineTellsTheNextLook(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		look := event(run.Looking, "organization", oneHandOff().ID, "").(eventMsg)
		look.Until = look.Time.Add(7 * time.Second)
		d.send(look)
		d.ask(demand{page: onePage(), handOff: oneHandOff()})
		d.shows("Looking by itself whether it is done, next in 7s;")
		d.send(tick(look.Time.Add(4500 * time.Millisecond)))
		d.shows("next in 3s;")
		d.send(tick(look.Time.Add(8 * time.Second)))
		d.shows("Looking by itself whether it is done; Enter looks at once.")
	})
}

// TestASlipOfTheKeysIsNoAnswer to the question whether one call may be made.
func TestASlipOfTheKeysIsNoAnswer(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(plan.Item{Call: typedCall()})
		d.key("a")
		d.fire()
		d.write("agr")
		d.key("enter")
		d.none(reply)
		d.shows("That was not agree.")
		d.write("agree")
		d.key("enter")
		d.fire()
		d.write("yes")
		d.key("enter")
		if r := d.got(reply); r.decision != run.Go || len(r.refused) > 0 {
			t.Errorf("got %+v", r)
		}
	})
}

// TestANoThatLeavesNothing is shown with the plan again, so that a step is not passed over unawares.
func TestANoThatLeavesNothing(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(plan.Item{Call: typedCall()})
		d.key("a")
		d.fire()
		d.key("enter")
		d.none(reply)
		d.shows("Nothing was done: without")
		d.key("s", "y")
		if r := d.got(reply); r.decision != run.Skip {
			t.Errorf("got %+v", r)
		}
	})
}

func TestNothingToApprove(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(onePlan()[4:]...)
		d.shows("Nothing to approve here: Enter goes on.")
		d.key("a")
		d.none(reply)
		d.key("enter", "enter", "enter")
		if r := d.got(reply); r.decision != run.Go {
			t.Errorf("got %+v", r)
		}
	})
}

func TestDecisions(t *testing.T) {
	approval := func(d *driver) <-chan replyOnce { return d.approve(onePlan()...) }
	doing := func(d *driver) <-chan replyOnce { return d.ask(demand{page: onePage(), handOff: oneHandOff()}) }
	problem := func(d *driver) <-chan replyOnce {
		return d.ask(demand{page: onePage(), problem: &run.Problem{What: "No."}})
	}
	for name, c := range map[string]struct {
		show func(*driver) <-chan replyOnce
		keys string
		want run.Decision
	}{
		"preview skip":    {approval, "s y", run.Skip},
		"not skipped":     {approval, "s enter b", run.Back},
		"preview back":    {approval, "b", run.Back},
		"preview esc":     {approval, "esc", run.Back},
		"preview leave":   {approval, "q y", run.Leave},
		"not left, back":  {approval, "q enter b", run.Back},
		"hand-off done":   {doing, "enter", run.Go},
		"hand-off later":  {doing, "s", run.Skip},
		"hand-off leave":  {doing, "h q y", run.Leave},
		"trouble again":   {problem, "r", run.Go},
		"trouble skip":    {problem, "s", run.Skip},
		"trouble stop":    {problem, "q y", run.Leave},
		"help, then skip": {problem, "? s s", run.Skip},
		"question leave":  {func(d *driver) <-chan replyOnce { return d.question(textQuestion()) }, "ctrl+q y", run.Leave},
	} {
		t.Run(name, func(t *testing.T) {
			drive(t, 80, 24, func(d *driver) {
				reply := c.show(d)
				d.key(strings.Fields(c.keys)...)
				if r := d.got(reply); r.decision != c.want {
					t.Errorf("got %+v, want %s", r, c.want)
				}
			})
		})
	}
}

func TestAHandOffSeenDoneGoesAway(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		d.ask(demand{page: onePage(), handOff: oneHandOff()})
		d.key("c")
		d.shows("Turn on IAM Identity Center", "The link is copied, if your terminal allows it.")
		if d.copied != oneHandOff().URL {
			t.Errorf("copied %q", d.copied)
		}
		d.send(withdrawn{d.last})
		d.hides("Turn on IAM Identity Center")
		d.shows("Looking at: Organization and accounts")
	})
}

func TestTheLinkIsWholeForTheTerminal(t *testing.T) {
	drive(t, 50, 14, func(d *driver) {
		d.ask(demand{page: onePage(), handOff: oneHandOff()})
		if content := d.m.View().Content; strings.Count(content, ";"+oneHandOff().URL) < 2 {
			t.Errorf("each line of the link should lead to all of it: %q", content)
		}
	})
}

func TestCtrlCTwice(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		d.question(textQuestion())
		d.key("ctrl+c")
		if d.cancelled != 1 || d.quit {
			t.Fatalf("cancelled %d, quit %v", d.cancelled, d.quit)
		}
		d.shows("Stopping after the call in flight", "ctrl+c again leaves at once")
		d.key("ctrl+c")
		if d.cancelled != 1 || !d.quit || !d.m.atOnce {
			t.Errorf("cancelled %d, quit %v", d.cancelled, d.quit)
		}
	})
}

func TestASignalCountsAsTheFirstPress(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		d.send(cancelled{})
		if d.cancelled != 1 || d.quit || d.m.interrupted {
			t.Fatalf("cancelled %d, quit %v, interrupted %v", d.cancelled, d.quit, d.m.interrupted)
		}
		d.key("ctrl+c")
		if !d.quit {
			t.Error("the second press does not leave")
		}
	})
}

func TestLeavingWhileCallsRunStopsTheWork(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		views["progress"](d)
		d.key("q")
		d.shows("The call in flight is finished first.")
		d.key("y")
		if d.cancelled != 1 || !d.m.left || d.m.interrupted || d.quit {
			t.Errorf("cancelled %d, left %v, quit %v", d.cancelled, d.m.left, d.quit)
		}
	})
}

func TestTheStepsAreMarked(t *testing.T) {
	driveAll(t, 120, 40, Options{Steps: allSteps(), NoColor: true}, func(d *driver) {
		d.send(event(run.StepBegin, "welcome", "", "Where you stand"), event(run.StepEnd, "welcome", "", "done"),
			event(run.StepBegin, "organization", "", "Organization"), event(run.StepEnd, "organization", "", "left out"),
			event(run.StepBegin, "identity", "", "People"))
		d.shows("✓ Where you stand (done)", "- Organization and", "(left out)", "▸ People and their logins", "○ Networks", "Step 3 of 4")
		d.send(event(run.StepEnd, "identity", "", "2 left"))
		d.shows("✗ People and their logins")
	})
}

func TestProgressIsTold(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		views["progress"](d)
		v := d.m.View()
		if v.ProgressBar == nil || v.ProgressBar.Value != 40 || v.ProgressBar.State != tea.ProgressBarError ||
			v.WindowTitle != "AWS setup: 2 of 5 calls, Organization and accounts" || !v.AltScreen {
			t.Errorf("got %+v, %q", v.ProgressBar, v.WindowTitle)
		}
		d.send(tick(noon.Add(9 * time.Second)))
		d.shows("Workloads, 9s")
		d.send(event(run.StepEnd, "organization", "", "1 left"))
		if v := d.m.View(); v.ProgressBar != nil {
			t.Error("the bar stays")
		}
	})
}

func TestLightAndDark(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		d.question(choiceQuestion())
		dark := d.m.View().Content
		d.key("down")
		d.send(tea.BackgroundColorMsg{Color: white})
		d.shows("> Place 13")
		d.key("up")
		if light := d.m.View().Content; light == dark {
			t.Error("light looks like dark")
		}
	})
}

func TestMarksOfASCII(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{{nil, false}, {map[string]string{"LANG": "C"}, true}, {map[string]string{"LANG": "C", "LC_ALL": "en_US.UTF-8"}, false}} {
		if got := asciiOnly(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v: got %v", c.env, got)
		}
	}
}

// A secret is not shown while it is typed, and Back does not keep it.
func TestASecretIsNotShown(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		q := steps.Question{Key: "alerts.webhook", Title: "What is the address?", Secret: "hook", Validate: func(string) error { return nil }}
		reply := d.question(q)
		d.write("canary")
		d.hides("canary")
		d.key("esc")
		for key, draft := range d.m.drafts {
			if strings.Contains(draft, "canary") {
				t.Errorf("%s is kept: %s", key, draft)
			}
		}
		if r := d.got(reply); r.decision != run.Back || r.answer != "" {
			t.Errorf("Back gives %+v", r)
		}
		reply = d.question(q)
		d.write("canary2")
		d.key("enter")
		if r := d.got(reply); r.answer != "canary2" || r.decision != run.Go {
			t.Errorf("got %+v", r)
		}
	})
}
