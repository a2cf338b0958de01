// Command acc runs another command, such as go test, with all that acceptance
// tests need in its environment: a Terraform or OpenTofu, an empty CLI
// configuration, and a directory for temporary files that is gone afterwards.
//
//	go run ./internal/cmd/acc go test ./internal/provider -run TestAccFlavor -v
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/cli"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: acc command [argument ...]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	os.Exit(exitCode(err))
}

// exitCode hands the command's own code on, so that acc is invisible to make.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	}
	fmt.Fprintln(os.Stderr, "acc:", err)
	return 1
}

func run(ctx context.Context, command []string) (err error) {
	c, err := cli.Find(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "acceptance tests run %s (%s)\n", c.Version, c.Path)

	dir, err := os.MkdirTemp("", "novasphere-acc-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	env, err := c.AcceptanceEnv(dir)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(cli.Clean(os.Environ()), append(env, "TMPDIR="+dir)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// A Ctrl-C in a terminal has reached the tests already; a plain kill has not.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	return cmd.Run()
}
