package sandbox

// EC2State is this service's part of the world.
type EC2State struct{}

func (s *Sim) registerEC2() {}
