// SPDX-License-Identifier: MPL-2.0

// Command demo shows a whole life of the provider: it builds it, starts a vCenter (novasim), applies examples/quickstart with terraform
// or tofu, reads back what the vCenter holds, plans once more, and destroys. With -nsx there is an NSX beside the vCenter, the example is
// examples/three-tier-nsx, and packets are sent through it. It writes to one temporary directory only, and fails if a step does not do what
// it should.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	nsx := flag.Bool("nsx", false, "three tiers on an embedded NSX beside the vCenter")
	gallery := flag.String("gallery", "", "a page that shows the output, to be compared with this one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := shown(ctx, os.Stdout, *nsx, *gallery)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

// shown runs a demo, compares its output with a page's where there is one, and says what to type next.
func shown(ctx context.Context, out io.Writer, nsx bool, page string) error {
	var said bytes.Buffer
	if err := run(ctx, io.MultiWriter(out, &said), nsx); err != nil {
		return err
	}
	fmt.Fprint(out, next(nsx))
	if page == "" {
		return nil
	}
	command := "make demo"
	if nsx {
		command += "-nsx"
	}
	return compare(page, command, said.String())
}

// run performs a demo and reports that nothing is left.
func run(ctx context.Context, out io.Writer, nsx bool) error {
	began := time.Now()
	if err := perform(ctx, out, nsx); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nAll as promised, in %s. Nothing is left behind.\n", seconds(time.Since(began)))
	return nil
}

// next says what to type after a demo.
func next(nsx bool) string {
	var b strings.Builder
	b.WriteString("\nWhat to type next:\n")
	if !nsx {
		b.WriteString("  make demo-nsx    the second act: a router, floating IPs and stateful groups, and packets through them\n")
	}
	b.WriteString("  make install     puts the provider where terraform init finds it; docs/guides/preparing-a-vcenter.md leads to a " +
		"vCenter of yours\n" +
		"  go run ./internal/cmd/novasim -env vcenter.env\n" +
		"                   the simulated vCenter alone, to try what you like on: docs/guides/testing-modules-with-novasim.md\n")
	return b.String()
}

// A play is one of the demos: its steps, and what ends it whatever has happened.
type play interface {
	steps() []step
	stop() error
}

// perform takes the steps in a temporary directory. In any case it ends the simulator and removes the directory.
func perform(ctx context.Context, out io.Writer, nsx bool) (err error) {
	dir, err := os.MkdirTemp("", "novasphere-demo-")
	if err != nil {
		return err
	}
	var p play = &demo{stage: stage{dir: dir}}
	if nsx {
		p = &secondAct{stage: stage{dir: dir}}
	}
	defer func() { err = errors.Join(err, p.stop(), os.RemoveAll(dir)) }()

	for _, s := range p.steps() {
		if err := s.do(ctx, out); err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("interrupted at %q", s.name)
			}
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// A step is one act of the demo. It returns a few words about the result.
type step struct {
	name string
	act  func(ctx context.Context) (string, error)
}

func (s step) do(ctx context.Context, out io.Writer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	began := time.Now()
	fmt.Fprintf(out, "%-44s", s.name)
	said, err := s.act(ctx)
	if err != nil {
		fmt.Fprintf(out, "%7s  failed\n", seconds(time.Since(began)))
		return err
	}
	fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%7s  %s", seconds(time.Since(began)), said), " "))
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
