package sandbox

// registerAll wires the handlers of every service.
func (s *Sim) registerAll() {
	s.registerAccess()
	s.registerOrganizations()
	s.registerIdentity()
	s.registerS3()
	s.registerCloudTrail()
	s.registerBudgets()
	s.registerCostExplorer()
	s.registerEC2()
	s.registerSecurity()
	s.registerLambda()
	s.registerSupport()
	s.registerSSM()
	s.registerSQS()
	s.registerLogs()
	s.registerSNS()
	s.registerCloudWatch()
}
