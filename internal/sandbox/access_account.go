package sandbox

func (s *Sim) registerAccount() {}
