package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// moment is the world as it was after a write.
type moment struct {
	since time.Time
	json  []byte
	world *World // made from json when it is first looked at
}

// Lag sets how far behind the writes each read is: AWS shows a change to the next reader only after a while. Only reads
// are behind; what a write needs to be there, it sees at once.
func (s *Sim) Lag(f func(Request) time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag, s.past = f, nil
	s.keep()
}

// look turns a read to the world of its lag ago.
func (s *Sim) look(r *Request) {
	if s.lag == nil || !reads(r.Operation) {
		return
	}
	until := r.World.Clock.Add(-s.lag(*r))
	n := 0 // before the first moment, the world was as then
	for i, m := range s.past {
		if !m.since.After(until) {
			n = i
		}
	}
	if n == len(s.past)-1 {
		return
	}
	m := &s.past[n]
	if m.world == nil {
		m.world = &World{}
		if err := json.Unmarshal(m.json, m.world); err != nil {
			panic(fmt.Sprintf("sandbox: the world cannot be read back: %v", err))
		}
	}
	m.world.Clock, m.world.Pace = s.world.Clock, s.world.Pace
	r.World = m.world
}

// remember keeps the world after a write.
func (s *Sim) remember(r *Request) {
	if s.lag != nil && !reads(r.Operation) && s.world.dirty {
		s.keep()
		s.world.dirty = s.save != nil // it is saved yet
	}
}

// keep adds the world as it is now.
func (s *Sim) keep() {
	b, err := json.Marshal(s.world)
	if err != nil {
		panic(fmt.Sprintf("sandbox: the world cannot be kept: %v", err))
	}
	s.past = append(s.past, moment{since: s.world.Clock, json: b})
}

// reads reports whether an operation of that name only looks; GetCallerIdentity and the sign-in have no lag.
func reads(operation string) bool {
	if operation == "GetCallerIdentity" || operation == "GetRoleCredentials" {
		return false
	}
	return slices.ContainsFunc([]string{"List", "Describe", "Get", "Head"}, func(verb string) bool { return strings.HasPrefix(operation, verb) })
}
