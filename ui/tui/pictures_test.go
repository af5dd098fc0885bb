package tui

import (
	"bytes"
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps/setup"
)

// picturesFolder is where the pictures of the documentation are.
const picturesFolder = "../../docs/screens"

// picture is one picture of the documentation: its title for people who do not see it, and the way to its screen.
type picture struct {
	name, title string
	step        string // the step it is of
	show        func(d *driver, r *rehearsal)
}

// pictures are all of them, in the order in which a founder meets the screens.
var pictures = []picture{
	{"welcome", "The first screen says who you are signed in as and what will happen.", "", func(d *driver, r *rehearsal) {
		d.ask(demand{start: &r.start, page: startPage(r.start)})
	}},
	{"question", "A question with the reason why it is asked, and an example.", "", func(d *driver, r *rehearsal) {
		d.ask(r.question(d.t, "email"))
		d.write("aws@acme-robotics.example")
	}},
	{"money-gate", "Ending the free plan needs the word yes, typed in full.", "", func(d *driver, r *rehearsal) {
		d.ask(r.question(d.t, "accept_paid_plan"))
	}},
	{"settings", "Every setting, with where its value came from.", "organization", func(d *driver, r *rehearsal) {
		d.ask(r.approval(d.t, "organization"))
		d.key("ctrl+e")
	}},
	{"preview-words", "The plan of a step. The call chosen is told in words, with its cost and its way back.", "organization", func(d *driver, r *rehearsal) {
		d.ask(r.approval(d.t, "organization"))
	}},
	{"preview-json", "The same call as the request that will be sent.", "organization", func(d *driver, r *rehearsal) {
		d.ask(r.approval(d.t, "organization"))
		d.choose("Create the account production")
		d.key("2")
	}},
	{"preview-command", "The same call as a command of the AWS command line.", "organization", func(d *driver, r *rehearsal) {
		d.ask(r.approval(d.t, "organization"))
		d.choose("Create the account production")
		d.key("3")
	}},
	{"consent", "What costs or cannot be undone needs a consent of its own.", "organization", func(d *driver, r *rehearsal) {
		d.ask(r.approval(d.t, "organization"))
		d.key("a")
	}},
	{"approval", "Only the word yes approves the calls.", "organization", func(d *driver, r *rehearsal) {
		d.ask(r.approval(d.t, "organization"))
		d.agree()
	}},
	{"progress", "The calls while they are made, one after another.", "organization", func(d *driver, r *rehearsal) {
		d.work(r, "organization", func(e run.Event) bool { return e.Kind == run.Begin && e.Item == "organization/account/production" })
	}},
	{"error", "A refusal of AWS in plain words: what happened, why, and what to do next.", "organization", func(d *driver, r *rehearsal) {
		x := r.demand(d.t, func(x demand) bool { return x.problem != nil })
		problem := *x.problem
		problem.RequestID = "sandbox-00000001" // it counts requests, and a picture must not change with their number
		x.problem = &problem
		d.ask(x)
	}},
	{"hand-off", "What only you can do: the link, the clicks, and a look whether it is done.", "identity", func(d *driver, r *rehearsal) {
		d.ask(r.handOff(d.t, "identity/enable"))
	}},
	{"sign-in", "Signing in as yourself, with a code to compare.", "identity", func(d *driver, r *rehearsal) {
		x := r.handOff(d.t, "identity/sign-in")
		item := *x.handOff
		item.URL, item.SignIn = "https://d-0123456789.awsapps.com/start/#/device?user_code=BCDF-GHJK", &plan.SignIn{Code: "BCDF-GHJK"} // that of the trial run hangs on what came before
		x.handOff = &item
		d.ask(x)
	}},
	{"scan", "What is looked at in AWS and what was found. This only reads.", "", func(d *driver, r *rehearsal) {
		for _, e := range r.looked {
			if e.Kind == run.StepEnd && e.Step == "network" {
				break
			}
			d.send(eventMsg{e})
		}
	}},
	{"network-grid", "Default networks being removed in every account and Region.", "network", func(d *driver, r *rehearsal) {
		d.approved(r, "network")
		var made []run.Event
		for _, e := range r.told {
			if e.Kind == run.OK && e.Step == "network" {
				made = append(made, e)
			}
		}
		place := func(e run.Event) string { return strings.Join(strings.Split(e.Item, "/")[2:4], "/") }
		slices.SortFunc(made, func(a, b run.Event) int { return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Item, b.Item)) })
		for n, e := range made { // the order of side by side is by chance
			if n%9 < 7 || n < len(made)/4 {
				d.send(eventMsg{e})
			}
		}
	}},
	{"wait", "A wait for AWS: since when, until when, and that it is safe to leave.", "organization", func(d *driver, r *rehearsal) {
		for _, e := range r.told {
			if e.Kind == run.Waiting && strings.HasPrefix(e.Text, "Waiting for AWS to show") {
				d.send(event(run.StepBegin, e.Step, "", "Organization and accounts"), eventMsg{e}, tick(e.Time))
			}
		}
		d.shows("Waiting for AWS to show", "Since")
	}},
	{"resume", "The next start says where the set-up stands.", "", func(d *driver, r *rehearsal) {
		d.ask(demand{start: &r.resumed, page: startPage(r.resumed)})
	}},
	{"review", "A review of all steps and calls that changes nothing.", "", func(d *driver, r *rehearsal) {
		d.ask(demand{review: &Review{Caller: r.start.Caller, Plans: r.review, Home: true}})
	}},
	{"finish", "The end: what was made, what it costs and how to take it back.", "", func(d *driver, r *rehearsal) {
		d.before(r, "")
		d.ask(demand{finish: &r.end})
	}},
}

