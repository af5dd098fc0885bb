package main

// forgets reports whether it is a trial run in memory: who leaves it cannot go on with it.
func (f *flags) forgets() bool { return f.sandbox == inMemory }

// again is how to go on after a run that is not finished; "" for the same command.
func (f *flags) again() string {
	if f.forgets() {
		return "This trial run was kept in memory and is forgotten now. To keep one and go on later: wizard --sandbox=trial.json"
	}
	return ""
}

// trialOver is the end of a trial run in memory, before it was finished.
type trialOver struct{ error }

// Unwrap gives the cause.
func (e *trialOver) Unwrap() error { return e.error }

// forgotten marks the end of a run that cannot be gone on with.
func (f *flags) forgotten(err error) error {
	if err != nil && f.forgets() {
		return &trialOver{err}
	}
	return err
}
