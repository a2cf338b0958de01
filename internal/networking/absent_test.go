package networking_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// wired is a provider without a CLI before it: what it says is heard, warnings too.
type wired struct {
	tfprotov6.ProviderServer
	t       *testing.T
	schemas *tfprotov6.GetProviderSchemaResponse
}

// wire configures a provider, whose vCenter may be one that does not exist.
func wire(t *testing.T, settings map[string]string) wired {
	t.Helper()
	server, err := acctest.Factories["novasphere"]()
	must(t, err)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	must(t, err)
	w := wired{server, t, schemas}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: w.value(schemas.Provider.ValueType(), settings)})
	must(t, err)
	if len(resp.Diagnostics) > 0 {
		t.Fatalf("%+v", resp.Diagnostics[0])
	}
	return w
}

// value is an object with some texts, and with nothing else.
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

// plan plans the making of a resource.
func (w wired) plan(kind string, texts map[string]string) []*tfprotov6.Diagnostic {
	w.t.Helper()
	ty := w.schemas.ResourceSchemas[kind].ValueType()
	none, err := tfprotov6.NewDynamicValue(ty, tftypes.NewValue(ty, nil))
	must(w.t, err)
	config := w.value(ty, texts)
	resp, err := w.PlanResourceChange(w.t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: kind, PriorState: &none, ProposedNewState: config, Config: config})
	must(w.t, err)
	return resp.Diagnostics
}

// TestAbsent: what a vCenter has not is refused with one sentence, whoever asks and whatever for: a plan, an import, a read. Nothing
// is asked of the vCenter, which does not exist here.
func TestAbsent(t *testing.T) {
	t.Parallel()
	w := wire(t, map[string]string{"vsphere_server": "127.0.0.1:1", "user": "u", "password": "p", "routers": "physical"})
	const nat, way = " needs a router that translates addresses (NAT): a vCenter has no routers", "That takes the NSX backend, which is not in this version. "
	const route, hint = " needs a router that takes static routes: a vCenter has no routers", way + "Guests can be told routes: with novasphere_networking_subnet_route"
	const fixed = way + "The nearest thing is a port on the external network (novasphere_networking_port) with a fixed IP"
	for noun, says := range map[string][2]string{
		"router_route":         {"a route of a router" + route, hint},
		"router_routes":        {"a set of routes of a router" + route, hint},
		"floatingip":           {"a floating IP" + nat, fixed},
		"floatingip_associate": {"the association of a floating IP" + nat, fixed},
		"portforwarding":       {"the forwarding of a floating IP's port" + nat, fixed},
	} {
		kind := "novasphere_networking_" + noun
		refused := func(what string, diagnostics []*tfprotov6.Diagnostic) {
			t.Helper()
			if len(diagnostics) != 1 || diagnostics[0].Severity != tfprotov6.DiagnosticSeverityError || !strings.Contains(diagnostics[0].Detail, says[0]) || !strings.Contains(diagnostics[0].Detail, says[1]) {
				t.Errorf("%s of %s: %+v", what, kind, diagnostics)
			}
		}
		refused("plan", w.plan(kind, nil))
		ty := w.schemas.ResourceSchemas[kind].ValueType()
		imported, err := w.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: kind, ID: "x"})
		must(t, err)
		refused("import", imported.Diagnostics)
		read, err := w.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: kind, CurrentState: w.value(ty, map[string]string{"id": "x"})})
		must(t, err)
		refused("read", read.Diagnostics)
	}
	const kind = "novasphere_networking_floatingip"
	found, err := w.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: kind, Config: w.value(w.schemas.DataSourceSchemas[kind].ValueType(), nil)})
	must(t, err)
	if len(found.Diagnostics) != 1 || !strings.Contains(found.Diagnostics[0].Detail, "a floating IP"+nat) {
		t.Errorf("the data source: %+v", found.Diagnostics)
	}
}

// TestRouterWarnings: that routers are records is said once, and what has no effect once for each router.
func TestRouterWarnings(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	settings := map[string]string{"vsphere_server": vc.Server(), "user": vc.User, "password": vc.Password, "ca_file": vc.CAFile}
	w := wire(t, settings)
	if heard := w.plan("novasphere_networking_router", map[string]string{"name": "edge"}); len(heard) != 1 || heard[0].Severity != tfprotov6.DiagnosticSeverityError || heard[0].Attribute != nil {
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
	const caveat, idle = "nothing routes unless the physical gateway", "flavor_id: recorded, and without effect."
	said := strings.Join(all, "\n")
	if strings.Count(said, caveat) != 1 || strings.Count(said, idle) != 2 || len(all) != 3 {
		t.Errorf("heard\n%s", said)
	}
}
