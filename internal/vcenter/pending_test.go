// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// The reconfigures that one change takes if vCenter refuses parameters of a running VM: the refused one, the catalogue's, the VM's, and
// the catalogue's that marks the record as complete.
const (
	afterRefusal = iota + 1
	afterRecord
	afterMachine
)

func keyOf(s openstack.Server) machine.Key { return machine.Key{ID: s.ID, MoRef: s.MoRef} }

func pendingIn(vc *acctest.VCenter) (keys []string) {
	for key := range vc.Catalogue() {
		if strings.HasPrefix(key, "novasphere.pending.") {
			keys = append(keys, key)
		}
	}
	return keys
}

// settle writes everything pending to the VM and removes it from the catalogue, by a change while the VM is off.
func settle(t *testing.T, vc *acctest.VCenter, c *vcenter.Client, s openstack.Server) openstack.Server {
	t.Helper()
	now, err := c.Machines.Read(t.Context(), keyOf(s))
	if err != nil {
		t.Fatal(err)
	}
	now.NICs = now.Plugged()
	was := vc.Parameters(vc.VM("OpenStack/" + s.Name))
	now.PowerState = openstack.Shutoff
	if now, err = c.Servers.Update(t.Context(), keyOf(s), servers.Update{ServerSpec: now.ServerSpec}); err != nil {
		t.Fatal(err)
	}
	if now.PowerState == openstack.Shutoff && len(pendingIn(vc)) > 0 { // it was stopped after the change
		now.Tags = append(now.Tags, "off")
		if now, err = c.Servers.Update(t.Context(), keyOf(s), servers.Update{ServerSpec: now.ServerSpec}); err != nil {
			t.Fatal(err)
		}
	}
	is := acctest.Extra(vc.VM("OpenStack/" + s.Name))
	for key, value := range was {
		ours := key == "novasphere.mark" || key == "novasphere.placement" || strings.HasPrefix(key, "nvp.")
		if ours && is[key] != value {
			t.Errorf("%s is %q on the machine, and was %q", key, is[key], value)
		}
	}
	if left := pendingIn(vc); len(left) > 0 || is["guestinfo.novasphere.pending"] != "" {
		t.Errorf("%v and the hint %q are left", left, is["guestinfo.novasphere.pending"])
	}
	return now
}

// off powers a VM off outside the provider.
func off(t *testing.T, vc *acctest.VCenter, path string) {
	t.Helper()
	task, err := object.NewVirtualMachine(vc.Client().Client, vc.VM(path).Self).PowerOff(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestRefusedOnce: one refused call tells a process how its vCenter behaves. A change that would be refused anyway tells it nothing, and
// leaves nothing behind.
func TestRefusedOnce(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	c := in(t, vc, "")
	server := made(t, c, "web")
	for i, want := range []int{4, 3, 3} {
		vc.ResetCalls()
		server.Tags = append(server.Tags, "one more")
		now, err := c.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: server.ServerSpec})
		if err != nil || !slices.Equal(now.Tags, server.Tags) {
			t.Fatalf("%v, %v", now.Tags, err)
		}
		if calls := powerCallsOf(vc); calls != (powerCalls{changes: want}) {
			t.Errorf("change %d: %+v", i, calls)
		}
	}
	if now, err := in(t, vc, "").Machines.Read(t.Context(), keyOf(server)); err != nil || len(now.Tags) != 3 {
		t.Errorf("another process reads %v, %v", now.Tags, err)
	}
	if err := c.Servers.Delete(t.Context(), keyOf(server), false); err != nil {
		t.Fatal(err)
	}
	if left := pendingIn(vc); len(left) > 0 {
		t.Errorf("its machine is gone, and %v is left", left)
	}
}

// TestRefusedForAnotherReason: a change refused for another reason leaves VM and catalogue as they were.
func TestRefusedForAnotherReason(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"nothing waits": false, "something waits": true} {
		vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
		var refuse atomic.Bool
		c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
			if refuse.Load() && call.Name == "ReconfigVM_Task" && strings.Contains(string(call.Body), "<deviceChange") {
				return acctest.Refusal("InvalidPowerState")
			}
			return nil
		}))
		server := made(t, c, "web")
		if before {
			server.Tags = []string{"waits"}
			if _, err := c.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: server.ServerSpec}); err != nil {
				t.Fatal(err)
			}
		}
		refuse.Store(true)
		network, err := c.Networks.Network(t.Context(), "", "private")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Servers.AttachInterface(t.Context(), server.ID, network, openstack.NIC{}); err == nil {
			t.Fatal("it was refused nothing")
		}
		whole(t, vc, 1)
		if left := pendingIn(vc); len(left) != map[bool]int{false: 0, true: 1}[before] {
			t.Errorf("%s: %v is left", name, left)
		}
		if now, err := in(t, vc, "").Machines.Read(t.Context(), keyOf(server)); err != nil || !slices.Equal(now.Tags, server.Tags) ||
			len(now.NICs) != 1 {
			t.Errorf("%s: %v %+v, %v", name, now.Tags, now.NICs, err)
		}
	}
}

