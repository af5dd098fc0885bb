package main

import (
	"path/filepath"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/cloud"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
	"awswizard/steps"
)

// A step names the steps whose facts its look uses, and the looks at all others are made beside it. None is forgotten: with the
// facts of all earlier steps it finds the same.
func TestALookNeedsTheFactsItNames(t *testing.T) {
	t.Parallel()
	for _, scenario := range sandbox.Scenarios() {
		t.Run(string(scenario), func(t *testing.T) {
			w, err := sandbox.NewWorld(scenario, 1)
			if err != nil {
				t.Fatal(err)
			}
			sameFound(t, sandbox.New(w), theAnswers(t))
		})
	}
	t.Run("set up", func(t *testing.T) {
		u := setUpUndisturbedWith(t, answersIn(t, everything), sandbox.Admin, "eu-west-1")
		synctest.Test(t, func(t *testing.T) { sameFound(t, u.sim, u.answers) })
	})
}

// sameFound compares what each look finds with the facts of the named steps and with those of all earlier ones.
func sameFound(t *testing.T, sim *sandbox.Sim, a answers.Answers) {
	t.Helper()
	to, err := cloud.Open(t.Context(), cloud.Options{Credentials: sim.Credentials(), Bind: sim.Bind, Region: "eu-west-1", TokenDir: filepath.Join(t.TempDir(), "sso")})
	if err != nil {
		t.Fatal(err)
	}
	engine := run.New(run.Options{Steps: allSteps(), Cloud: to, FrontEnd: quiet{}, Answers: a})
	if _, err := engine.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	told := map[string]map[string]string{}
	var all plan.Facts
	for _, s := range allSteps() {
		look := func(f plan.Facts) steps.State {
			env := steps.Env{Caller: engine.Caller(), Home: a.HomeRegion, Config: engine.Reader(), Facts: f, Answers: a.WithDefaults(), Now: func() time.Time { return now }}
			state, err := s.Inspect(t.Context(), env)
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			return state
		}
		var named plan.Facts
		for _, other := range s.LooksAfter {
			named = named.With(told[other])
		}
		state := look(all)
		if alone := look(named); !reflect.DeepEqual(alone, state) {
			t.Errorf("%s: with the facts of %v the look finds\n%+v\nwith all\n%+v", s.Name, s.LooksAfter, alone, state)
		}
		told[s.Name] = state.Facts()
		all = all.With(told[s.Name])
	}
}
