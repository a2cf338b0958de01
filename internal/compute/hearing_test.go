package compute_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
)

// says finds a text in what the CLI prints, however it breaks the lines.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
}

// said is one diagnostic: during which step of the protocol, where, and what.
type said struct {
	during string // plan, apply or read
	level  tfprotov6.DiagnosticSeverity
	at     string // the attribute's path
	text   string // summary and detail
	call   int    // diagnostics of the same call have the same number
}

// ear hears the diagnostics of a provider, warnings above all: the test framework shows none of them to a test.
type ear struct {
	mu    sync.Mutex
	heard []said
	calls int
}

// factories serve the provider through the ear.
func (e *ear) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){"novasphere": func() (tfprotov6.ProviderServer, error) {
		server, err := acctest.Factories["novasphere"]()
		return listening{server, e}, err
	}}
}

func (e *ear) hear(during string, diagnostics []*tfprotov6.Diagnostic) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls++
	for _, d := range diagnostics {
		e.heard = append(e.heard, said{during, d.Severity, strings.TrimPrefix(d.Attribute.String(), "AttributeName"), d.Summary + ": " + d.Detail, e.calls})
	}
}

// forget starts anew.
func (e *ear) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = nil
}

// warnings are those given during plan, apply or read that hold a text.
func (e *ear) warnings(during, text string) (out []said) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.heard {
		if s.during == during && s.level == tfprotov6.DiagnosticSeverityWarning && strings.Contains(s.text, text) {
			out = append(out, s)
		}
	}
	return out
}

// warned fails where no warning holds the text.
func (e *ear) warned(during, text string) error {
	if len(e.warnings(during, text)) == 0 {
		return fmt.Errorf("no warning %q during %s, but %v", text, during, e.warnings(during, ""))
	}
	return nil
}

type listening struct {
	tfprotov6.ProviderServer
	ear *ear
}

// PlanResourceChange listens.
func (l listening) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := l.ProviderServer.PlanResourceChange(ctx, req)
	if resp != nil {
		l.ear.hear("plan", resp.Diagnostics)
	}
	return resp, err
}

// ReadDataSource listens.
func (l listening) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp, err := l.ProviderServer.ReadDataSource(ctx, req)
	if resp != nil {
		l.ear.hear("data", resp.Diagnostics)
	}
	return resp, err
}

// ApplyResourceChange listens.
func (l listening) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := l.ProviderServer.ApplyResourceChange(ctx, req)
	if resp != nil {
		l.ear.hear("apply", resp.Diagnostics)
	}
	return resp, err
}

