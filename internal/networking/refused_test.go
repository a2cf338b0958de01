package networking_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// args are the arguments of a resource, a data source or a block.
type args = map[string]any

// with is a configuration with some arguments more, or other ones.
func with(config args, more ...args) args {
	out := maps.Clone(config)
	for _, m := range more {
		maps.Copy(out, m)
	}
	return out
}

// block is a list of one block.
func block(arguments args) []any { return []any{arguments} }

// refusal is a configuration that has exactly one error: where it is shown, and what it says.
type refusal struct {
	config   args
	at, text string
}

// is fails the test where the errors are others.
func (r refusal) is(t *testing.T, said []protocol.Diagnostic) {
	t.Helper()
	if errors := protocol.Errors(said); len(errors) != 1 || errors[0].Attribute != r.at || !strings.Contains(errors[0].Text, r.text) {
		t.Errorf("the errors are %v, and not %q at %q", errors, r.text, r.at)
	}
}

// refusedPlans plans what must be refused, each with a provider that has planned nothing before.
func refusedPlans(t *testing.T, vc *acctest.VCenter, settings args, kind string, cases map[string]refusal) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.is(t, vc.Provider(t, settings).Plan("novasphere_networking_"+kind, c.config, protocol.Object{}).Diagnostics)
		})
	}
}

// refusedQueries reads data sources that must be refused.
func refusedQueries(t *testing.T, vc *acctest.VCenter, kind string, cases map[string]refusal) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, said := vc.Provider(t, nil).Query("novasphere_networking_"+kind, c.config)
			c.is(t, said)
		})
	}
}

// text is the text of an attribute of a data source.
func text(t *testing.T, attributes map[string]tftypes.Value, name string) (out string) {
	t.Helper()
	must(t, attributes[name].As(&out))
	return out
}
