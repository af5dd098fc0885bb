package sandbox

// CloudTrailState is this service's part of the world.
type CloudTrailState struct{}

func (s *Sim) registerCloudTrail() {}
