// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// recordedNICs returns the NICs of a VM's record.
func recordedNICs(t *testing.T, vc *acctest.VCenter, vm mo.VirtualMachine) []openstack.NIC {
	t.Helper()
	var record struct{ NICs []openstack.NIC }
	if err := json.Unmarshal([]byte(vc.Parameters(vm)["novasphere.server"]), &record); err != nil {
		t.Fatal(err)
	}
	return record.NICs
}

// macsOf returns the MACs of a VM's NICs.
func macsOf(vm mo.VirtualMachine) (macs []string) {
	for _, device := range vm.Config.Hardware.Device {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			macs = append(macs, card.GetVirtualEthernetCard().MacAddress)
		}
	}
	return macs
}

// whole checks that devices, record and port keys of the VM agree on count NICs, of which the first is the instance's own.
func whole(t *testing.T, vc *acctest.VCenter, count int) {
	t.Helper()
	vm := vc.VM("OpenStack/web")
	nics, macs := recordedNICs(t, vc, vm), macsOf(vm)
	if len(nics) != count || len(macs) != count {
		t.Fatalf("%d NICs in the record, %d on the machine, not %d", len(nics), len(macs), count)
	}
	var keys []string
	for key, value := range vc.Parameters(vm) {
		if strings.HasPrefix(key, "nvp.iface-id.") && value != "free" {
			keys = append(keys, value)
		}
	}
	for i, nic := range nics {
		if !slices.Contains(macs, nic.MAC) || !slices.Contains(keys, nic.Port) || nic.Attached != (i > 0) {
			t.Errorf("NIC %d is recorded as %+v; the machine has %v and knows the ports %v", i, nic, macs, keys)
		}
	}
	if len(keys) != count {
		t.Errorf("%d port keys, not %d: %v", len(keys), count, keys)
	}
}

// attach plugs n NICs in at once, distributed over the clients in turn.
func attach(t *testing.T, server string, n int, clients ...*vcenter.Client) []openstack.NIC {
	t.Helper()
	nics, failed := make([]openstack.NIC, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			c := clients[i%len(clients)]
			network, err := c.Networks.Network(t.Context(), "", "private")
			if err == nil {
				nics[i], err = c.Servers.AttachInterface(t.Context(), server, network, openstack.NIC{})
			}
			failed[i] = err
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	return nics
}

// TestAttachAtOnce: nine attachments of one process are one reconfigure, and of three processes none is lost.
func TestAttachAtOnce(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		for name, processes := range map[string]int{"one process": 1, "three processes": 3} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, how.On(vcsim.Options{}))
				wire := vc.Wire(t)
				var clients []*vcenter.Client
				for range processes {
					clients = append(clients, clientOver(t, vc, wire))
				}
				server := made(t, clients[0], "web")
				for _, c := range clients {
					if _, err := c.Networks.ListNetworks(t.Context()); err != nil { // listed before, so that the attachments begin together
						t.Fatal(err)
					}
				}
				wire.Take()
				nics := attach(t, server.ID, 9, clients...)
				calls, _ := wire.Take()
				if processes == 1 && calls["ReconfigVM_Task"] > 2+2*int(how) {
					t.Errorf("%d changes of the machine: %v", calls["ReconfigVM_Task"], calls)
				}
				whole(t, vc, 10)
				var all sync.WaitGroup
				for i, nic := range nics[:8] {
					all.Go(func() {
						if err := clients[i%processes].Servers.DetachInterface(t.Context(), server.ID, nic.Port); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				whole(t, vc, 2)
				if last, err := clients[0].Servers.Interface(t.Context(), server.ID, nics[8].Port); err != nil || last.MAC != nics[8].MAC {
					t.Errorf("the last one is %+v, %v", last, err)
				}
			})
		}
	})
}

