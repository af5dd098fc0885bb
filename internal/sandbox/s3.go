package sandbox

// S3State is this service's part of the world.
type S3State struct{}

func (s *Sim) registerS3() {}
