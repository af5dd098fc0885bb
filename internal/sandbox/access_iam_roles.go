package sandbox

func (s *Sim) registerRoles() {}
