package networking_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// args holds the arguments of a resource, a data source or a block.
type args = map[string]any

// with returns a copy of a configuration with further or other arguments.
func with(config args, more ...args) args {
	out := maps.Clone(config)
	for _, m := range more {
		maps.Copy(out, m)
	}
	return out
}

// block returns a list of one block.
func block(arguments args) []any { return []any{arguments} }

// refusal is a configuration with exactly one error: the attribute that it is about, and a part of its text.
type refusal struct {
	config   args
	at, text string
}

// is checks that the error is the expected one.
func (r refusal) is(t *testing.T, said []protocol.Diagnostic) {
	t.Helper()
	if errors := protocol.Errors(said); len(errors) != 1 || errors[0].Attribute != r.at || !strings.Contains(errors[0].Text, r.text) {
		t.Errorf("the errors are %v, and not %q at %q", errors, r.text, r.at)
	}
}

// refusedPlans checks that plans are refused, each with a new provider.
func refusedPlans(t *testing.T, vc *acctest.VCenter, settings args, kind string, cases map[string]refusal) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.is(t, vc.Provider(t, settings).Plan("novasphere_networking_"+kind, c.config, protocol.Object{}).Diagnostics)
		})
	}
}

// refusedQueries checks that reads of data sources are refused.
func refusedQueries(t *testing.T, vc *acctest.VCenter, kind string, cases map[string]refusal) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, said := vc.Provider(t, nil).Query("novasphere_networking_"+kind, c.config)
			c.is(t, said)
		})
	}
}

// text returns a string attribute of a data source.
func text(t *testing.T, attributes map[string]tftypes.Value, name string) (out string) {
	t.Helper()
	must(t, attributes[name].As(&out))
	return out
}
