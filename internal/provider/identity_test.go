// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestIdentities: an object of each noun has an identity that its import accepts, whole or the id alone, and keeps it through a read. An
// identity of another vCenter or datacenter imports nothing.
func TestIdentities(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	made, _ := wholeConfiguration(t, vc)
	dc, err := find.NewFinder(vc.Client().Client).Datacenter(t.Context(), vc.Datacenter(1))
	if err != nil {
		t.Fatal(err)
	}
	p := vc.Provider(t, map[string]any{"security_groups": "dvs"})
	for _, o := range made {
		is := map[string]string{"id": o.Text("id"), "vcenter": vc.Client().ServiceContent.About.InstanceUuid, "region": "",
			"datacenter": dc.Reference().Value}
		if got := p.Identity(o); !maps.Equal(got, is) {
			t.Errorf("%s is made with the identity %v", o.Type, got)
		}
		forgotten := o
		forgotten.Identity = nil // as a state of a CLI without identities
		if read, said := p.Read(forgotten); len(protocol.Errors(said)) > 0 || !maps.Equal(p.Identity(read), is) {
			t.Errorf("%s is read with the identity %v: %v", o.Type, p.Identity(read), said)
		}
		for _, identity := range []map[string]string{is, {"id": is["id"]}} {
			found, said := p.ImportByIdentity(o.Type, identity)
			if len(protocol.Errors(said)) > 0 || !found.Exists() || !maps.Equal(p.Identity(found), is) {
				t.Errorf("%s, imported by %v, has the identity %v: %v", o.Type, identity, p.Identity(found), said)
			}
		}
		for name, elsewhere := range map[string]string{"vcenter": "2f6b6e02-4d5e-4c53-9e0e-8a7b6f0c1d2e", "datacenter": "datacenter-999",
			"id": " "} {
			other := maps.Clone(is)
			other[name] = elsewhere
			found, said := p.ImportByIdentity(o.Type, other)
			if errors := protocol.Errors(said); len(errors) != 1 || found.Exists() || !strings.Contains(errors[0].Text, "identity") {
				t.Errorf("%s is imported from another %s: %v", o.Type, name, said)
			}
		}
	}
}

// TestIdentityOfAPath: whatever names an instance in an import, it ends in the same identity.
func TestIdentityOfAPath(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	all, _ := wholeConfiguration(t, vc)
	p := vc.Provider(t, map[string]any{"security_groups": "dvs"})
	made := all[slices.IndexFunc(all, func(o protocol.Object) bool { return o.Type == "novasphere_compute_instance" })]
	vm := vc.VM("OpenStack/" + made.Text("name"))
	for _, name := range []string{made.Text("id"), strings.ToUpper(made.Text("id")), vm.Self.Value,
		vc.Datacenter(1) + "/vm/OpenStack/" + made.Text("name")} {
		for by, found := range map[string]func() (protocol.Object, []protocol.Diagnostic){
			"id": func() (protocol.Object, []protocol.Diagnostic) { return p.Import(made.Type, name) },
			"identity": func() (protocol.Object, []protocol.Diagnostic) {
				return p.ImportByIdentity(made.Type, map[string]string{"id": name})
			},
		} {
			if o, said := found(); len(protocol.Errors(said)) > 0 || !maps.Equal(p.Identity(o), p.Identity(made)) {
				t.Errorf("imported by the %s %s its identity is %v: %v", by, name, p.Identity(o), said)
			}
		}
	}
}

// TestIdentityChanges: a datacenter that is renamed leaves identities as they are, and in a vCenter that was built anew an object gets the
// identity of that, which is no error and no change.
func TestIdentityChanges(t *testing.T) {
	t.Parallel()
	old, anew := acctest.Start(t, vcsim.Options{}), acctest.Start(t, vcsim.Options{})
	const kind = "novasphere_compute_keypair"
	config := map[string]any{"name": "stays", "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGWv3XwZ3LQ1iF1iVnOCeSxrEcVvv5TqLpJ1Z5m8k5a1"}
	p := old.Provider(t, nil)
	key := p.Bring(kind, config, p.None(kind))
	was := p.Identity(key)
	dc, err := find.NewFinder(old.Client().Client).Datacenter(t.Context(), old.Datacenter(1))
	if err != nil {
		t.Fatal(err)
	}
	res, err := methods.Rename_Task(t.Context(), old.Client().Client, &types.Rename_Task{This: dc.Reference(), NewName: "renamed"})
	if err != nil {
		t.Fatal(err)
	}
	if err := object.NewTask(old.Client().Client, res.Returnval).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	later := old.Provider(t, map[string]any{"datacenter": "renamed"})
	read, said := later.Read(key)
	if len(said) > 0 || !maps.Equal(later.Identity(read), was) || later.Plan(kind, config, read).Action != protocol.Nothing {
		t.Errorf("in a renamed datacenter %v is %v: %v", was, later.Identity(read), said)
	}
	other := anew.Provider(t, map[string]any{"previous_instance_uuid": was["vcenter"]})
	other.Bring(kind, config, other.None(kind))
	moved, said := other.Read(read)
	uuid := anew.Client().ServiceContent.About.InstanceUuid
	if now := other.Identity(moved); len(said) > 0 || now["vcenter"] != uuid || now["id"] != was["id"] {
		t.Errorf("in the vCenter %s it is %v: %v", uuid, now, said)
	}
	if plan := other.Plan(kind, config, moved); plan.Action != protocol.Nothing || len(plan.Diagnostics) > 0 {
		t.Errorf("it is to be %s: %v", plan.Action, plan.Diagnostics)
	}
	if found, said := other.ImportByIdentity(kind, was); len(said) > 0 || other.Identity(found)["vcenter"] != uuid {
		t.Errorf("an identity of the former vCenter imports %v: %v", found.State, said)
	}
	gone := key
	gone.Identity, gone.State = nil, withText(key.State, "name", "gone")
	gone.State = withText(gone.State, "id", "gone")
	if left, said := later.Read(gone); left.Exists() || len(said) > 0 {
		t.Errorf("what is gone, and never had an identity, is %v: %v", left.State, said)
	}
}

// withText returns a state with another text.
func withText(state tftypes.Value, name, text string) tftypes.Value {
	values := maps.Clone(protocol.Object{State: state}.Attributes())
	values[name] = tftypes.NewValue(tftypes.String, text)
	return tftypes.NewValue(state.Type(), values)
}
