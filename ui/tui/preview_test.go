package tui

import (
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

func TestSearchGoesFromPlaceToPlace(t *testing.T) {
	drive(t, 80, 30, func(d *driver) {
		reply := d.approve(onePlan()...)
		d.key("/")
		d.write("deletevpc q?xas") // keys of the screen are text now
		for range len(" q?xas") {
			d.key("backspace")
		}
		d.key("enter")
		d.shows("▸ - Delete the default network of management", `"deletevpc": 1 of 2 items`, "ec2:DeleteVpc")
		d.key("n")
		d.shows("▸ * Later: Remove default networks", "2 of 2 items")
		d.key("n")
		d.shows("▸ - Delete the default network of management", "1 of 2 items")
		d.key("N")
		d.shows("▸ * Later")
		d.key("2") // as JSON, the later item has the same words, the request has them in its head
		d.shows("2 of 2 items")
		d.key("esc")
		d.hides("items")
		d.none(reply)
		d.key("/")
		d.write("nonsense")
		d.key("enter")
		d.shows(`Nothing here has "nonsense".`)
		d.key("/", "x", "esc", "n")
		d.hides("nonsense")
		d.none(reply)
	})
}

func TestSearchOpensAGroupAndSeesOnlyWhatItShows(t *testing.T) {
	drive(t, 80, 30, func(d *driver) {
		d.approve(sweep("production", "security")...)
		d.key("/")
		d.write("subnet of security in region-16")
		d.key("enter")
		d.shows("Delete the subnet of security in region-16", "1 of 68 seen", "1 of 2 items")
	})
}

func TestSearchTakesAnyPaste(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		d.approve(onePlan()...)
		d.key("/")
		d.send(tea.PasteMsg{Content: "\x1b[31mwork\nloads\x07\u202e" + strings.Repeat("A", 10_000)})
		d.key("enter")
		d.shows("Nothing here has")
		if content := d.m.View().Content; strings.ContainsAny(content, "\x07\u202e") {
			t.Errorf("the paste reaches the terminal: %q", content)
		}
	})
}

func TestCopyGivesWhatIsShown(t *testing.T) {
	for aspect, want := range map[string]string{
		"1": "Create the organizational unit Security\nWhy ",
		"2": "{\n  \"Name\": \"Security\",\n",
		"3": "aws organizations create-organizational-unit --region us-east-1 --name Security --parent-id '(known after organization.root)'",
	} {
		drive(t, 50, 14, func(d *driver) {
			d.approve(onePlan()...)
			d.key(aspect, "y")
			d.shows("Copied, if your terminal allows it.")
			if !strings.HasPrefix(d.copied, want) || strings.Contains(d.copied, "\x1b") {
				t.Errorf("%s: copied %q", aspect, d.copied)
			}
		})
	}
}

func TestWhatNeedsACallThatIsLeftOutWaits(t *testing.T) {
	drive(t, 80, 30, func(d *driver) {
		reply := d.approve(chain()...)
		d.key("down", "x")
		d.shows("x (left out) Create the organizational unit Workloads", "x (waits) Create the organizational unit Sandbox",
			"What needs it waits, too.", "2 calls: 2 create")
		d.key("down")
		d.shows("Create the organizational unit Workloads is left out, and this needs")
		d.key("up", "x")
		d.hides("waits)")
		d.key("x", "a")
		d.fire()
		d.shows("Make 2 calls now?", "1 call left out. What needs it waits, too: 1.")
		d.write("yes")
		d.key("enter")
		if r := d.got(reply); !reflect.DeepEqual(r.refused, []string{"organization/unit/Workloads"}) {
			t.Errorf("got %+v", r)
		}
	})
}

func TestOneCallIsApprovedAlone(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(chain()...)
		d.key("down", "o")
		d.fire()
		d.shows("Make 2 calls now?", "Only this and what it needs.")
		d.key("enter")
		d.none(reply)
		d.key("o")
		d.fire()
		d.write("yes")
		d.key("enter")
		r := d.got(reply)
		if want := []string{"organization/unit/Sandbox", "organization/unit/Suspended"}; r.decision != run.Part || !reflect.DeepEqual(r.refused, want) {
			t.Errorf("got %+v", r)
		}
		d.shows("0 of 2 done")
	})
}

