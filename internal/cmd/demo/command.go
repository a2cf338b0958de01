// SPDX-License-Identifier: MPL-2.0

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

// patience is how long a child process may take to end after an interrupt before it is killed.
const patience = 20 * time.Second

// A command is a child process whose output is only shown with an error.
type command struct {
	dir  string
	env  []string
	argv []string
}

// prepare puts the process in a process group of its own, so that the Ctrl-C of a terminal does not reach it besides our interrupt:
// terraform takes a second interrupt as an order to abandon everything.
func (c command) prepare(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Dir, cmd.Env = c.dir, c.env
	ownGroup(cmd)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
	return cmd
}

// run waits for the command and returns its output.
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

// exitCode returns the exit code in an error of run, or -1.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}