// TestPendingOfAnotherProcess: a process that read the catalogue before notices what another process adds to it, and uses it in its
// changes.
func TestPendingOfAnotherProcess(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	first, second := in(t, vc, ""), in(t, vc, "")
	server := made(t, first, "web")
	for range 2 {
		if _, err := second.Machines.Read(t.Context(), keyOf(server)); err != nil {
			t.Fatal(err)
		}
	}
	nic := attach(t, server.ID, 1, first)[0]
	if found, err := second.Servers.Interface(t.Context(), server.ID, nic.Port); err != nil || found.MAC != nic.MAC {
		t.Errorf("%+v, %v", found, err)
	}
	attach(t, server.ID, 2, second)
	attach(t, server.ID, 2, first)
	whole(t, vc, 6)
	for name, list := range map[string]func() ([]openstack.Server, []error,
		error){"list": func() ([]openstack.Server, []error, error) { return in(t, vc, "").Machines.List(t.Context(), "") }} {
		all, unread, err := list()
		if err != nil || len(unread) > 0 || len(all) != 1 || len(all[0].NICs) != 6 || len(all[0].Plugged()) != 1 {
			t.Errorf("%s: %+v, %v %v", name, all, unread, err)
		}
	}
	ports, _, err := in(t, vc, "").Machines.PortsOf(t.Context(), []string{server.ID})
	if err != nil || !ports[nic.Port] || len(ports) != 6 {
		t.Errorf("its ports are %v, %v", ports, err)
	}
}

// TestNoCatalogueIsFoundOnce: a missing catalogue is found out once, whatever is read.
func TestNoCatalogueIsFoundOnce(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	server := made(t, in(t, vc, ""), "web")
	c := in(t, vc, "")
	if _, err := c.Machines.Read(t.Context(), keyOf(server)); err != nil {
		t.Fatal(err)
	}
	vc.ResetCalls()
	for range 3 {
		if _, err := c.Machines.Read(t.Context(), keyOf(server)); err != nil {
			t.Fatal(err)
		}
	}
	if calls := vc.Calls(); len(calls) != 1 || calls["RetrievePropertiesEx"] != 3 {
		t.Errorf("three reads are %v", calls)
	}
}

// waiting makes an instance with a pending change in the catalogue.
func waiting(t *testing.T, c *vcenter.Client, name string) openstack.Server {
	t.Helper()
	server := made(t, c, name)
	server.Tags = []string{"waits"}
	server, err := c.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: server.ServerSpec})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// TestCatalogueThatCannotBeRead: without the catalogue, an instance for which nothing was ever pending can still be read and destroyed;
// any other is an error, instead of being shown with outdated records.
func TestCatalogueThatCannotBeRead(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	first := in(t, vc, "")
	web, db := made(t, first, "web"), waiting(t, first, "db")
	holder := ">" + vc.VM("novasphere/novasphere-catalogue").Self.Value + "<"
	c := clientOver(t, vc, vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if strings.Contains(string(call.Body), holder) {
			return acctest.Refusal("NoPermission")
		}
		return nil
	}))
	if now, err := c.Machines.Read(t.Context(), keyOf(web)); err != nil || now.Name != "web" {
		t.Errorf("%+v, %v", now, err)
	}
	if _, err := c.Machines.Read(t.Context(), keyOf(db)); err == nil || !strings.Contains(err.Error(), "reading what is recorded of db") {
		t.Errorf("what waits is not known, and the error is %v", err)
	}
	if err := c.Servers.Delete(t.Context(), keyOf(web), false); err != nil {
		t.Error(err)
	}
	if left := vc.VMs("OpenStack/*"); len(left) != 1 || left[0].Name != "db" {
		t.Errorf("%d instances are left", len(left))
	}
}

// TestMadeUpHint: a guest can invent a hint. The catalogue is read again for it once.
func TestMadeUpHint(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	web := waiting(t, in(t, vc, ""), "web")
	task, err := object.NewVirtualMachine(vc.Client().Client, vc.VM("OpenStack/web").Self).Reconfigure(t.Context(),
		types.VirtualMachineConfigSpec{
			ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "guestinfo.novasphere.pending", Value: web.ID + "/made-up"}}})
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	c := in(t, vc, "")
	for i := range 4 {
		if i == 1 {
			vc.ResetCalls()
		}
		if now, err := c.Machines.Read(t.Context(), keyOf(web)); err != nil || !slices.Equal(now.Tags, web.Tags) {
			t.Errorf("%v, %v", now.Tags, err)
		}
	}
	if calls := vc.Calls(); calls["RetrievePropertiesEx"] != 3 || len(calls) != 1 {
		t.Errorf("three reads are %v", calls)
	}
}

// TestPendingOfTheDestroyed: what is pending for an instance destroyed outside Terraform is removed with the next change of the
// catalogue, once a read has shown that the instance is gone. What is pending for an instance that exists, or exists again, stays.
func TestPendingOfTheDestroyed(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.AllRefused.On(vcsim.Options{}))
	first := in(t, vc, "")
	web, db, back := waiting(t, first, "web"), waiting(t, first, "db"), waiting(t, first, "back")
	off(t, vc, "OpenStack/web")
	task, err := object.NewVirtualMachine(vc.Client().Client, vc.VM("OpenStack/web").Self).Destroy(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	c := in(t, vc, "")
	if _, err := c.Machines.Read(t.Context(), keyOf(web)); !errors.Is(err, openstack.ErrNotFound) {
		t.Fatal(err)
	}
	c.Machines.Gone(web.ID)
	c.Machines.Gone(back.ID)
	if _, err := c.Machines.Read(t.Context(), keyOf(back)); err != nil {
		t.Fatal(err)
	}
	vc.ResetCalls()
	if _, err := c.Flavors.Create(t.Context(), openstack.Flavor{Name: "f", VCPUs: 1, RAM: 64}); err != nil {
		t.Fatal(err)
	}
	if calls := vc.Calls(); calls["ReconfigVM_Task"] != 1 {
		t.Errorf("the flavor is %v", calls)
	}
	left := pendingIn(vc)
	slices.Sort(left)
	want := []string{"novasphere.pending." + db.ID, "novasphere.pending." + back.ID}
	slices.Sort(want)
	if !slices.Equal(left, want) {
		t.Errorf("%v is left, not %v", left, want)
	}
}
