package run

import (
	"encoding/json"
	"fmt"
	"slices"

	"awswizard/internal/plan"
)

// SavedVersion is the version of the plan file this program writes and reads.
const SavedVersion = 1

// Saved is a plan kept in a file: what may run is what stands in it, and for a Later item only calls inside its
// bounds. Hash is over everything else, so that a hand-edited file is refused.
type Saved struct {
	V       int          `json:"v"`
	Account string       `json:"account"` // the management account it was made for
	Plan    string       `json:"plan"`    // the hash of the dry run, as shown to the person
	Calls   []SavedCall  `json:"calls"`
	Laters  []SavedLater `json:"laters"`
	// HandOffs are the ids of what a person is to do; others are left for another day.
	HandOffs []string `json:"hand_offs"`
	Hash     string   `json:"hash"`

	differs map[string]string // by item, what is otherwise now than in the plan
}

// SavedCall is one approved call.
type SavedCall struct {
	ID        string          `json:"id"`
	Service   string          `json:"service"`
	Operation string          `json:"operation"`
	Account   string          `json:"account"`
	Region    string          `json:"region"`
	Task      plan.RootTask   `json:"root_task,omitempty"`
	Input     json.RawMessage `json:"input"`
}

// SavedLater are the bounds of what could not be planned yet.
type SavedLater struct {
	ID         string       `json:"id"`
	Operations []string     `json:"operations"`
	Places     []plan.Place `json:"places"`
	MostCalls  int          `json:"most_calls"`
	used       int
}

// Save makes a Saved plan of a dry run.
func Save(account string, planned []StepPlan) (*Saved, error) {
	s := &Saved{V: SavedVersion, Account: account, Plan: HashOf(planned)}
	for _, p := range planned {
		for _, i := range p.Items {
			switch {
			case i.Call != nil:
				t, err := templateOf(i.Call, p.Facts)
				if err != nil {
					return nil, err
				}
				input, err := canonical(t.JSON)
				if err != nil {
					return nil, err
				}
				s.Calls = append(s.Calls, SavedCall{ID: i.Call.ID, Service: t.Service, Operation: t.Operation,
					Account: t.At.Account, Region: t.At.Region, Task: t.At.Task, Input: input})
			case i.HandOff != nil:
				s.HandOffs = append(s.HandOffs, i.HandOff.ID)
			case i.Later != nil:
				s.Laters = append(s.Laters, SavedLater{ID: i.Later.ID, Operations: i.Later.Operations, Places: i.Later.Places, MostCalls: i.Later.MostCalls})
			}
		}
	}
	var err error
	s.Hash, err = s.sum()
	return s, err
}

func (s *Saved) sum() (string, error) {
	plain := *s
	plain.Hash = ""
	b, err := json.Marshal(plain)
	if err != nil {
		return "", err
	}
	return sha(b), nil
}

// Marshal is the file's content.
func (s *Saved) Marshal() ([]byte, error) {
	b, err := json.MarshalIndent(s, "", "  ")
	return append(b, '\n'), err
}

// ReadSaved reads a plan file. A damaged, edited or newer file is an error that says so.
func ReadSaved(b []byte) (*Saved, error) {
	var s Saved
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("the plan file is damaged: %w", err)
	}
	if s.V != SavedVersion {
		return nil, fmt.Errorf("the plan file has version %d, this wizard reads version %d: make a new plan", s.V, SavedVersion)
	}
	for i := range s.Calls {
		input, err := canonical(s.Calls[i].Input)
		if err != nil {
			return nil, fmt.Errorf("the plan file is damaged: %w", err)
		}
		s.Calls[i].Input = input
	}
	sum, err := s.sum()
	if err != nil {
		return nil, err
	}
	if sum != s.Hash {
		return nil, fmt.Errorf("the plan file was changed after it was made: make a new plan")
	}
	return &s, nil
}

// refused are the ids of the calls and hand-offs that the saved plan does not hold.
func (s *Saved) refused(items []plan.Item, f plan.Facts) []string {
	var out []string
	for _, i := range items {
		switch {
		case i.Call != nil && !s.allows(i.Call, f):
			out = append(out, i.ID())
		case i.HandOff != nil && !slices.Contains(s.HandOffs, i.HandOff.ID):
			s.differ(i.ID(), notSaved)
			out = append(out, i.ID())
		}
	}
	return out
}

const notSaved = "it is not in the saved plan"

// Differs tells, by item, what is otherwise now than in the saved plan and so was not made.
func (s *Saved) Differs() map[string]string { return s.differs }

// differ notes why an item is not in the plan.
func (s *Saved) differ(id, why string) {
	if s.differs == nil {
		s.differs = map[string]string{}
	}
	s.differs[id] = why
}

func (s *Saved) allows(c *plan.Call, f plan.Facts) bool {
	now, err := templateOf(c, f)
	if err != nil {
		return false
	}
	if now.JSON, err = canonical(now.JSON); err != nil {
		return false
	}
	for _, saved := range s.Calls {
		if saved.ID == c.ID {
			t := template{saved.Service, saved.Operation, plan.Place{Account: saved.Account, Region: saved.Region, Task: saved.Task}, saved.Input}
			if !t.covers(now, f) {
				s.differ(c.ID, t.resolved(f).against(now))
				return false
			}
			return true
		}
	}
	for i := range s.Laters {
		l := &s.Laters[i]
		inside := slices.ContainsFunc(l.Places, func(p plan.Place) bool {
			p.Account = f.AccountID(p.Account)
			return p == now.At
		})
		if inside && slices.Contains(l.Operations, c.Request.Service+":"+c.Request.Operation) && l.used < l.MostCalls {
			l.used++
			return true
		}
	}
	s.differ(c.ID, notSaved)
	return false
}
