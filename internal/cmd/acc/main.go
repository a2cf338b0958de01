// SPDX-License-Identifier: MPL-2.0

// Command acc runs another command, such as go test, with the environment that acceptance tests need: a Terraform or OpenTofu, an empty
// CLI configuration, and a directory for temporary files that is removed afterwards. It prints how often the CLI was started, because
// starts dominate the time of such tests, and with -starts it fails above a limit. With -without-cli it looks for no CLI, and tests that
// need one are skipped.
//
//	go run ./internal/cmd/acc go test ./internal/provider -run TestAccExamples -v
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/cli"
)

func main() {
	most := flag.Int64("starts", 0, "how often the CLI may be started; 0 for any number")
	without := flag.Bool("without-cli", false, "run what needs no CLI")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: acc [-starts n | -without-cli] command [argument ...]")
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if *without {
		err = execute(ctx, flag.Args(), nil)
	} else {
		err = run(ctx, *most, flag.Args())
	}
	stop()
	os.Exit(exitCode(err))
}

// exitCode returns the command's own exit code, so that make sees it.
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

func run(ctx context.Context, most int64, command []string) (err error) {
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
	counted, err := c.Counted(dir)
	if err != nil {
		return err
	}
	env, err := counted.AcceptanceEnv(dir)
	if err != nil {
		return err
	}
	err = execute(ctx, command, append(env, "TMPDIR="+dir))
	if over := budget(counted.Starts(), most); err == nil {
		err = over
	} else if over != nil {
		fmt.Fprintln(os.Stderr, "acc:", over)
	}
	return err
}

// execute runs the command with further variables, and without those that configure Terraform or the provider.
func execute(ctx context.Context, command, env []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(cli.Clean(os.Environ()), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// A Ctrl-C in a terminal has reached the tests already; a plain kill has not.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	return cmd.Run()
}

// budget reports how often the CLI was started. It returns an error if that was more than most.
func budget(starts, most int64) error {
	switch {
	case most > 0 && starts > most:
		return fmt.Errorf("the CLI was started %d times, and the budget is %d: test at the protocol (internal/acctest/protocol), or in fewer "+
			"steps", starts, most)
	case most > 0:
		fmt.Fprintf(os.Stderr, "the CLI was started %d times; the budget is %d\n", starts, most)
	default:
		fmt.Fprintf(os.Stderr, "the CLI was started %d times\n", starts)
	}
	return nil
}
