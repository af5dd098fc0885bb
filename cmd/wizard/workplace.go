package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/awsconfig"
	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
	"awswizard/steps/alerts"
	"awswizard/ui/plain"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// workplace is everything a command works with: AWS or the sandbox, the answers, the journal.
type workplace struct {
	cloud       *cloud.Cloud
	sim         *sandbox.Sim // nil on real AWS
	answers     answers.Answers
	sources     map[string]string // where answers came from that are in no file
	answersFile string            // "" keeps the answers in memory only
	caller      plan.Caller
	account     string // 12-digit id of the account signed in to
	folder      string // of the journal, one per account
	log         *slog.Logger
	logFile     string
	sleep       func(context.Context, time.Duration) error
	files       awsconfig.Files // of the AWS tools
	secrets     map[string]string
	lines       *plain.UI // that has begun to read the input; nil when none has
	closers     []func()
}

func (w *workplace) close() {
	for i := len(w.closers) - 1; i >= 0; i-- {
		w.closers[i]()
	}
}

// The trial run's AWS works in seconds where the real one takes minutes, and takes a moment for each request so that
// the progress can be followed.
const (
	sandboxPace    = 1.0 / 60
	sandboxLatency = 15 * time.Millisecond
)

// tryOpen reads the answers and finds out where the requests go and who makes them.
func tryOpen(ctx context.Context, sys system, f *flags) (_ *workplace, err error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	w := &workplace{log: slog.New(slog.DiscardHandler), sleep: run.Sleep, files: awsconfig.Find(sys.getenv)}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	base, err := w.stateDir(f)
	if err != nil {
		return nil, err
	}
	if err := w.readAnswers(f, base); err != nil {
		return nil, err
	}
	options := cloud.Options{Profile: f.profile, Region: f.region, HTTPClient: sys.http, Observe: sys.sent}
	if f.sandbox != "" {
		if err := w.openSandbox(sys, f, base, &options); err != nil {
			return nil, err
		}
	}
	if err := w.openLog(sys, f, base); err != nil {
		// Whoever only looks needs none, and whoever changes something is refused by the journal.
		printf(sys.err, "No log is kept: %v\n", err)
	}
	options.Logger = w.log
	if w.cloud, err = cloud.Open(ctx, options); err != nil {
		return nil, err
	}
	caller, err := w.cloud.WhoAmI(ctx)
	if err != nil {
		return nil, err
	}
	w.caller, w.account, w.folder = caller, caller.Account, filepath.Join(base, caller.Account)
	w.sources = map[string]string{}
	if err := w.takeWebhook(sys.getenv(alerts.WebhookVariable)); err != nil {
		return nil, err
	}
	if f.region != "" {
		w.answers.HomeRegion, w.sources["home_region"] = f.region, "--region"
	} else if region, ok := w.cloud.Region(); ok && w.answers.HomeRegion == "" {
		w.answers.HomeRegion, w.sources["home_region"] = region, "AWS_REGION or your AWS profile"
	}
	return w, nil
}

// takeWebhook takes the Slack webhook of the environment. Who set it wants the alerts, unless the answers say no.
func (w *workplace) takeWebhook(address string) error {
	if address == "" {
		return nil
	}
	if err := alerts.CheckWebhook(address); err != nil {
		return usage{fmt.Errorf("%s: %w", alerts.WebhookVariable, err)}
	}
	w.secrets = map[string]string{alerts.WebhookSecret: address}
	if w.answers.Alerts.Slack == nil {
		on := true
		w.answers.Alerts.Slack, w.sources["alerts.slack"] = &on, alerts.WebhookVariable
	}
	return nil
}

// stateDir is the folder of all journals: beside the sandbox's file, in a folder that goes away for a sandbox in memory.
func (w *workplace) stateDir(f *flags) (string, error) {
	switch {
	case f.sandbox == inMemory && f.stateDir == "":
		dir, err := os.MkdirTemp("", "wizard-sandbox-")
		if err != nil {
			return "", fmt.Errorf("making a folder for the trial run: %w", err)
		}
		w.closers = append(w.closers, func() { os.RemoveAll(dir) })
		return dir, nil
	case f.sandbox != "" && f.stateDir == "":
		return f.sandbox + ".state", nil
	}
	return journal.StateDir(f.stateDir)
}

