package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"awswizard/ui/tui"
)

// browserLimit is how long a program that opens the browser may take to say that it cannot.
const browserLimit = 3 * time.Second

// browser finds how the browser is opened here. BROWSER names the program, as for git and gh; it may hold several,
// separated by colons, and %s for the address.
func browser(getenv func(string) string) tui.Browser {
	var tries [][]string
	for _, command := range strings.Split(getenv("BROWSER"), string(os.PathListSeparator)) {
		if words := strings.Fields(command); len(words) > 0 {
			tries = append(tries, words)
		}
	}
	if len(tries) == 0 {
		tries = openers(runtime.GOOS)
	}
	for _, words := range tries {
		if program, err := exec.LookPath(words[0]); err == nil {
			return tui.Browser{Local: local(getenv, runtime.GOOS, exists), Open: func(url string) error {
				return start(program, words[1:], url)
			}}
		}
	}
	return tui.Browser{}
}

func openers(system string) [][]string {
	switch system {
	case "darwin":
		return [][]string{{"open"}}
	case "windows":
		return [][]string{{"rundll32", "url.dll,FileProtocolHandler"}}
	}
	return [][]string{{"xdg-open"}, {"wslview"}, {"x-www-browser"}}
}

// local reports whether the person sits in front of this computer's own screen.
func local(getenv func(string) string, system string, exists func(path string) bool) bool {
	for _, name := range []string{"SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "CODESPACES", "REMOTE_CONTAINERS", "KUBERNETES_SERVICE_HOST", "container", "CI"} {
		if getenv(name) != "" {
			return false
		}
	}
	if strings.EqualFold(getenv("AWS_EXECUTION_ENV"), "CloudShell") || exists("/.dockerenv") || exists("/run/.containerenv") {
		return false
	}
	if system == "darwin" || system == "windows" {
		return true
	}
	return getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "" || getenv("WSL_DISTRO_NAME") != ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// start runs the program without the terminal, which belongs to the screens, and waits a moment for it to fail.
func start(program string, args []string, url string) error {
	placed := false
	words := make([]string, len(args), len(args)+1)
	for i, a := range args {
		words[i] = strings.ReplaceAll(a, "%s", url)
		placed = placed || words[i] != a
	}
	if !placed {
		words = append(words, url)
	}
	cmd := exec.CommandContext(context.Background(), program, words...) // nothing is connected: its output is discarded
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the browser: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(browserLimit):
		return nil // a browser that runs in the foreground
	}
}