// TestPortKeepsItsKey: a NIC that takes the port key of a removed one keeps it, whatever is changed of its instance later.
func TestPortKeepsItsKey(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		c := in(t, vc, "")
		server := made(t, c, "web")
		nics := []openstack.NIC{attach(t, server.ID, 1, c)[0], attach(t, server.ID, 1, c)[0]}
		if err := c.Servers.DetachInterface(t.Context(), server.ID, nics[0].Port); err != nil {
			t.Fatal(err)
		}
		last := attach(t, server.ID, 1, c)[0]
		now, err := c.Machines.Read(t.Context(), keyOf(server))
		if err != nil {
			t.Fatal(err)
		}
		now.NICs, now.Tags = now.Plugged(), []string{"new"}
		if _, err := c.Servers.Update(t.Context(), keyOf(server), servers.Update{ServerSpec: now.ServerSpec}); err != nil {
			t.Fatal(err)
		}
		keys := vc.Parameters(vc.VM("OpenStack/web"))
		if keys["nvp.iface-id.1"] != last.Port || keys["nvp.iface-id.2"] != nics[1].Port {
			t.Errorf("the ports %s and %s are at %q and %q", last.Port, nics[1].Port, keys["nvp.iface-id.1"], keys["nvp.iface-id.2"])
		}
	})
}

// TestAttachTooMany: of more NICs than a VM can have, those that fit are plugged in, and the others are errors.
func TestAttachTooMany(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		c := in(t, vc, "")
		server := made(t, c, "web")
		attach(t, server.ID, 8, c)
		network, err := c.Networks.Network(t.Context(), "", "private")
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		var refused atomic.Int32
		for range 2 {
			all.Go(func() {
				if _, err := c.Servers.AttachInterface(t.Context(), server.ID, network, openstack.NIC{}); err != nil {
					if refused.Add(1); !strings.Contains(err.Error(), "the instance web has 10 NICs, and vSphere allows 10: take one off first") {
						t.Error(err)
					}
				}
			})
		}
		if all.Wait(); refused.Load() != 1 {
			t.Errorf("%d of two are refused", refused.Load())
		}
		whole(t, vc, 10)
	})
}

// TestAttachLost: the connection is cut at the reconfigure; the NIC is plugged in once, whether or not the answer came.
func TestAttachLost(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		for where, cut := range cuts {
			t.Run(where, func(t *testing.T) {
				t.Parallel()
				vc := acctest.Start(t, how.On(vcsim.Options{}))
				wire := vc.Wire(t)
				c := clientOver(t, vc, wire)
				server := made(t, c, "web")
				wire.Cut("ReconfigVM_Task", cut)
				nics := attach(t, server.ID, 1, c)
				whole(t, vc, 2)
				wire.Cut("ReconfigVM_Task", cut)
				if err := c.Servers.DetachInterface(t.Context(), server.ID, nics[0].Port); err != nil {
					t.Fatal(err)
				}
				whole(t, vc, 1)
			})
		}
	})
}

// TestAttachOvertaken: another client changes the VM between read and reconfigure, which is repeated.
func TestAttachOvertaken(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		var sent atomic.Int32
		version := regexp.MustCompile(`<changeVersion>[^<]+</changeVersion>`)
		vm := func() *object.VirtualMachine {
			return object.NewVirtualMachine(vc.Client().Client, vc.VM("OpenStack/web").Self)
		}
		wire := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
			if call.Name != "ReconfigVM_Task" || !version.Match(call.Body) {
				return nil
			}
			if sent.Add(1) <= 3 {
				task, err := vm().Reconfigure(t.Context(), types.VirtualMachineConfigSpec{Annotation: fmt.Sprint("change ", sent.Load())})
				if err == nil {
					err = task.Wait(t.Context())
				}
				if err != nil {
					t.Error(err)
				}
			}
			return nil
		})
		c := clientOver(t, vc, wire)
		server := made(t, c, "web")
		attach(t, server.ID, 1, c)
		whole(t, vc, 2)
		if note := vc.VM("OpenStack/web").Config.Annotation; how != vcsim.AllRefused && sent.Load() != 4 || note != "change 3" {
			t.Errorf("%d changes were sent, and the note is %q", sent.Load(), note)
		}
	})
}