func TestNothingIsApprovedAloneThatNeedsWhatIsLeftOut(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		d.approve(chain()...)
		d.key("x", "down", "o")
		d.shows("Take it in again first (x).")
		d.hides("Make")
	})
}

// TestAGroupIsSeenPageByPage: every call with its request must have been on the screen, with few keys.
func TestAGroupIsSeenPageByPage(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(sweep("production", "security")...)
		shown, keys := "", 0
		for ; !strings.Contains(d.screen(), "68 of 68 seen"); keys++ {
			if keys > 30 {
				t.Fatalf("not seen after %d keys:\n%s", keys, d.screen())
			}
			shown += d.screen()
			d.key("enter")
		}
		shown += d.screen()
		for _, i := range sweep("production", "security") {
			if c := i.Call; !strings.Contains(shown, c.Where.Account+" (known after account."+c.Where.Account+".id) in "+c.Where.Region+"\n") {
				t.Errorf("%s counts as seen and was not on the screen", c.ID)
			}
		}
		d.none(reply)
	})
}

func TestTheEndOfAGroupAloneIsNotAllOfIt(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		d.approve(sweep("production", "security")...)
		v := d.m.current.(*preview)
		d.shows("0 of 68 seen")
		v.goTo(v.all - 1)
		d.shows("the end", "0 of 68 seen")
	})
}

func TestAWholeGroupIsLeftOut(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(sweep("production", "security")...)
		d.key("x")
		d.shows("x (left out) production", "34 calls: 0 create, 0 change, 34 delete", "34 left out")
		d.key("right", "down")
		d.shows("region-0: 2 calls")
		d.key("x")
		d.shows("36 calls", "32 left out")
		d.key("left", "a")
		d.fire()
		d.key("end")
		d.write("yes")
		d.key("enter")
		if r := d.got(reply); len(r.refused) != 32 {
			t.Errorf("%d refused", len(r.refused))
		}
	})
}

// TestAHeldEnterApprovesNothing, on no screen and for no plan that makes a call.
func TestAHeldEnterApprovesNothing(t *testing.T) {
	for name, items := range map[string][]plan.Item{"one": chain()[:1], "many": manyUnits(60), "sweep": sweep("production"),
		"typed": {{Call: typedCall()}, {Call: unitCall("Security")}}} {
		drive(t, 80, 24, func(d *driver) {
			reply := d.approve(items...)
			d.key("a")
			for range 500 {
				d.key("enter", "enter", "enter")
				d.fire()
			}
			if len(reply) > 0 {
				if r := <-reply; len(r.refused) < len(plan.Calls(items)) {
					t.Errorf("%s: approved %+v", name, r)
				}
			}
		})
	}
}

func TestAPasteApprovesNothing(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.approve(chain()...)
		d.key("a")
		d.fire()
		d.send(tea.PasteMsg{Content: "yes\r\nyes\n\x1b[A"})
		d.none(reply)
		d.key("enter")
		d.none(reply)
		d.shows("Not approved: nothing was done.")
	})
}

// strange are keys no screen has.
var strange = []string{"z", "w", "5", "0", "!", "f5", "insert", "ctrl+x", "ctrl+w", "ctrl+z"}

func TestStrangeKeysChangeNothing(t *testing.T) {
	for name, show := range views {
		switch name {
		case "keys", "question", "question-wrong", "review-written", "stopping", "preview-searching":
			continue // any key leads back; any key takes away what was said of an answer, or of an export; nothing is taken any more; ctrl+w takes away a word
		}
		t.Run(name, func(t *testing.T) {
			drive(t, 80, 24, func(d *driver) {
				show(d)
				before, demand := d.screen(), d.m.demand
				for _, key := range strange {
					if d.m.current.typing() && len(key) == 1 {
						continue // text
					}
					d.key(key)
				}
				if after := d.screen(); after != before || d.m.demand != demand || d.quit || d.cancelled > 0 {
					t.Errorf("before:\n%s\nafter:\n%s", before, after)
				}
			})
		})
	}
}

func TestASmallerWindowKeepsThePlaceInThePlan(t *testing.T) {
	drive(t, 120, 40, func(d *driver) {
		d.approve(manyUnits(30)...)
		d.key("2")
		for range 20 {
			d.key("down")
		}
		d.send(tea.WindowSizeMsg{Width: 50, Height: 14})
		d.shows("▸ + Create the organizational unit Unit21", `"Name": "Unit21"`, "21 of 30 seen")
	})
}
