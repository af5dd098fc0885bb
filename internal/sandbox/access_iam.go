package sandbox

const rootSessions = "RootSessions"

func (s *Sim) registerIAM() {}
