// Command acc runs another command, such as go test, with all that acceptance
// tests need in its environment: a Terraform or OpenTofu, an empty CLI
// configuration, and a directory for temporary files that is gone afterwards.
// It says how often the CLI was started, which is where the time of such tests
// goes, and with -starts fails where that was too often. With -without-cli it
// looks for none, and what needs one is skipped.
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

// execute runs the command with some more variables, and with none that would steer Terraform or the provider.
func execute(ctx context.Context, command, env []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(cli.Clean(os.Environ()), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// A Ctrl-C in a terminal has reached the tests already; a plain kill has not.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	return cmd.Run()
}

// budget says how often the CLI was started, and is an error where that was too often.
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