func startPage(s Start) run.Page { return run.Page{Caller: s.Caller, Settings: s.Settings, Set: s.Set} }

// TestPictures keeps the pictures of the documentation those of the real screens.
func TestPictures(t *testing.T) {
	zone := time.Local
	time.Local = time.UTC // the screens tell the time of the place
	t.Cleanup(func() { time.Local = zone })
	r := rehearse(t)
	update := flag.Lookup("update").Value.String() == "true"
	if update {
		if err := os.MkdirAll(picturesFolder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]bool{}
	for _, p := range pictures {
		file := p.name + ".svg"
		want[file] = true
		t.Run(p.name, func(t *testing.T) {
			var drawn []byte
			driveAll(t, 100, 30, Options{Sandbox: true, Steps: setup.Steps(), Region: "eu-west-1"}, func(d *driver) {
				for _, s := range setup.Steps() {
					d.m.told[s.Name] = true
				}
				if p.step != "" {
					d.before(r, p.step)
				}
				p.show(d, r)
				d.fire()
				drawn = d.picture(p.title)
			})
			path := filepath.Join(picturesFolder, file)
			if update {
				if err := os.WriteFile(path, drawn, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			kept, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(kept, drawn) {
				t.Errorf("%s is not the screen any more; look at it after: go test ./ui/tui -run TestPictures -update", path)
			}
		})
	}
	kept, err := os.ReadDir(picturesFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range kept {
		if !want[f.Name()] {
			t.Errorf("nothing draws %s", f.Name())
		}
	}
}

// TestTheTourShowsEveryPicture: each picture stands in the tour under its title, and no page names one that is not there.
func TestTheTourShowsEveryPicture(t *testing.T) {
	tour := readPage(t, "../../docs/tour.md")
	for _, p := range pictures {
		if !strings.Contains(tour, "!["+p.title+"](screens/"+p.name+".svg)") {
			t.Errorf("the tour does not show %s.svg with its title %q", p.name, p.title)
		}
	}
	for _, m := range regexp.MustCompile(`screens/([a-z-]+)\.svg`).FindAllStringSubmatch(tour+readPage(t, "../../README.md"), -1) {
		if !slices.ContainsFunc(pictures, func(p picture) bool { return p.name == m[1] }) {
			t.Errorf("there is no picture %s.svg", m[1])
		}
	}
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// picture is what a terminal shows, as a picture.
func (d *driver) picture(title string) []byte {
	e := vt.NewEmulator(d.m.width, d.m.height)
	defer e.Close()
	e.WriteString(strings.ReplaceAll(d.m.View().Content, "\n", "\r\n"))
	return svg(e, title)
}

// choose goes down the plan to the item with this title.
func (d *driver) choose(title string) {
	d.t.Helper()
	for range 100 {
		for line := range strings.SplitSeq(d.screen(), "\n") {
			if strings.Contains(line, "▸") && strings.Contains(line, title) {
				return
			}
		}
		d.key("down")
	}
	d.t.Fatalf("%q is not in the plan:\n%s", title, d.screen())
}

// agree goes on to the approval of a plan and agrees to each call that needs a consent of its own.
func (d *driver) agree() {
	d.t.Helper()
	d.key("a")
	for d.fire(); strings.Contains(d.screen(), "Type agree"); d.fire() {
		d.write("agree")
		d.key("enter")
	}
}

// before lets the steps before this one end as they did.
func (d *driver) before(r *rehearsal, step string) {
	d.t.Helper()
	for _, e := range r.told {
		if e.Kind != run.StepBegin && e.Kind != run.StepEnd {
			continue
		}
		if e.Step == step {
			return
		}
		d.send(eventMsg{e})
	}
}

// approved approves the plan of a step.
func (d *driver) approved(r *rehearsal, step string) {
	d.t.Helper()
	reply := d.ask(r.approval(d.t, step))
	d.agree()
	d.key("end")
	d.write("yes")
	d.key("enter")
	d.got(reply)
}

// work approves the plan of a step and lets happen what happened then, to the first event that is the last.
func (d *driver) work(r *rehearsal, step string, last func(run.Event) bool) {
	d.t.Helper()
	d.approved(r, step)
	for _, e := range r.told {
		if e.Step != step || e.Item == "" {
			continue
		}
		d.send(eventMsg{e})
		if last(e) {
			d.send(tick(e.Time.Add(time.Second)))
			return
		}
	}
	d.t.Fatalf("the work on %s did not come that far:\n%s", step, d.screen())
}
