package sandbox

// IAMState is this service's part of the world.
type IAMState struct{}

func (s *Sim) registerAccess() {}
