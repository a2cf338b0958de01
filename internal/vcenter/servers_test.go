// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// TestServers: instances are listed with one read, without foreign VMs, templates and instances of other projects.
func TestServers(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 20})
	wire := vc.Wire(t)
	c := clientOver(t, vc, wire)
	if servers, unread, err := c.Machines.List(t.Context(), ""); len(servers) != 0 || len(unread) != 0 || err != nil {
		t.Fatalf("%v, %v, %v", servers, unread, err)
	}
	for _, name := range []string{"b", "c", "a/1"} {
		made(t, c, name)
	}
	other := vcenter.New(vcenter.Config{Server: wire.Server, User: vc.User, Password: vc.Password, CAFile: wire.CAFile, Folder: "OpenStack",
		Project: "other"})
	t.Cleanup(func() { _ = other.Close(t.Context()) })
	if servers, _, err := other.Machines.List(t.Context(), ""); len(servers) != 0 || err != nil {
		t.Errorf("a project without a folder: %v, %v", servers, err)
	}
	theirs := made(t, other, "theirs")
	asTemplate(t, vc, made(t, c, "template"))
	wire.Take()
	servers, unread, err := c.Machines.List(t.Context(), "")
	if calls, _ := wire.Take(); err != nil || len(unread) > 0 || acctest.Total(calls) != 1 {
		t.Errorf("%v, %v, calls %v", err, unread, calls)
	}
	if !slices.Equal(called(servers), []string{"a/1", "b", "c"}) {
		t.Errorf("listed %v", called(servers))
	}
	if servers, _, err := c.Machines.List(t.Context(), "other"); err != nil || !slices.Equal(called(servers), []string{"theirs"}) ||
		servers[0].ID != theirs.ID {
		t.Errorf("another project: %v, %v", called(servers), err)
	}
	if _, _, err := c.Machines.List(t.Context(), "nobody"); err == nil ||
		!strings.Contains(err.Error(), `project: no project "nobody": there is no folder "OpenStack/nobody" in dc1`) {
		t.Errorf("a project that nobody has: %v", err)
	}
	if one, err := c.Machines.ByName(t.Context(), "a/1"); err != nil || one.ID != servers[0].ID {
		t.Errorf("by name: %v, %v", one.ID, err)
	}
	if _, err := c.Machines.ByName(t.Context(), "bb"); err == nil ||
		!strings.Contains(err.Error(), `no instance "bb" in the folder /dc1/vm/OpenStack; the nearest names are "b"`) {
		t.Errorf("by a name that nobody has: %v", err)
	}
	if _, err := c.Machines.ByName(t.Context(), "theirs"); err == nil {
		t.Error("an instance of another project is found by its name")
	}
}

// asTemplate powers an instance off and turns its VM into a template.
func asTemplate(t *testing.T, vc *acctest.VCenter, s openstack.Server) {
	t.Helper()
	vm := object.NewVirtualMachine(vc.Client().Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: s.MoRef})
	task, err := vm.PowerOff(t.Context())
	after(t, task, err)
	if err := vm.MarkAsTemplate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func called(servers []openstack.Server) (out []string) {
	for _, s := range servers {
		out = append(out, s.Name)
	}
	return out
}

// TestServersUnreadable: an instance with a broken record is left out, and the others are listed.
func TestServersUnreadable(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	made(t, c, "good")
	bad := object.NewVirtualMachine(vc.Client().Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: made(t, c, "bad").MoRef})
	task, err := bad.Reconfigure(t.Context(),
		types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "novasphere.server", Value: "{"}}})
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	servers, unread, err := c.Machines.List(t.Context(), "")
	if err != nil || !slices.Equal(called(servers), []string{"good"}) || len(unread) != 1 ||
		!strings.Contains(unread[0].Error(), "of VM bad cannot be read") {
		t.Errorf("%v, %v, %v", called(servers), unread, err)
	}
}
