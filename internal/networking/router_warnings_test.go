// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// wired is a provider that is called without a CLI, so that warnings can be checked.
type wired struct {
	tfprotov6.ProviderServer
	t       *testing.T
	schemas *tfprotov6.GetProviderSchemaResponse
}

// wire configures a provider. Its vCenter need not exist.
func wire(t *testing.T, settings map[string]string) wired {
	t.Helper()
	server, err := acctest.Factories["novasphere"]()
	must(t, err)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	must(t, err)
	w := wired{server, t, schemas}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: w.value(schemas.Provider.ValueType(),
		settings)})
	must(t, err)
	if len(resp.Diagnostics) > 0 {
		t.Fatalf("%+v", resp.Diagnostics[0])
	}
	return w
}

// value returns an object with some string attributes; all others are null.
func (w wired) value(ty tftypes.Type, texts map[string]string) *tfprotov6.DynamicValue {
	w.t.Helper()
	values := map[string]tftypes.Value{}
	for name, of := range ty.(tftypes.Object).AttributeTypes {
		if values[name] = tftypes.NewValue(of, nil); texts[name] != "" {
			values[name] = tftypes.NewValue(of, texts[name])
		}
	}
	out, err := tfprotov6.NewDynamicValue(ty, tftypes.NewValue(ty, values))
	must(w.t, err)
	return &out
}

// plan plans the creation of a resource.
func (w wired) plan(kind string, texts map[string]string) []*tfprotov6.Diagnostic {
	w.t.Helper()
	ty := w.schemas.ResourceSchemas[kind].ValueType()
	none, err := tfprotov6.NewDynamicValue(ty, tftypes.NewValue(ty, nil))
	must(w.t, err)
	config := w.value(ty, texts)
	resp, err := w.PlanResourceChange(w.t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: kind, PriorState: &none,
		ProposedNewState: config, Config: config})
	must(w.t, err)
	return resp.Diagnostics
}

// TestRouterWarnings: the warning that routers are records comes once, and no other of arguments that are only recorded.
func TestRouterWarnings(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	settings := map[string]string{"vsphere_server": vc.Server(), "user": vc.User, "password": vc.Password, "ca_file": vc.CAFile}
	w := wire(t, settings)
	if heard := w.plan("novasphere_networking_router", map[string]string{"name": "edge"}); len(heard) != 1 ||
		heard[0].Severity != tfprotov6.DiagnosticSeverityError || heard[0].Attribute != nil {
		t.Errorf("without routers: %+v", heard)
	}
	settings["routers"] = "physical"
	w = wire(t, settings)
	var all []string
	for _, name := range []string{"edge", "other"} {
		for _, d := range w.plan("novasphere_networking_router", map[string]string{"name": name, "flavor_id": "f"}) {
			if d.Severity != tfprotov6.DiagnosticSeverityWarning {
				t.Errorf("%s: %s", d.Summary, d.Detail)
			}
			all = append(all, d.Detail)
		}
	}
	said := strings.Join(all, "\n")
	if !strings.Contains(said, "nothing routes or translates unless the physical gateway") || len(all) != 1 {
		t.Errorf("heard\n%s", said)
	}
}