// readAnswers reads wizard.yaml. A trial run leaves the real one alone unless it is named.
func (w *workplace) readAnswers(f *flags, base string) error {
	switch {
	case f.answers != "":
		w.answersFile = f.answers
	case f.sandbox == inMemory:
		return nil
	case f.sandbox != "":
		w.answersFile = filepath.Join(base, "wizard.yaml")
	default:
		w.answersFile = "wizard.yaml"
	}
	a, err := answers.Load(w.answersFile)
	if errors.Is(err, fs.ErrNotExist) && f.answers == "" {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		w.answers = answers.Answers{}
		return nil
	}
	w.answers = a
	return err
}

func (w *workplace) openSandbox(sys system, f *flags, base string, o *cloud.Options) error {
	scenario := sandbox.Scenario(f.scenario)
	var err error
	if f.sandbox == inMemory {
		if scenario == "" {
			scenario = sandbox.Fresh
		}
		var world *sandbox.World
		if world, err = sandbox.NewWorld(scenario, rand.Uint64()); err == nil {
			w.sim = sandbox.New(world)
		}
	} else {
		w.sim, err = sandbox.OpenFile(f.sandbox, scenario, 1)
	}
	if err != nil {
		return fmt.Errorf("opening the sandbox: %w", err)
	}
	pace, latency := sandboxPace, sandboxLatency
	if sys.pace > 0 {
		pace, latency = sys.pace, 0
	}
	w.sim.SetPace(pace)
	var faults []sandbox.Fault
	for _, text := range f.faults {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			return usage{err}
		}
		faults = append(faults, fault)
	}
	w.sim.Inject(faults, func(r sandbox.Request) time.Duration {
		if r.Operation == "GetCallerIdentity" {
			return 0 // the first screen waits for it, and there is no progress to follow yet
		}
		return latency
	})
	w.sleep = func(ctx context.Context, d time.Duration) error {
		return run.Sleep(ctx, time.Duration(float64(d)*pace))
	}
	o.Credentials, o.Bind = signedInAnew(w.sim), w.sim.Bind
	o.Backoff = func(attempt int) time.Duration {
		return time.Duration(float64(min(time.Second<<attempt, 20*time.Second)) * pace)
	}
	o.TokenDir = filepath.Join(base, "sso-cache")
	// The real files of the AWS tools are left alone.
	w.files = awsconfig.Files{Config: filepath.Join(base, "aws-config"), Shown: "aws-config (of the trial run)"}
	o.Profile = ""
	if o.Region == "" {
		o.Region = w.answers.HomeRegion
	}
	return nil
}

// signedInAnew are the credentials of the trial run's caller. They are read at the start, and when the sign-in has run out
// and the person says that they have signed in again: both give a new session.
func signedInAnew(sim *sandbox.Sim) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		sim.Renew()
		v, err := sim.Credentials().Retrieve(ctx)
		v.Source = cloud.TrialRun
		return v, err //nolint:wrapcheck // it is the simulation's
	})
}

// openLog opens the log, except for a sandbox in memory. Standard output and error belong to the front end.
func (w *workplace) openLog(sys system, f *flags, base string) error {
	level := slog.LevelInfo
	if f.debug {
		level = slog.LevelDebug
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return fmt.Errorf("making the state folder: %w", err)
	}
	w.logFile = filepath.Join(base, "wizard.log")
	file, err := os.OpenFile(w.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	*sys.logFile = w.logFile
	w.closers = append(w.closers, func() { file.Close() })
	w.log = slog.New(slog.NewJSONHandler(file, &slog.HandlerOptions{Level: level}))
	return nil
}

// journal locks the account's folder and opens its journal. A second wizard on the same account is refused.
func (w *workplace) journal(what string) (*journal.Journal, error) {
	dir, err := journal.OpenDir(w.folder)
	if err != nil {
		return nil, err
	}
	unlock, err := dir.Lock(what)
	if err != nil {
		return nil, err
	}
	w.closers = append(w.closers, unlock)
	j, err := journal.Open(w.journalFile(), time.Now)
	if err != nil {
		return nil, err
	}
	w.closers = append(w.closers, func() { _ = j.Close() })
	return j, nil
}

func (w *workplace) journalFile() string { return filepath.Join(w.folder, "journal.jsonl") }

// options are the engine's options that all commands share.
func (w *workplace) options(f *flags) run.Options {
	o := run.Options{Steps: allSteps(), Only: f.steps, Cloud: w.cloud, Answers: w.answers, Sources: w.sources, Log: w.log, Sleep: w.sleep, Files: w.files, Secrets: w.secrets}
	if w.sim != nil {
		o.StandIn = w.sim.StandIn
	}
	if w.answersFile != "" {
		o.Save = func(a answers.Answers) error { return answers.Save(w.answersFile, a) }
	}
	return o
}
