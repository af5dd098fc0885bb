package sandbox

// OrganizationsState is this service's part of the world.
type OrganizationsState struct{}

func (s *Sim) registerOrganizations() {}
