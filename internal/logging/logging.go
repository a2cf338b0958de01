// SPDX-License-Identifier: MPL-2.0

// Package logging writes the provider's log. The log has one part for each system that the provider talks to, with a level of its own.
package logging

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// Part is a part of the log. Its value is the name of the subsystem in terraform-plugin-log.
type Part string

// The parts of the log.
const (
	VCenter   Part = "vcenter"   // calls, tasks and decisions about VMs
	OpenStack Part = "openstack" // calls to an OpenStack cloud
	NSX       Part = "nsx"       // calls to an NSX Manager
	Network   Part = "network"   // what happens to ports of the distributed switch
)

// variable sets the level of all parts. A part's own variable adds its name: TF_LOG_PROVIDER_NOVASPHERE_VCENTER.
const variable = "TF_LOG_PROVIDER_NOVASPHERE"

// wider are the variables that set the level of more than this provider, the most specific first.
var wider = []string{"TF_LOG_PROVIDER", "TF_LOG"}

// levels are terraform-plugin-log's, the finest first.
var levels = []string{"trace", "debug", "info", "warn", "error", "off"}

const (
	debug = 1
	info  = 2
	off   = 5
)

// turn is the key of the lock that has the lines of one request written one after the other: terraform-plugin-log masks the request's own
// fields in place, in a map that all lines of the request share.
type turn struct{}

// take waits for a request's other lines, and returns what lets the next one be written.
func take(ctx context.Context) (done func()) {
	lock, ok := ctx.Value(turn{}).(*sync.Mutex)
	if !ok {
		return func() {}
	}
	lock.Lock()
	return lock.Unlock
}

// Begin prepares the log of one request. It returns ctx unchanged if nothing would be written. The secrets are masked in every line.
func Begin(ctx context.Context, secrets func() []string) context.Context {
	var hidden []string
	for _, part := range []Part{VCenter, OpenStack, NSX, Network} {
		level := part.level()
		if level >= off {
			continue
		}
		with := tflog.NewSubsystem(ctx, string(part), tflog.WithLevelFromEnv(variable, string(part)), tflog.WithAdditionalLocationOffset(1),
			tflog.WithRootFields())
		if with == ctx { // no log is set up
			return ctx
		}
		if hidden == nil {
			hidden = slices.DeleteFunc(append([]string{}, secrets()...), func(s string) bool { return s == "" })
		}
		if len(hidden) > 0 {
			with = tflog.SubsystemMaskAllFieldValuesStrings(with, string(part), hidden...)
			with = tflog.SubsystemMaskMessageStrings(with, string(part), hidden...)
		}
		ctx = context.WithValue(with, part, level)
	}
	if _, locked := ctx.Value(turn{}).(*sync.Mutex); !locked && hidden != nil {
		ctx = context.WithValue(ctx, turn{}, &sync.Mutex{})
	}
	return ctx
}

// level returns the finest level that is written. Terraform reads every line of a provider and drops those below the user's level, so
// lines are only worth their cost if one of the variables is set. As in Terraform, an unknown value means all lines.
func (p Part) level() int {
	for _, name := range append([]string{variable + "_" + strings.ToUpper(string(p)), variable}, wider...) {
		if value := strings.ToLower(os.Getenv(name)); value != "" {
			return max(slices.Index(levels, value), 0)
		}
	}
	return off
}

func (p Part) writes(ctx context.Context, level int) bool {
	least, begun := ctx.Value(p).(int)
	return begun && least <= level
}

// Debugs reports whether lines at DEBUG are written, so that a caller can skip preparing them.
func (p Part) Debugs(ctx context.Context) bool { return p.writes(ctx, debug) }

// Informs reports whether lines at INFO are written.
func (p Part) Informs(ctx context.Context) bool { return p.writes(ctx, info) }

// Debug writes a line at DEBUG with alternating names and values.
func (p Part) Debug(ctx context.Context, message string, pairs ...any) {
	if p.Debugs(ctx) {
		defer take(ctx)()
		tflog.SubsystemDebug(ctx, string(p), message, fields(pairs))
	}
}

// Info writes a line at INFO with alternating names and values.
func (p Part) Info(ctx context.Context, message string, pairs ...any) {
	if p.Informs(ctx) {
		defer take(ctx)()
		tflog.SubsystemInfo(ctx, string(p), message, fields(pairs))
	}
}

func fields(pairs []any) map[string]any {
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			out[name] = pairs[i+1]
		}
	}
	return out
}
