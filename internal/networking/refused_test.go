// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

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

// finds checks that a data source finds an object by each configuration. A project narrows no search, and a warning says so.
func finds(t *testing.T, p *protocol.Provider, kind string, want protocol.Object, cases ...args) {
	t.Helper()
	for _, config := range cases {
		got, said := p.Query("novasphere_networking_"+kind, config)
		if len(protocol.Errors(said)) > 0 {
			t.Errorf("%v: %v", config, said)
			continue
		}
		if id := text(t, got, "id"); id != want.Text("id") {
			t.Errorf("%v finds %s, not %s", config, id, want.Text("id"))
		}
		if _, asked := config["project_id"]; asked && !strings.Contains(fmt.Sprint(said), "do not narrow a search") {
			t.Errorf("%v: nobody says that the project does not narrow the search: %v", config, said)
		}
	}
}

// removed returns a step's PreConfig in which another workspace imports an object that it finds by a configuration, and destroys it.
func removed(t *testing.T, vc *acctest.VCenter, kind string, config args) func() {
	t.Helper()
	return func() {
		p := vc.Provider(t, nil)
		kind := "novasphere_networking_" + kind
		found, said := p.Query(kind, config)
		if len(protocol.Errors(said)) > 0 {
			t.Fatal(said)
		}
		imported, said := p.Import(kind, text(t, found, "id"))
		if len(protocol.Errors(said)) > 0 || !imported.Exists() {
			t.Fatal(said)
		}
		p.Destroy(imported)
	}
}

// holds checks that the records of the datacenter hold each text.
func holds(vc *acctest.VCenter, texts ...string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		for _, text := range texts {
			if all := vc.Records(); !strings.Contains(all, text) {
				return fmt.Errorf("no record holds %s:\n%s", text, all)
			}
		}
		return nil
	})
}

// text returns a string attribute of a data source.
func text(t *testing.T, attributes map[string]tftypes.Value, name string) (out string) {
	t.Helper()
	must(t, attributes[name].As(&out))
	return out
}
