// SPDX-License-Identifier: MPL-2.0

package vcsim_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// as is a session of a user.
func as(t *testing.T, v *vcsim.VCenter, user, password string) *govmomi.Client {
	t.Helper()
	s := soap.NewClient(v.URL(), false)
	if err := s.SetRootCAs(v.CAFile); err != nil {
		t.Fatal(err)
	}
	vim, err := vim25.NewClient(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	c := &govmomi.Client{Client: vim, SessionManager: session.NewManager(vim)}
	if err := c.Login(t.Context(), url.UserPassword(user, password)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Logout(context.Background()) })
	return c
}

// withUsers is a vCenter with foreign machines, of which two are given.
func withUsers(t *testing.T) (v *vcsim.VCenter, admin *govmomi.Client, vms []*object.VirtualMachine) {
	t.Helper()
	v, err := vcsim.Start(vcsim.Options{ForeignVMs: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	admin = as(t, v, v.User, v.Password)
	if vms, err = find.NewFinder(admin.Client).VirtualMachineList(t.Context(), v.Datacenter(1)+"/vm/*"); err != nil || len(vms) < 2 {
		t.Fatalf("%d machines: %v", len(vms), err)
	}
	return v, admin, vms
}

// reconfigured is what comes of a change of a machine.
func reconfigured(t *testing.T, c *govmomi.Client, vm *object.VirtualMachine, spec types.VirtualMachineConfigSpec) (sync bool, err error) {
	t.Helper()
	task, err := object.NewVirtualMachine(c.Client, vm.Reference()).Reconfigure(t.Context(), spec)
	if err != nil {
		return true, err
	}
	return false, task.Wait(t.Context())
}

// lacks checks that an error is NoPermission for a privilege on an object; none: that there is no error.
func lacks(t *testing.T, what string, err error, privilege string, on types.ManagedObjectReference) {
	t.Helper()
	if privilege == "" {
		if err != nil {
			t.Errorf("%s: %s", what, err)
		}
		return
	}
	var no *types.NoPermission
	if _, is := fault.As(err, &no); !is || no.PrivilegeId != privilege || no.Object == nil || *no.Object != on {
		t.Errorf("%s: %v (%+v), not for %s on %s", what, err, no, privilege, on)
	}
}

// TestAccountsFields: each field of a specification asks for its own privilege. What is changed is looked for in the table of the API
// reference, "Reconfigure privilege".
func TestAccountsFields(t *testing.T) {
	t.Parallel()
	v, _, vms := withUsers(t)
	vm := vms[0].Reference()
	for what, tc := range map[string]struct {
		spec    types.VirtualMachineConfigSpec
		granted string
	}{
		"memory": {types.VirtualMachineConfigSpec{MemoryMB: 256}, "VirtualMachine.Config.Memory"},
		"CPUs":   {types.VirtualMachineConfigSpec{NumCPUs: 2}, "VirtualMachine.Config.CPUCount"},
		"advanced": {types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "a", Value: "b"}}},
			"VirtualMachine.Config.AdvancedConfig"},
		"name":  {types.VirtualMachineConfigSpec{Name: "renamed"}, "VirtualMachine.Config.Rename"},
		"notes": {types.VirtualMachineConfigSpec{Annotation: "b"}, "VirtualMachine.Config.Annotation"},
		"shares": {types.VirtualMachineConfigSpec{CpuAllocation: &types.ResourceAllocationInfo{Limit: types.NewInt64(100)}},
			"VirtualMachine.Config.Resource"},
		"controller": {types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
			Operation: types.VirtualDeviceConfigSpecOperationAdd,
			Device: &types.ParaVirtualSCSIController{VirtualSCSIController: types.VirtualSCSIController{
				SharedBus: types.VirtualSCSISharingNoSharing, VirtualController: types.VirtualController{BusNumber: 2,
					VirtualDevice: types.VirtualDevice{Key: -1}}}}}}},
			"VirtualMachine.Config.AddRemoveDevice"},
	} {
		name := strings.ReplaceAll(what, " ", "-")
		v.AddUser("with-"+name, "p", vcsim.Permission{Privileges: []string{tc.granted}})
		v.AddUser("without-"+name, "p", vcsim.Permission{Privileges: []string{"VirtualMachine.Config.Settings"}})
		_, err := reconfigured(t, as(t, v, "without-"+name, "p"), vms[0], tc.spec)
		lacks(t, what, err, tc.granted, vm)
		_, err = reconfigured(t, as(t, v, "with-"+name, "p"), vms[0], tc.spec)
		lacks(t, what, err, "", vm)
	}
}

