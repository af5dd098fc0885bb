package sandbox

// IdentityState is this service's part of the world.
type IdentityState struct{}

func (s *Sim) registerIdentity() {}
