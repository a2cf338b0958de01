// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// says matches a text in the CLI's output, whatever its line breaks.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
}

// planned plans the creation of a resource without a CLI, and returns the diagnostics and the plan. Without a vCenter the provider is not
// configured.
func planned(t *testing.T, vc *acctest.VCenter, kind string, config map[string]any) ([]protocol.Diagnostic, map[string]tftypes.Value) {
	t.Helper()
	provider := protocol.New(t, acctest.Factories["novasphere"])
	if vc != nil {
		provider = vc.Provider(t, nil)
	}
	plan := provider.Plan(kind, config, protocol.Object{})
	return plan.Diagnostics, plan.Attributes()
}

// machine returns a VM, read in the test's own session.
func machine(vc *acctest.VCenter, path string) *object.VirtualMachine {
	return object.NewVirtualMachine(vc.Client().Client, vc.VM(path).Self)
}

// by waits for a task that is started outside of Terraform.
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

// reconfigured changes a VM behind the provider's back.
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

// cardsOf returns a VM's NICs, in the order of their keys.
func cardsOf(vm mo.VirtualMachine) (out []*types.VirtualEthernetCard) {
	for _, device := range vm.Config.Hardware.Device {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			out = append(out, card.GetVirtualEthernetCard())
		}
	}
	return out
}

// renamed returns the spec that renames a VM.
func renamed(to string) types.VirtualMachineConfigSpec {
	return types.VirtualMachineConfigSpec{Name: to}
}

// data returns a data source of the compute service, with its arguments separated by commas.
func data(kind, address, arguments string) string {
	return fmt.Sprintf("data \"novasphere_compute_%s\" %q {\n  %s\n}\n", kind, address, strings.ReplaceAll(arguments, ", ", "\n  "))
}

// listed checks one element of a list.
func listed(address, attribute string, i int, value string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttr(address, fmt.Sprintf("%s.%d", attribute, i), value)
}

// datacenter returns the simulator's datacenter.
func datacenter(vc *acctest.VCenter) *object.Datacenter {
	found, err := find.NewFinder(vc.Client().Client).Datacenter(context.Background(), "/dc1")
	if err != nil {
		panic(err)
	}
	return found
}

// edited turns a template into a VM while it is changed, as an administrator would.
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
