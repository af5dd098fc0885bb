package sandbox

// BudgetsState is this service's part of the world.
type BudgetsState struct{}

func (s *Sim) registerBudgets() {}