// TestAccountsObjects: the permission that is nearest above an object counts alone, and one that is not propagated only where it is.
func TestAccountsObjects(t *testing.T) {
	t.Parallel()
	v, admin, vms := withUsers(t)
	notes := types.VirtualMachineConfigSpec{Annotation: "b"}
	const id = "VirtualMachine.Config.Annotation"
	root := admin.ServiceContent.RootFolder
	v.AddUser("one", "p", vcsim.Permission{On: vms[0].Reference(), Privileges: []string{id}}, vcsim.Permission{On: root})
	v.AddUser("here", "p", vcsim.Permission{On: root, Privileges: []string{id}, Here: true})
	v.AddUser("less", "p", vcsim.Permission{On: root, Privileges: []string{id}}, vcsim.Permission{On: vms[0].Reference()})
	for user, privilege := range map[string][2]string{"one": {"", id}, "here": {id, id}, "less": {id, ""}} {
		c := as(t, v, user, "p")
		for i := range 2 {
			_, err := reconfigured(t, c, vms[i], notes)
			lacks(t, user, err, privilege[i], vms[i].Reference())
		}
	}
	_, err := reconfigured(t, admin, vms[0], notes)
	lacks(t, "the first user", err, "", vms[0].Reference())
}

// TestAccountsRead: what nothing is granted on shows its name at most, as a real server answers (API reference, PropertyCollector,
// MissingProperty).
func TestAccountsRead(t *testing.T) {
	t.Parallel()
	v, _, vms := withUsers(t)
	v.AddUser("blind", "p", vcsim.Permission{On: vms[1].Reference()})
	c := as(t, v, "blind", "p")
	for i, shown := range []bool{false, true} {
		var vm mo.VirtualMachine
		err := property.DefaultCollector(c.Client).RetrieveOne(t.Context(), vms[i].Reference(), []string{"config.uuid"}, &vm)
		if (err == nil && vm.Config != nil) != shown {
			t.Errorf("machine %d is shown as %+v (%v)", i, vm.Config, err)
		}
	}
}

// TestAccountsOutsideSOAP: tags are refused with 403 and no privilege, files with 401 (rbvmomi 97), and tasks fail late where that is asked
// for.
func TestAccountsOutsideSOAP(t *testing.T) {
	t.Parallel()
	v, _, vms := withUsers(t)
	v.AddUser("none", "p", vcsim.Permission{})
	c := as(t, v, "none", "p")
	api := rest.NewClient(c.Client)
	if err := api.Login(t.Context(), url.UserPassword("none", "p")); err != nil {
		t.Fatal(err)
	}
	if _, err := tags.NewManager(api).CreateCategory(t.Context(), &tags.Category{Name: "c"}); err == nil ||
		!strings.Contains(err.Error(), "403") {
		t.Errorf("a category: %v", err)
	}
	store, err := find.NewFinder(c.Client).Datastore(t.Context(), v.Datacenter(1)+"/datastore/vmfs-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Upload(t.Context(), strings.NewReader("x"), "x.iso", nil); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a file: %v", err)
	}
	for _, late := range []bool{false, true} {
		if late {
			v.RefuseLate("none")
		}
		sync, err := reconfigured(t, c, vms[0], types.VirtualMachineConfigSpec{MemoryMB: 256})
		if lacks(t, "memory", err, "VirtualMachine.Config.Memory", vms[0].Reference()); sync == late {
			t.Errorf("late is %v, but the refusal came at once: %v", late, sync)
		}
	}
}

// TestAccountsRefuseTheUnknown: a call that no table has is refused, and so are wrong passwords.
func TestAccountsRefuseTheUnknown(t *testing.T) {
	t.Parallel()
	v, _, vms := withUsers(t)
	v.AddUser("any", "p", vcsim.Permission{})
	c := as(t, v, "any", "p")
	err := object.NewVirtualMachine(c.Client, vms[0].Reference()).StandbyGuest(t.Context())
	var no *types.NoPermission
	if _, is := fault.As(err, &no); !is || !strings.Contains(no.PrivilegeId, "VirtualMachine.StandbyGuest") {
		t.Errorf("a call that nobody has looked up: %v", err)
	}
	for user, password := range map[string]string{"any": "wrong", "nobody": "p", v.User: "p"} {
		if err := c.SessionManager.Login(t.Context(), url.UserPassword(user, password)); err == nil {
			t.Errorf("%s gets in with %s", user, password)
		}
	}
}
