package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// patience is how long a child may take to end after an interrupt before it is
// killed.
const patience = 20 * time.Second

// A command is a child process. Its output is kept, and shown only with an
// error.
type command struct {
	dir  string
	env  []string
	argv []string
}

// prepare makes the process interruptible exactly once: in a process group of
// its own it does not see the Ctrl-C of the terminal, of which terraform takes
// a second one as an order to drop everything.
func (c command) prepare(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Dir, cmd.Env = c.dir, c.env
	ownGroup(cmd)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
	return cmd
}

// run waits for the command and returns what it printed.
func (c command) run(ctx context.Context) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := c.prepare(ctx)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s%s", cmd, err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.String(), err
}

// exitCode is the code behind an error of run, or -1.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}
