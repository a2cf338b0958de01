// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// startup is how long novasim may take to build its inventory.
const startup = 30 * time.Second

// A simulator is a running novasim.
type simulator struct {
	cmd  *exec.Cmd
	vars map[string]string // VSPHERE_* and others, from the file that novasim writes
	log  bytes.Buffer
	done chan struct{} // closed when it has ended
	end  error         // how it ended
}

// startSimulator starts novasim on a free port and waits until it has written its address. The process does not end with ctx, because an
// interrupted terraform still needs its vCenter; only stop ends it.
func startSimulator(ctx context.Context, program, dir string) (*simulator, error) {
	envFile := filepath.Join(dir, "vcenter.env")
	c := command{dir: dir, env: append(os.Environ(), "TMPDIR="+dir), argv: []string{program, "-listen", "127.0.0.1:0", "-env", envFile}}
	s := &simulator{cmd: c.prepare(context.WithoutCancel(ctx)), done: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.end = s.cmd.Wait()
		close(s.done)
	}()
	if err := s.ready(ctx, envFile); err != nil {
		return nil, errors.Join(err, s.stop(), errors.New(s.log.String()))
	}
	return s, nil
}

// ready waits until the file of variables is complete.
func (s *simulator) ready(ctx context.Context, envFile string) error {
	ctx, cancel := context.WithTimeout(ctx, startup)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return fmt.Errorf("novasim ended at once: %v", s.end)
		case <-ctx.Done():
			return fmt.Errorf("waiting for novasim: %w", ctx.Err())
		case <-tick.C:
			content, err := os.ReadFile(envFile)
			if err != nil {
				continue // not written yet
			}
			s.vars = parseEnv(string(content))
			if complete(s.vars) {
				return nil
			}
		}
	}
}

// complete reports whether all variables are there, so that a file that is still being written is not used.
func complete(vars map[string]string) bool {
	for _, name := range []string{"VSPHERE_SERVER", "VSPHERE_USER", "VSPHERE_PASSWORD", "NOVASPHERE_CA_FILE"} {
		if vars[name] == "" {
			return false
		}
	}
	return true
}

// env returns the variables in the form "NAME=value".
func (s *simulator) env() []string {
	var env []string
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		env = append(env, name+"="+s.vars[name])
	}
	return env
}

// stop ends novasim and waits for it.
func (s *simulator) stop() error {
	_ = s.cmd.Process.Signal(os.Interrupt) // fails if it has ended already
	select {
	case <-s.done:
		return nil
	case <-time.After(patience):
		return errors.Join(errors.New("novasim did not stop and was killed"), s.cmd.Process.Kill())
	}
}

// parseEnv reads lines NAME=value as a shell would.
func parseEnv(content string) map[string]string {
	vars := map[string]string{}
	for line := range strings.Lines(content) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "export ")
		name, value, found := strings.Cut(line, "=")
		if !found || strings.HasPrefix(name, "#") {
			continue
		}
		vars[name] = strings.Trim(value, `"'`)
	}
	return vars
}
