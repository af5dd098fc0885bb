package beside_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"awswizard/internal/beside"
)

func TestPanicComesOutOfWait(t *testing.T) {
	var g beside.Group
	var ran atomic.Int32
	for n := range 5 {
		g.Go(func() {
			ran.Add(1)
			if n == 2 {
				blowUp()
			}
		})
	}
	defer func() {
		p, ok := recover().(*beside.Panic)
		if !ok || p.Error() != "boom" || !strings.Contains(string(p.Stack), "blowUp") || ran.Load() != 5 {
			t.Errorf("recovered %+v after %d functions", p, ran.Load())
		}
		if again := beside.PanicOf(p); again != p {
			t.Error("the stack of the first place is lost")
		}
	}()
	g.Wait()
	t.Error("Wait returned")
}

func TestFirstErrorIsThatOfTheFirstValue(t *testing.T) {
	later := make(chan struct{})
	err := beside.Try([]string{"", "second", "third"}, func(n int, v string) error {
		switch n {
		case 0:
			return nil
		case 1:
			<-later
		case 2:
			close(later)
		}
		return errors.New(v)
	})
	if err == nil || err.Error() != "second" {
		t.Errorf("the error is %v", err)
	}
}

func blowUp() { panic("boom") }
