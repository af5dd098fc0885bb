package sandbox

// CostExplorerState is this service's part of the world.
type CostExplorerState struct{}

func (s *Sim) registerCostExplorer() {}
