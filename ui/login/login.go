// Package login is what a person reads who is not signed in to AWS yet: what is wrong, and the ways in, three lines each.
// Both front ends and the commands that ask nobody show the same.
package login

import (
	"fmt"
	"strings"

	"awswizard/internal/run"
)

// Help is what there is to say. The front ends go on by themselves when Ways has led somewhere.
type Help struct {
	Problem  run.Problem // why nobody is signed in
	Warnings []string    // what keeps a sign-in from being used, e.g. keys in the environment
	Ways     []Way
	Profiles []string // names of profiles on this computer, to choose from
}

// Way is one way to sign in.
type Way struct {
	Title string
	Steps []string
}

// Profile is a way to be signed in that a person can change to.
type Profile struct {
	Name string // "" is what this terminal uses when no profile is named
	What string // what it is, in words; "" when nobody knows without asking AWS
	Used bool   // it is the one in use
}

// Title is how a person reads the profile's name.
func (p Profile) Title() string {
	if p.Name == "" {
		return "no profile"
	}
	return p.Name
}

// About is what there is to say beside the name.
func (p Profile) About() string {
	switch {
	case p.Used && p.What != "":
		return p.What + " (in use now)"
	case p.Used:
		return "in use now"
	}
	return p.What
}

// Computer is what was found on this computer.
type Computer struct {
	CLI         string   // version of the AWS CLI, e.g. "2.32.1"; "" when there is none
	CanLogin    bool     // it knows aws login
	Keys        []string // names of environment variables that win over every sign-in
	CloudShell  bool
	Profiles    []string
	LoginNeeds  string // the first version that knows aws login
	ChosenByArg string // the profile of --profile or AWS_PROFILE
}

const (
	install    = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
	cloudShell = "https://console.aws.amazon.com/cloudshell/home"
)

// For makes the help for a problem on a computer.
func For(problem run.Problem, c Computer) Help {
	h := Help{Problem: problem, Profiles: c.Profiles}
	if len(c.Keys) > 0 {
		h.Warnings = append(h.Warnings, fmt.Sprintf("%s is set in this terminal and wins over aws login, without a word. To take it away: stop here, type \"unset %s\", and start again. A profile you choose here wins over it.",
			c.Keys[0], strings.Join(c.Keys, " ")))
	}
	with := ""
	if c.ChosenByArg != "" {
		with = " --profile " + c.ChosenByArg
	}
	first := "Type in another terminal: aws login" + with
	switch {
	case c.CLI == "":
		first = "Install the AWS CLI (none was found here):\n" + install + "\nThen type in another terminal: aws login" + with
	case !c.CanLogin:
		first = "Update the AWS CLI: yours is " + c.CLI + ", and aws login needs " + c.LoginNeeds + " or newer:\n" + install + "\nThen type: aws login" + with
	}
	h.Ways = []Way{
		{"For a new account: aws login", []string{first,
			"Your browser opens. Sign in as the root user: your account's e-mail address, password and second factor.",
			"Come back here. No key is made or kept: the sign-in ends by itself after 12 hours at most."}},
		{"If your company has a login page: aws sso login", []string{
			"Once: type aws configure sso, and give the page's address (https://….awsapps.com/start).",
			"Type: aws sso login --profile NAME, and sign in in the browser.",
			"Come back here and choose the profile NAME, or start with --profile NAME."}},
		{"Without the AWS CLI: CloudShell, a terminal in the AWS console", []string{
			"Open " + cloudShell + " and sign in.",
			"Choose Actions, Upload file, and take this program's Linux file.",
			"Type there: chmod +x wizard && ./wizard"}},
	}
	if c.CloudShell {
		h.Ways = []Way{{"You are in CloudShell", []string{
			"CloudShell signs programs in by itself, unless its session has ended.",
			"Close this tab of CloudShell and open it again.",
			"Start the wizard there once more: it goes on where it was."}}}
	}
	return h
}

// Text is the help as lines, for a person who is not asked.
func (h Help) Text() string {
	lines := []string{h.Problem.What + "."}
	lines[0] = strings.Replace(lines[0], "..", ".", 1)
	if h.Problem.Why != "" {
		lines = append(lines, h.Problem.Why)
	}
	if h.Problem.Next != "" {
		lines = append(lines, h.Problem.Next)
	}
	lines = append(lines, h.Warnings...)
	for n, w := range h.Ways {
		lines = append(lines, "", fmt.Sprintf("Way %d. %s", n+1, w.Title))
		for i, s := range w.Steps {
			lines = append(lines, fmt.Sprintf("  %d. %s", i+1, strings.ReplaceAll(s, "\n", "\n     ")))
		}
	}
	return strings.Join(lines, "\n")
}