// planned plans the creation of a resource without a CLI, which takes a few milliseconds: what it says, and the plan.
// A value of the configuration may be tftypes.UnknownValue. Without a vCenter the provider is not configured.
func planned(t *testing.T, vc *acctest.VCenter, kind string, config map[string]any) ([]said, map[string]tftypes.Value) {
	t.Helper()
	server, err := acctest.Factories["novasphere"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if vc != nil {
		settings := dynamic(t, schemas.Provider.ValueType(), map[string]any{"vsphere_server": vc.Server(), "user": vc.User, "password": vc.Password, "ca_file": vc.CAFile})
		if resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: settings}); err != nil || len(resp.Diagnostics) > 0 {
			t.Fatal(err, resp.Diagnostics)
		}
	}
	ty := schemas.ResourceSchemas[kind].ValueType()
	e := &ear{}
	resp, err := listening{server, e}.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: kind,
		PriorState: dynamic(t, ty, nil), ProposedNewState: dynamic(t, ty, config), Config: dynamic(t, ty, config)})
	if err != nil {
		t.Fatal(err)
	}
	plan := map[string]tftypes.Value{}
	if resp.PlannedState != nil {
		value, err := resp.PlannedState.Unmarshal(ty)
		if err == nil {
			err = value.As(&plan)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return e.heard, plan
}

func dynamic(t *testing.T, ty tftypes.Type, v map[string]any) *tfprotov6.DynamicValue {
	t.Helper()
	value := tftypes.NewValue(ty, nil)
	if v != nil {
		value = valueOf(ty, v)
	}
	d, err := tfprotov6.NewDynamicValue(ty, value)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

// valueOf makes a value of maps, lists and plain values. What is missing is null; a list of blocks is empty.
func valueOf(ty tftypes.Type, v any) tftypes.Value {
	switch ty := ty.(type) {
	case tftypes.Object:
		fields, ok := v.(map[string]any)
		if !ok {
			return tftypes.NewValue(ty, v)
		}
		out := map[string]tftypes.Value{}
		for name, of := range ty.AttributeTypes {
			out[name] = valueOf(of, fields[name])
		}
		return tftypes.NewValue(ty, out)
	case tftypes.Map:
		if elements, ok := v.(map[string]any); ok {
			out := map[string]tftypes.Value{}
			for key, element := range elements {
				out[key] = valueOf(ty.ElementType, element)
			}
			return tftypes.NewValue(ty, out)
		}
	case tftypes.List:
		elements, ok := v.([]any)
		_, blocks := ty.ElementType.(tftypes.Object)
		if ok || v == nil && blocks {
			out := []tftypes.Value{}
			for _, element := range elements {
				out = append(out, valueOf(ty.ElementType, element))
			}
			return tftypes.NewValue(ty, out)
		}
	case tftypes.Set:
		elements, ok := v.([]any)
		_, blocks := ty.ElementType.(tftypes.Object)
		if ok || v == nil && blocks {
			out := []tftypes.Value{}
			for _, element := range elements {
				out = append(out, valueOf(ty.ElementType, element))
			}
			return tftypes.NewValue(ty, out)
		}
	}
	return tftypes.NewValue(ty, v)
}

// machine is a machine of the test's own session.
func machine(vc *acctest.VCenter, path string) *object.VirtualMachine {
	return object.NewVirtualMachine(vc.Client().Client, vc.VM(path).Self)
}

// by waits for a task that somebody else starts, by hand so to speak.
func by(t *testing.T, start func(context.Context) (*object.Task, error)) {
	t.Helper()
	task, err := start(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// reconfigured changes a machine behind the provider's back.
func reconfigured(t *testing.T, vc *acctest.VCenter, path string, spec types.VirtualMachineConfigSpec) {
	t.Helper()
	vm := machine(vc, path)
	by(t, func(ctx context.Context) (*object.Task, error) { return vm.Reconfigure(ctx, spec) })
}

// setExtra changes advanced parameters behind the provider's back; an empty value removes one.
func setExtra(t *testing.T, vc *acctest.VCenter, path string, values map[string]string) {
	t.Helper()
	var spec types.VirtualMachineConfigSpec
	for key, value := range values {
		spec.ExtraConfig = append(spec.ExtraConfig, &types.OptionValue{Key: key, Value: value})
	}
	reconfigured(t, vc, path, spec)
}

// cardsOf are a machine's NICs, in the order of their keys.
func cardsOf(vm mo.VirtualMachine) (out []*types.VirtualEthernetCard) {
	for _, device := range vm.Config.Hardware.Device {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			out = append(out, card.GetVirtualEthernetCard())
		}
	}
	return out
}

// renamed is the change of a machine's name.
func renamed(to string) types.VirtualMachineConfigSpec {
	return types.VirtualMachineConfigSpec{Name: to}
}

// data is a data source of the compute service, with its arguments separated by commas.
func data(kind, address, arguments string) string {
	return fmt.Sprintf("data \"novasphere_compute_%s\" %q {\n  %s\n}\n", kind, address, strings.ReplaceAll(arguments, ", ", "\n  "))
}

// listed checks one element of a list.
func listed(address, attribute string, i int, value string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttr(address, fmt.Sprintf("%s.%d", attribute, i), value)
}

// portgroup is a portgroup of the distributed switch by its name.
func datacenter(vc *acctest.VCenter) *object.Datacenter {
	found, err := find.NewFinder(vc.Client().Client).Datacenter(context.Background(), "/dc1")
	if err != nil {
		panic(err)
	}
	return found
}

// edited lets a template be changed, as an administrator would: as a machine, for a moment.
func edited(t *testing.T, vc *acctest.VCenter, path string, change func()) {
	t.Helper()
	vm := machine(vc, path)
	pool, err := find.NewFinder(vc.Client().Client).ResourcePool(t.Context(), "/dc1/host/compute/Resources")
	if err == nil {
		err = vm.MarkAsVirtualMachine(t.Context(), *pool, nil)
	}
	if err == nil {
		change()
		err = vm.MarkAsTemplate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}
