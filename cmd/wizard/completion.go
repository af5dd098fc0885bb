package main

import (
	"awswizard/internal/answers"
	"awswizard/internal/awsconfig"

	"github.com/spf13/cobra"
)

// completions tells the shells what a flag can be given. Cobra's own command `completion` writes the shells' part.
func completions(root *cobra.Command, sys system) {
	complete := func(cmd *cobra.Command, flag string, values func() []cobra.Completion) {
		given := func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return values(), cobra.ShellCompDirectiveNoFileComp
		}
		if err := cmd.RegisterFlagCompletionFunc(flag, given); err != nil {
			panic(err) // a flag that is not there
		}
	}
	complete(root, "scenario", scenarios)
	complete(root, "region", answers.Regions)
	complete(root, "profile", func() []cobra.Completion { return awsconfig.Read(awsconfig.Find(sys.getenv)).Profiles })
	paths(root, "answers", cobra.ShellCompDirectiveFilterFileExt, "yaml", "yml")
	paths(root, "state-dir", cobra.ShellCompDirectiveFilterDirs)
	for _, cmd := range root.Commands() {
		if cmd.Flags().Lookup("step") != nil {
			complete(cmd, "step", stepNames)
		}
		if formats := formatsOf[cmd.Name()]; formats != nil {
			complete(cmd, "format", func() []cobra.Completion { return formats })
		}
		if cmd.Name() == "export" {
			paths(cmd.Commands()[0], "out", cobra.ShellCompDirectiveFilterDirs)
		}
	}
}

// formatsOf are the values of --format, by command.
var formatsOf = map[string][]cobra.Completion{
	"plan":   {"text", "md", "json"},
	"check":  {"text", "md"},
	"report": {"md", "html", "json"},
}

// paths leaves a flag's value to the shell: files of the kinds, or folders.
func paths(cmd *cobra.Command, flag string, how cobra.ShellCompDirective, kinds ...cobra.Completion) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return kinds, how
	})
	if err != nil {
		panic(err) // a flag that is not there
	}
}

func stepNames() []cobra.Completion {
	var out []cobra.Completion
	for _, s := range allSteps() {
		out = append(out, cobra.CompletionWithDesc(s.Name, s.Title))
	}
	return out
}