// TestAttachRefused: an attachment that vCenter refuses is an error, and nothing is recorded.
func TestAttachRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "ReconfigVM_Task" && strings.Contains(string(call.Body), "changeVersion") {
			return acctest.Refusal("InvalidPowerState")
		}
		return nil
	})
	c := clientOver(t, vc, wire)
	server := made(t, c, "web")
	network, err := c.Networks.Network(t.Context(), "", "private")
	if err != nil {
		t.Fatal(err)
	}
	nic, err := c.Servers.AttachInterface(t.Context(), server.ID, network, openstack.NIC{})
	if err == nil || nic.Port != "" || !strings.Contains(err.Error(), "changing the NICs of web") {
		t.Errorf("%+v, %v", nic, err)
	}
	whole(t, vc, 1)
}

// TestAttachLate: where vCenter answers only after the deadline, the NIC comes back with the error and can be detached.
func TestAttachLate(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		hold := make(chan struct{})
		wire := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
			if call.Name == "ReconfigVM_Task" && strings.Contains(string(call.Body), "changeVersion") {
				<-hold
			}
			return nil
		})
		c := clientOver(t, vc, wire)
		server := made(t, c, "web")
		network, err := c.Networks.Network(t.Context(), "", "private")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), 3*time.Second) // long enough for a busy machine to reach the reconfigure
		defer stop()
		context.AfterFunc(ctx, func() { close(hold) })
		nic, err := c.Servers.AttachInterface(ctx, server.ID, network, openstack.NIC{})
		if err == nil || nic.Port == "" || nic.MAC == "" || !strings.Contains(err.Error(), "took longer than its timeout allows") {
			t.Fatalf("%+v, %v", nic, err)
		}
		if err := c.Servers.DetachInterface(t.Context(), server.ID, nic.Port); err != nil {
			t.Fatal(err)
		}
		whole(t, vc, 1)
	})
}

// TestInterfaceOfForeignMachine: a VM without a record gets one of its NICs, and keeps the port that Nova noted.
func TestInterfaceOfForeignMachine(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{}))
		c := in(t, vc, "")
		server := made(t, c, "web")
		vm := object.NewVirtualMachine(vc.Client().Client, vc.VM("OpenStack/web").Self)
		ports := acctest.Extra(vc.VM("OpenStack/web"))["nvp.iface-id.0"]
		vc.TakeAdvanced(vcsim.AllTaken)
		task, err := vm.Reconfigure(t.Context(), types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{
			&types.OptionValue{Key: "novasphere.server", Value: ""}, &types.OptionValue{Key: "novasphere.mark", Value: ""}}})
		if err == nil {
			err = task.Wait(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		vc.TakeAdvanced(how)
		nic := attach(t, server.ID, 1, c)[0]
		keys := vc.Parameters(vc.VM("OpenStack/web"))
		if nics := recordedNICs(t, vc, vc.VM("OpenStack/web")); len(nics) != 2 || nics[1].Port != nic.Port || keys["nvp.iface-id.0"] != ports ||
			keys["nvp.iface-id.1"] != nic.Port {
			t.Errorf("recorded %+v, keys %v", nics, keys)
		}
		found, err := c.Machines.Read(t.Context(), machine.Key{ID: server.ID})
		if err != nil || found.Mark != nil || found.Recorded || len(found.Plugged()) != 1 {
			t.Errorf("%+v, %v", found, err)
		}
		if err := c.Servers.DetachInterface(t.Context(), server.ID, nic.Port); err != nil {
			t.Fatal(err)
		}
		if keys := vc.Parameters(vc.VM("OpenStack/web")); keys["nvp.iface-id.0"] != ports || keys["nvp.iface-id.1"] != "free" {
			t.Errorf("after it was taken off: %v", keys)
		}
	})
}
