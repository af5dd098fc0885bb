package plain

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/login"
)

// Welcome is what a person hears first: who they are to AWS, what will happen, how to leave.
type Welcome struct {
	Caller  plan.Caller
	Region  string    // home Region
	Undo    bool      // it is the way back
	Forgets bool      // the trial run is kept in memory: who leaves it cannot go on
	Left    time.Time // when a set-up that was begun earlier was left; zero for a new one
}

// Another asks whether the person means another AWS profile. Enter alone stays with the one in use.
func (u *UI) Another(ctx context.Context, profiles []login.Profile) (chosen login.Profile, other bool, err error) {
	lines := []string{"\nAWS profiles on this computer:"}
	for n, p := range profiles {
		line := fmt.Sprintf("  %d. %s", n+1, p.Title())
		if about := p.About(); about != "" {
			line += ": " + about
		}
		lines = append(lines, line)
	}
	text := strings.Join(lines, "\n")
	u.say(text)
	for {
		u.say(fmt.Sprintf("Press Enter to go on with this account, type a number from 1 to %d for another profile, or q to stop.", len(profiles)))
		line, err := u.read(ctx)
		if err != nil {
			return login.Profile{}, false, err
		}
		switch strings.ToLower(line) {
		case "":
			return login.Profile{}, false, nil
		case "q", "quit":
			return login.Profile{}, false, run.ErrLeft
		case "?", "help":
			u.say(text)
			continue
		}
		n, err := strconv.Atoi(line)
		if err != nil || n < 1 || n > len(profiles) {
			u.say(fmt.Sprintf("%q is none of these.", line))
			continue
		}
		return profiles[n-1], !profiles[n-1].Used, nil
	}
}

// Welcome says it. It asks nothing: the first question does.
func (u *UI) Welcome(w Welcome) {
	lines := []string{"AWS setup: from a bare AWS account to a safe set of accounts."}
	switch {
	case w.Undo:
		lines = []string{"AWS setup, the way back: what the wizard made is taken back, from the last step to the first."}
	case !w.Left.IsZero():
		lines = []string{"Welcome back. You left your set-up on " + w.Left.Local().Format("Monday, 2 January 2006 at 15:04") + ". What is done is not done again.",
			"wizard status says step by step where it stands."}
	}
	if u.o.Sandbox {
		lines = append(lines, "This is a trial run on a simulated AWS. Nothing real is touched and nothing is paid.")
	}
	lines = append(lines, "You are signed in as "+w.Caller.Words()+".", "Account: "+w.Caller.Account)
	if w.Region != "" && !w.Undo {
		lines = append(lines, "Region: "+w.Region+" is your home for now; you are asked before it is used.")
	}
	lines = append(lines, "Nothing is changed until you approve it. Each call to AWS is shown first, with its price and the way to take it back.")
	if !w.Undo && w.Left.IsZero() {
		lines = append(lines, "It takes about 30 minutes of your time; AWS needs some more for itself. Most of it is free.")
	}
	leaving := "To leave, type q and Enter at any question. "
	if w.Forgets {
		leaving += "This trial run is then forgotten. One that you can go on with: wizard --sandbox=trial.json"
	} else {
		leaving += "Start the program again and it goes on from there."
	}
	lines = append(lines, leaving)
	u.say(strings.Join(lines, "\n"))
}
