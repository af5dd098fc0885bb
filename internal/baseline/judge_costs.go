package baseline

import (
	"time"

	"awswizard/internal/plan"
)

func budget(s *State, a *Account) Verdict {
	if v, no := refused(a, a.Budgets); no {
		return v
	}
	lacking := "no budget"
	for i, b := range a.Budgets.Value {
		lack := ""
		switch {
		case !b.Cost:
			lack = "counts no money"
		case b.Part:
			lack = "counts only a part of the bill"
		case !b.Ends.IsZero() && b.Ends.Before(s.Looked):
			lack = "ended on " + b.Ends.Format(time.DateOnly)
		case b.Notifications == 0:
			lack = "warns nobody"
		default:
			return Verdict{Result: Pass, Evidence: a.says(a.Budgets.Call, "the budget %s has %s", b.Name, plan.Count(b.Notifications, "warning"))}
		}
		if i == 0 {
			lacking = "the budget " + b.Name + " " + lack
		}
	}
	return Verdict{Result: Fail, Evidence: a.says(a.Budgets.Call, "%s", lacking)}
}

func anomalies(_ *State, a *Account) Verdict {
	if v, no := refused(a, a.Anomalies); no {
		return v
	}
	switch n := a.Anomalies.Value; {
	case n.Off:
		return Verdict{Result: Fail, Evidence: a.says(a.Anomalies.Call, "AccessDeniedException: Cost Explorer was never opened, and only the console can open it")}
	case n.Monitors == 0:
		return Verdict{Result: Fail, Evidence: a.says("ce:GetAnomalyMonitors", "no monitor")}
	case n.Listeners == 0:
		return Verdict{Result: Fail, Evidence: a.says("ce:GetAnomalySubscriptions", "%s, and nobody has confirmed to be told", plan.Count(n.Monitors, "monitor")),
			Next: "Open the mail of AWS and confirm the address."}
	default:
		return Verdict{Result: Pass, Evidence: a.says("ce:GetAnomalySubscriptions", "%s; told: %d", plan.Count(n.Monitors, "monitor"), n.Listeners)}
	}
}
