package sandbox

import "time"

// quotaRaise is a request to raise the number of accounts the organization may hold.
type quotaRaise struct {
	ID             string
	Desired        float64
	Requester      string
	Asked, Decided time.Time // approved when Decided has come
}

// accountQuota is how many accounts the organization may hold now.
func (w *World) accountQuota() int {
	n := w.Org.Quota
	for _, q := range w.Org.Raises {
		if !q.Decided.After(w.Clock) {
			n = max(n, int(q.Desired))
		}
	}
	return n
}

func (s *Sim) registerBilling() {}
