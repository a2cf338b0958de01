// Package logging is what the provider tells about its work: one part of the log for each system that it speaks to, with a level of its
// own.
package logging

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// Part is a part of the log. Its name is the subsystem's in terraform-plugin-log.
type Part string

// The parts of the log.
const (
	VCenter   Part = "vcenter"   // calls, tasks and decisions about machines
	OpenStack Part = "openstack" // calls to an OpenStack cloud
	Network   Part = "network"   // what happens to ports of a switch
)

// variable is where this provider's level comes from. A part's own variable adds its name: TF_LOG_PROVIDER_NOVASPHERE_VCENTER.
const variable = "TF_LOG_PROVIDER_NOVASPHERE"

// wider are the variables that set the level of more than this provider, the nearest first.
var wider = []string{"TF_LOG_PROVIDER", "TF_LOG"}

// levels are terraform-plugin-log's, from the finest on.
var levels = []string{"trace", "debug", "info", "warn", "error", "off"}

const (
	debug = 1
	info  = 2
	off   = 5
)

// Begin prepares the log of one request, and changes nothing where nobody reads it. No line of it ever holds one of the secrets.
func Begin(ctx context.Context, secrets func() []string) context.Context {
	var hidden []string
	for _, part := range []Part{VCenter, OpenStack, Network} {
		level := part.level()
		if level >= off {
			continue
		}
		with := tflog.NewSubsystem(ctx, string(part), tflog.WithLevelFromEnv(variable, string(part)), tflog.WithAdditionalLocationOffset(1),
			tflog.WithRootFields())
		if with == ctx { // there is no log to be a part of
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
	return ctx
}

// level is the finest that is written. Terraform reads every line of a provider and drops what its user did not ask for, so that a line is
// only worth its time where one of the variables is set. As in Terraform, an unknown value means all lines.
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

// Debugs reports whether lines at DEBUG are written, so that nothing is made ready for them where they are not.
func (p Part) Debugs(ctx context.Context) bool { return p.writes(ctx, debug) }

// Informs reports whether lines at INFO are written.
func (p Part) Informs(ctx context.Context) bool { return p.writes(ctx, info) }

// Debug writes a line at DEBUG with pairs of names and values.
func (p Part) Debug(ctx context.Context, message string, pairs ...any) {
	if p.Debugs(ctx) {
		tflog.SubsystemDebug(ctx, string(p), message, fields(pairs))
	}
}

// Info writes a line at INFO with pairs of names and values.
func (p Part) Info(ctx context.Context, message string, pairs ...any) {
	if p.Informs(ctx) {
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
