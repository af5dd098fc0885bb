package sandbox

// SeedContact sets an alternate contact of an account: BILLING, OPERATIONS or SECURITY.
func (w *World) SeedContact(account, kind, email string) {
	w.writeIAM(account).Contacts[kind] = contact{Name: "Team", Title: "Team", Email: email, Phone: "+1 555 0100"}
}

// SeedEncryption turns EBS encryption by default on.
func (w *World) SeedEncryption(account, region string) {
	if w.EC2.Encrypted == nil {
		w.EC2.Encrypted = map[string]bool{}
	}
	w.EC2.Encrypted[account+"/"+region] = true
	w.Changed()
}
