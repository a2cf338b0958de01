// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// named returns the configuration of an object whose name must be unique.
func named(kind, text string) map[string]any {
	return map[string]map[string]any{
		"compute_flavor":    {"name": text, "vcpus": 1, "ram": 512, "disk": 20},
		"compute_keypair":   {"name": text, "public_key": publicKey},
		"compute_aggregate": {"name": text},
		"compute_instance":  wish(map[string]any{"name": text}),
	}[kind]
}

var namedKinds = []string{"compute_flavor", "compute_keypair", "compute_aggregate", "compute_instance"}

// TestAccNamesTwiceInOneConfiguration: the second of two objects with one name in a configuration is refused at plan.
func TestAccNamesTwiceInOneConfiguration(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	little(vc.Provider(t, nil))
	provider := vc.Provider(t, nil)
	for _, kind := range namedKinds {
		if heard := provider.Plan("novasphere_"+kind, named(kind, "one"), protocol.Object{}).Errors(); len(heard) > 0 {
			t.Errorf("%s: heard %v of the first", kind, heard)
		}
		refused(t, provider.Plan("novasphere_"+kind, named(kind, "one"), protocol.Object{}).Errors(), "name",
			`of this configuration is to be called "one" too`)
		if heard := provider.Plan("novasphere_"+kind, named(kind, "two"), protocol.Object{}).Errors(); len(heard) > 0 {
			t.Errorf("%s: heard %v of another name", kind, heard)
		}
	}
}

// TestAccNamesThatAreTaken: a name that is taken outside of the configuration is refused at plan, with advice, even for many objects.
func TestAccNamesThatAreTaken(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	theirs := vc.Provider(t, nil)
	little(theirs)
	all := []string{"one", "two", "three", "four", "five", "six"}
	for _, text := range all {
		vc.Make("OpenStack", types.VirtualMachineConfigSpec{Name: text, GuestId: "otherGuest", NumCPUs: 1, MemoryMB: 128})
	}
	for _, kind := range namedKinds[:3] {
		theirs.Bring("novasphere_"+kind, named(kind, "one"), protocol.Object{})
	}
	ours := vc.Provider(t, nil)
	for _, kind := range namedKinds[:3] {
		refused(t, ours.Plan("novasphere_"+kind, named(kind, "one"), protocol.Object{}).Errors(), "name",
			`"one" exists already: choose another name`)
	}
	for _, text := range all { // one of the first few is taken, so all names are checked
		refused(t, ours.Plan(instanceKind, wish(map[string]any{"name": text}), protocol.Object{}).Errors(), "name",
			`a VM called "`+text+`" exists already at /dc1/vm/OpenStack/`+text+", and this provider did not make it")
	}
}

// TestRenamedToWhatIsTaken: where the new name of an instance is taken, the plan reports that alone, and checks no other change.
func TestRenamedToWhatIsTaken(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	provider := vc.Provider(t, nil)
	little(provider)
	is := provider.Bring(instanceKind, wish(map[string]any{"name": "one"}), protocol.Object{})
	vc.Make("OpenStack", types.VirtualMachineConfigSpec{Name: "two", GuestId: "otherGuest", NumCPUs: 1, MemoryMB: 128})
	next := vc.Provider(t, nil)
	plan := next.Plan(instanceKind, wish(map[string]any{"name": "two", "admin_pass": "Secret-2"}), is)
	refused(t, plan.Diagnostics, "name", `a VM called "two" exists already`)
	plan = next.Plan(instanceKind, wish(map[string]any{"name": "one", "admin_pass": "Secret-2"}), is)
	if len(plan.Errors()) > 0 || len(plan.Diagnostics) == 0 {
		t.Errorf("without the name it warns of the password: %v", plan.Diagnostics)
	}
}

// TestAccNamesOfWhatIsThere: an object that is replaced, tainted, unchanged or changed does not collide with its own name.
func TestAccNamesOfWhatIsThere(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	first := vc.Provider(t, nil)
	little(first)
	had := map[string]protocol.Object{}
	for _, kind := range namedKinds {
		had[kind] = first.Bring("novasphere_"+kind, named(kind, "one"), protocol.Object{})
	}
	fine := func(how string, plan protocol.Plan, action string) {
		if heard := plan.Errors(); len(heard) > 0 || plan.Action != action {
			t.Errorf("%s of the %s: %s, heard %v", how, plan.Type, plan.Action, heard)
		}
	}
	next := vc.Provider(t, nil)
	replacing := map[string]map[string]any{"compute_flavor": {"vcpus": 2}, "compute_instance": {"config_drive": true}}
	for _, kind := range namedKinds {
		now, _ := next.Read(had[kind])
		fine("a plan without a change", next.Plan(now.Type, named(kind, "one"), now), protocol.Nothing)
		if more := replacing[kind]; more != nil {
			other := named(kind, "one")
			for key, value := range more {
				other[key] = value
			}
			fine("a replacement", next.Plan(now.Type, other, now), protocol.Replace)
		}
	}
	for _, kind := range namedKinds {
		process := vc.Provider(t, nil)
		now, _ := process.Read(had[kind])
		now.Tainted = true
		fine("one that is tainted", process.Plan(now.Type, named(kind, "one"), now), protocol.Replace)
	}
	last := vc.Provider(t, nil)
	for _, kind := range namedKinds {
		now, _ := last.Read(had[kind])
		last.Destroy(now)
		fine("one that was destroyed", last.Plan(now.Type, named(kind, "one"), protocol.Object{}), protocol.Create)
	}
}
